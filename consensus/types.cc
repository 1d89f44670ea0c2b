#include "consensus/types.h"

#include <utility>

#include "proto/assert.h"

namespace kimberlite::consensus {

namespace {

void append_big_endian(std::string& bytes, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}

}  // namespace

std::string vote_payload(const Digest& chain_id, const Vote& vote) {
  std::string payload;
  payload.reserve(2 * Digest::kSize + 16);
  payload.append(chain_id.view());
  append_big_endian(payload, vote.epoch.value);
  append_big_endian(payload, vote.view.value);
  payload.append(vote.block.view());
  return payload;
}

std::string_view vote_tag(VoteKind kind) {
  switch (kind) {
    case VoteKind::kNotarize:
      return "kimberlite/v1/notarize";
    case VoteKind::kNullify:
      return "kimberlite/v1/nullify";
    case VoteKind::kFinalize:
      return "kimberlite/v1/finalize";
  }
  KIMBERLITE_ASSERT(false, "one of the three kinds of vote");
}

Ed25519VoteSigner::Ed25519VoteSigner(Digest chain_id, const SecretKey& key) : chain_id_(chain_id), key_(key) {}

Signature Ed25519VoteSigner::sign(const Vote& vote) const {
  return key_.sign_tagged(vote_tag(vote.kind), vote_payload(chain_id_, vote));
}

Ed25519VoteVerifier::Ed25519VoteVerifier(Digest chain_id, ValidatorSet validators)
    : chain_id_(chain_id), validators_(std::move(validators)) {}

bool Ed25519VoteVerifier::verify(const Vote& vote) const {
  KIMBERLITE_ASSERT(vote.validator < validators_.size(), "a validator of the set");
  return verify_tagged(validators_[vote.validator].key, vote_tag(vote.kind), vote_payload(chain_id_, vote),
                       vote.signature);
}

}  // namespace kimberlite::consensus
