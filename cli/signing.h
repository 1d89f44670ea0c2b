// Builds signed envelopes. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/wallet.h"
#include "proto/digest.h"
#include "proto/types.h"

namespace kimberlite {
namespace v1 {
class Event;
}

namespace cli {

/// How long after the ledger's time an envelope of ours may still be accepted.
inline constexpr std::int64_t kNotAfterMs = 24LL * 3600 * 1000;

/// An envelope ready to be sent, and sent again.
struct SignedBytes {
  std::string bytes;  ///< serialised SignedEnvelope
  Digest id;
};

/// Signs one event. `nonce` has 16 bytes.
SignedBytes sign_event(const Digest& chain_id, const Signer& signer, const v1::Event& event, TimeMs not_after,
                       const std::string& nonce);
/// 16 bytes from the operating system's randomness.
std::string random_nonce();
/// Id of a serialised SignedEnvelope; zero if it does not parse.
Digest id_of_signed_bytes(const std::string& bytes);

}  // namespace cli
}  // namespace kimberlite
