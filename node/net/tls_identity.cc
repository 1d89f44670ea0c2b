#include "node/net/tls_identity.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>
#include <memory>
#include <utility>

#include "proto/assert.h"

namespace kimberlite::net {
namespace {

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using CertificatePointer = std::unique_ptr<X509, CertificateDeleter>;

/// ALPN's wire form: each name with its length in front.
constexpr std::array<unsigned char, kAlpn.size() + 1> kAlpnWire = [] {
  std::array<unsigned char, kAlpn.size() + 1> wire{};
  wire[0] = static_cast<unsigned char>(kAlpn.size());
  std::ranges::copy(kAlpn, wire.begin() + 1);
  return wire;
}();

constexpr long kCertificateLifeSeconds = 10L * 365 * 24 * 3600;

std::unexpected<Error> openssl_failed(std::string_view step) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return fail(Reason::BAD_CONFIGURATION, "tls", std::string(step) + " failed: " + text.data());
}

KeyPointer openssl_key(const SecretKey& node_key) {
  std::string seed = node_key.seed();
  std::array<unsigned char, SecretKey::kSeedSize> raw{};
  KIMBERLITE_ASSERT(seed.size() == raw.size(), "a seed of 32 bytes");
  std::ranges::copy(seed, raw.begin());
  KeyPointer key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, raw.data(), raw.size()));
  OPENSSL_cleanse(raw.data(), raw.size());
  OPENSSL_cleanse(seed.data(), seed.size());
  return key;
}

/// A self-issued certificate: readable subject, the key's first bytes as serial number.
CertificatePointer self_issued(EVP_PKEY* key, const PublicKey& public_key) {
  CertificatePointer certificate(X509_new());
  if (!certificate) return nullptr;
  const std::string subject = "kimberlite node " + public_key.hex().substr(0, 16);
  std::array<unsigned char, 64> subject_bytes{};
  std::ranges::copy(subject, subject_bytes.begin());
  std::uint64_t serial = 0;
  for (std::size_t i = 0; i < 7; ++i) serial = (serial << 8) | public_key.bytes[i];
  X509_NAME* name = X509_get_subject_name(certificate.get());
  constexpr long kVersion3 = 2;
  const bool made = X509_set_version(certificate.get(), kVersion3) == 1 &&
                    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial + 1) == 1 &&
                    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kCertificateLifeSeconds) != nullptr &&
                    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, subject_bytes.data(),
                                               static_cast<int>(subject.size()), -1, 0) == 1 &&
                    X509_set_issuer_name(certificate.get(), name) == 1 &&
                    X509_set_pubkey(certificate.get(), key) == 1 && X509_sign(certificate.get(), key, nullptr) > 0;
  if (!made) return nullptr;
  return certificate;
}

std::optional<PublicKey> ed25519_key_of(X509* certificate) {
  EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
  PublicKey result;
  std::size_t size = result.bytes.size();
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, result.bytes.data(), &size) != 1 || size != result.bytes.size()) {
    return std::nullopt;
  }
  return result;
}

/// Where a session keeps its PinnedKeys. (Asio uses the plain "app data" slot itself.)
int pinned_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

/// Replaces X.509 chain verification. TLS itself proves that the peer holds the certificate's private key.
int verify_pinned(X509_STORE_CTX* store, void* /*unused*/) {
  const void* session = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  auto* pinned = session == nullptr
                     ? nullptr
                     : static_cast<PinnedKeys*>(SSL_get_ex_data(static_cast<const SSL*>(session), pinned_slot()));
  if (pinned != nullptr) {
    pinned->seen = ed25519_key_of(X509_STORE_CTX_get0_cert(store));
    if (pinned->seen && std::ranges::find(pinned->allowed, *pinned->seen) != pinned->allowed.end()) return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int select_alpn(SSL* /*session*/, const unsigned char** chosen, unsigned char* chosen_size,
                const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  for (unsigned int at = 0; at < offered_size; at += offered[at] + 1U) {
    const std::string_view wire(reinterpret_cast<const char*>(offered) + at, offered_size - at);
    if (wire.substr(0, 1)[0] == static_cast<char>(kAlpn.size()) && wire.substr(1).starts_with(kAlpn)) {
      *chosen = offered + at + 1;
      *chosen_size = static_cast<unsigned char>(kAlpn.size());
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<boost::asio::ssl::context> make_tls_context(const SecretKey& node_key) {
  const KeyPointer key = openssl_key(node_key);
  if (!key) return openssl_failed("reading the node key");
  const CertificatePointer certificate = self_issued(key.get(), node_key.public_key());
  if (!certificate) return openssl_failed("making the node's certificate");
  try {
    boost::asio::ssl::context context(boost::asio::ssl::context::tls);
    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(native, verify_pinned, nullptr);
    SSL_CTX_set_alpn_select_cb(native, select_alpn, nullptr);
    // OpenSSL's macros take lists that could be written to.
    std::string signatures = "ed25519";
    std::string groups = "X25519";
    const bool configured =
        SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) == 1 &&
        SSL_CTX_set_max_proto_version(native, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(native, 0) == 1 &&
        SSL_CTX_set1_sigalgs_list(native, signatures.data()) == 1 &&
        SSL_CTX_set1_groups_list(native, groups.data()) == 1 &&
        SSL_CTX_set_alpn_protos(native, kAlpnWire.data(), kAlpnWire.size()) == 0 &&
        SSL_CTX_use_certificate(native, certificate.get()) == 1 && SSL_CTX_use_PrivateKey(native, key.get()) == 1;
    if (!configured) return openssl_failed("configuring TLS");
    return context;
  } catch (const boost::system::system_error& error) {
    return fail(Reason::BAD_CONFIGURATION, "tls", error.what());
  }
}

void pin_keys(SSL* session, PinnedKeys& pinned) {
  KIMBERLITE_ASSERT(SSL_set_ex_data(session, pinned_slot(), &pinned) == 1, "a TLS session takes its pinned keys");
}

bool agreed_on_protocol(const SSL* session) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(session, &name, &size);
  return name != nullptr && std::string_view(reinterpret_cast<const char*>(name), size) == kAlpn;
}

}  // namespace kimberlite::net
