// Sample keys, a genesis document, an envelope and events of every kind, all fixed, for the tests of proto/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/checkpoint.h"
#include "proto/digest.h"
#include "proto/ed25519.h"
#include "proto/genesis.h"

namespace kimberlite::test {

/// The secret key whose seed is 32 times this byte.
SecretKey sample_key(unsigned char byte);
/// Public key of sample_key(byte), as a byte string.
std::string sample_public_key(unsigned char byte);
/// 32 bytes of 0xc1: a chain id.
Digest sample_chain_id();

/// A sound network of four participants (AE, BW, EC, IN), each with a node (keys 1 to 4, in this order), on a replay
/// clock.
v1::Genesis sample_genesis();
/// The same, read as a document.
GenesisDocument sample_genesis_document();
/// The checkpoint signed by the nodes with these key bytes.
std::string sample_checkpoint_note(const Checkpoint& checkpoint, const std::vector<unsigned char>& signers);

/// One well-formed event of every kind, in order of field number.
std::vector<v1::Event> sample_events();
/// A well-formed certificate issue.
v1::Event sample_issue();
/// A well-formed envelope with one issue.
v1::Envelope sample_envelope();

}  // namespace kimberlite::test
