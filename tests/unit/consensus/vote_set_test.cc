// The votes of a view against a naive list of them.
#include "consensus/internal/vote_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

/// Keeps every vote in order and answers by looking through them all.
struct NaiveVotes {
  std::vector<Vote> first_of_kind;
  std::set<ValidatorIndex> told;

  bool add(const Vote& vote, bool& contradicts) {
    bool clash = false;
    bool known = false;
    for (const Vote& old : first_of_kind) {
      if (old.validator != vote.validator) continue;
      if (old.kind == vote.kind) known = true;
      if (old.kind == vote.kind && old.block != vote.block) clash = true;
      const std::set kinds{old.kind, vote.kind};
      if (kinds == std::set{VoteKind::kNullify, VoteKind::kFinalize}) clash = true;
    }
    contradicts = clash && told.insert(vote.validator).second;
    if (!known) first_of_kind.push_back(vote);
    return !known;
  }
  [[nodiscard]] std::set<ValidatorIndex> voters(VoteKind kind, const Digest& block) const {
    std::set<ValidatorIndex> found;
    for (const Vote& vote : first_of_kind)
      if (vote.kind == kind && vote.block == block) found.insert(vote.validator);
    return found;
  }
};

Vote arbitrary_vote(std::size_t validators) {
  const auto kind = *rc::gen::element(VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize);
  const Digest block = kind == VoteKind::kNullify ? Digest{} : digest_of(*rc::gen::element<std::uint8_t>(1, 2));
  return make_vote(kind, 5, block, static_cast<ValidatorIndex>(*rc::gen::inRange<std::size_t>(0, validators)));
}

RC_GTEST_PROP(VoteSet, IsTheNaiveList, ()) {
  const auto validators = *rc::gen::inRange<std::size_t>(1, 12);
  VoteSet votes(validators);
  NaiveVotes naive;
  for (auto left = *rc::gen::inRange(0, 60); left > 0; --left) {
    const Vote vote = arbitrary_vote(validators);
    bool contradicts = false;
    const bool fresh = naive.add(vote, contradicts);
    const auto added = votes.add(vote);
    RC_ASSERT(added.fresh == fresh);
    RC_ASSERT(added.contradicts.has_value() == contradicts);
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize}) {
      for (const Digest& block : {Digest{}, digest_of(1), digest_of(2)}) {
        const auto voters = naive.voters(kind, block);
        RC_ASSERT(votes.count(kind, block) == voters.size());
        const auto certificate = votes.certificate(kind, block);
        RC_ASSERT(certificate.has_value() == (voters.size() >= quorum(validators)));
        if (!certificate) continue;
        std::vector<ValidatorIndex> lowest(voters.begin(), voters.end());
        lowest.resize(quorum(validators));
        RC_ASSERT(certificate->validators == lowest);
        RC_ASSERT(certificate->signatures.size() == lowest.size());
        RC_ASSERT(certificate->view == View{5});
      }
    }
  }
}

TEST(VoteSet, TellsWhoWasHeard) {
  VoteSet votes(4);
  EXPECT_FALSE(votes.heard_other_than(std::nullopt));
  votes.add(make_vote(VoteKind::kNullify, 5, {}, 2));
  EXPECT_TRUE(votes.heard(2));
  EXPECT_FALSE(votes.heard(1));
  EXPECT_FALSE(votes.heard_other_than(2));
  EXPECT_TRUE(votes.heard_other_than(1));
}

}  // namespace
}  // namespace kimberlite::consensus::bench
