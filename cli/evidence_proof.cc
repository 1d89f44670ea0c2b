// Checking evidence: see evidence_proof.h.
#include "cli/evidence_proof.h"

#include <string>

#include "kimberlite/v1/consensus.pb.h"
#include "proto/vote_payload.h"

namespace kimberlite::cli {

namespace {

std::string_view tag_of(v1::VoteKind kind) {
  return kind == v1::VOTE_KIND_NOTARIZE ? kNotarizeTag : kind == v1::VOTE_KIND_NULLIFY ? kNullifyTag : kFinalizeTag;
}

bool is_signed(const v1::Vote& vote, const PublicKey& key, const Digest& chain_id) {
  const auto block = vote.block().empty() ? std::optional(Digest{}) : Digest::from_bytes(vote.block());
  const auto signature = Signature::from_bytes(vote.signature());
  return block && signature &&
         verify_tagged(key, tag_of(vote.kind()), vote_payload(chain_id, Epoch{vote.epoch()}, View{vote.view()}, *block),
                       *signature);
}

bool contradict(const v1::Vote& first, const v1::Vote& second) {
  const auto is = [&](v1::VoteKind kind) { return first.kind() == kind || second.kind() == kind; };
  if (first.epoch() != second.epoch() || first.view() != second.view()) return false;
  if (first.kind() != second.kind()) return is(v1::VOTE_KIND_NULLIFY) && is(v1::VOTE_KIND_FINALIZE);
  return first.kind() != v1::VOTE_KIND_NULLIFY && first.block() != second.block();
}

}  // namespace

Result<void> check_evidence(const v1::EvidencePair& pair, const EpochSets& epochs, const Digest& chain_id) {
  const auto invalid = [](std::string field, std::string why) {
    return fail(Reason::PROOF_INVALID, std::move(field), std::move(why));
  };
  const Epoch epoch{pair.first().epoch()};
  const ValidatorSet* set = epochs.of(epoch);
  if (set == nullptr) {
    return invalid("epoch", "no node proves who votes in epoch " + std::to_string(epoch.value));
  }
  const auto key = PublicKey::from_bytes(pair.node_key());
  const auto place = key ? set->index_of(*key) : std::nullopt;
  if (!place || (*set)[*place].participant != pair.participant()) {
    return invalid("node_key", "the key is not " + pair.participant() + "'s in epoch " + std::to_string(epoch.value));
  }
  if (!contradict(pair.first(), pair.second())) {
    return invalid("second", "the votes do not contradict each other");
  }
  if (!is_signed(pair.first(), *key, chain_id)) {
    return invalid("first", "the first signature does not hold");
  }
  if (!is_signed(pair.second(), *key, chain_id)) {
    return invalid("second", "the second signature does not hold");
  }
  return {};
}

}  // namespace kimberlite::cli
