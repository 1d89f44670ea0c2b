// A node's identity on the wire: TLS 1.3 with a certificate for its Ed25519 node key, made in memory at start.
// The pinned key is the identity. Names, dates, issuers and chains of certificates say nothing and are not looked at,
// so no certificate can expire and take the consortium down with it. Contexts may be shared by connections of one
// thread.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ed25519.h"
#include "proto/error.h"

namespace kimberlite::net {

/// Application protocol that both sides must agree on (ALPN).
inline constexpr std::string_view kAlpn = "kimberlite/1";

/// The keys that one connection may meet, and the key it met. Must outlive the connection's TLS session.
struct PinnedKeys {
  std::vector<PublicKey> allowed;
  std::optional<PublicKey> seen;  ///< set during the handshake, allowed or not; nullopt: no Ed25519 certificate came
};

/// A context for both roles: TLS 1.3 only, Ed25519 only, our certificate, the peer's required, no tickets, no
/// resumption. BAD_CONFIGURATION if OpenSSL refuses any of it.
Result<boost::asio::ssl::context> make_tls_context(const SecretKey& node_key);

/// Makes a session accept exactly the keys of `pinned`. Without it every peer is refused.
void pin_keys(SSL* session, PinnedKeys& pinned);

/// After the handshake: whether both sides agreed on kAlpn.
bool agreed_on_protocol(const SSL* session);

}  // namespace kimberlite::net
