#include "consensus/internal/vote_set.h"

#include "proto/assert.h"

namespace kimberlite::consensus {

namespace {

constexpr std::size_t kKinds = 3;

std::size_t place(VoteKind kind) {
  return static_cast<std::size_t>(kind) - 1;
}

}  // namespace

VoteSet::VoteSet(std::size_t validators)
    : validators_(validators), votes_(kKinds * validators), contradicted_(validators) {}

const std::optional<Vote>& VoteSet::slot(VoteKind kind, ValidatorIndex validator) const {
  KIMBERLITE_ASSERT(validator < validators_, "a validator of the set");
  return votes_[place(kind) * validators_ + validator];
}

std::optional<Vote> VoteSet::contradiction(const Vote& vote) const {
  const auto& same_kind = slot(vote.kind, vote.validator);
  if (same_kind && same_kind->block != vote.block) return same_kind;
  if (vote.kind == VoteKind::kFinalize) return slot(VoteKind::kNullify, vote.validator);
  if (vote.kind == VoteKind::kNullify) return slot(VoteKind::kFinalize, vote.validator);
  return std::nullopt;
}

VoteSet::Added VoteSet::add(const Vote& vote) {
  Added added;
  if (!contradicted_[vote.validator]) {
    added.contradicts = contradiction(vote);
    contradicted_[vote.validator] = added.contradicts.has_value();
  }
  auto& mine = votes_[place(vote.kind) * validators_ + vote.validator];
  if (!mine) {
    mine = vote;
    added.fresh = true;
  }
  return added;
}

std::size_t VoteSet::count(VoteKind kind, const Digest& block) const {
  std::size_t found = 0;
  for (ValidatorIndex validator = 0; validator < validators_; ++validator) {
    const auto& vote = slot(kind, validator);
    if (vote && vote->block == block) ++found;
  }
  return found;
}

std::optional<Certificate> VoteSet::certificate(VoteKind kind, const Digest& block) const {
  const std::size_t needed = quorum(validators_);
  if (count(kind, block) < needed) return std::nullopt;
  Certificate certificate{
      .kind = kind, .epoch = {}, .view = {}, .block = block, .height = {}, .validators = {}, .signatures = {}};
  for (ValidatorIndex validator = 0; certificate.validators.size() < needed; ++validator) {
    const auto& vote = slot(kind, validator);
    if (!vote || vote->block != block) continue;
    certificate.epoch = vote->epoch;
    certificate.view = vote->view;
    certificate.validators.push_back(validator);
    certificate.signatures.push_back(vote->signature);
  }
  return certificate;
}

bool VoteSet::heard(ValidatorIndex validator) const {
  return has(VoteKind::kNotarize, validator) || has(VoteKind::kNullify, validator) ||
         has(VoteKind::kFinalize, validator);
}

bool VoteSet::heard_other_than(std::optional<ValidatorIndex> self) const {
  for (ValidatorIndex validator = 0; validator < validators_; ++validator)
    if (validator != self && heard(validator)) return true;
  return false;
}

}  // namespace kimberlite::consensus
