#include "consensus/types.h"

#include <utility>

#include "proto/assert.h"
#include "proto/vote_payload.h"

namespace kimberlite::consensus {

std::string vote_payload(const Digest& chain_id, const Vote& vote) {
  return kimberlite::vote_payload(chain_id, vote.epoch, vote.view, vote.block);
}

std::string_view vote_tag(VoteKind kind) {
  switch (kind) {
    case VoteKind::kNotarize:
      return kNotarizeTag;
    case VoteKind::kNullify:
      return kNullifyTag;
    case VoteKind::kFinalize:
      return kFinalizeTag;
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
