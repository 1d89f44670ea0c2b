// One payload, signed twice by the same key: two envelopes, both valid, as only the key's owner can make them. Ed25519
// lets a signer choose another nonce than RFC 8032 derives. Thread-safe: pure but for randomness.
#pragma once

#include <string>

#include "proto/ed25519.h"

namespace kimberlite::cluster {

/// The signed envelope once more, with another valid signature over the same payload. REQUIRES: `key` signed it.
std::string sign_again(const std::string& signed_envelope, const SecretKey& key);

}  // namespace kimberlite::cluster
