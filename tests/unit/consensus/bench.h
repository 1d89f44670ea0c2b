// One replica on a bench: hand-made peers, blocks and time. Signatures are not real; verify_message is tested by
// itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consensus/leader_order.h"
#include "consensus/replica.h"

namespace kimberlite::consensus::bench {

inline constexpr std::int64_t kDelta = 1000;

inline Digest digest_of(std::uint8_t value) {
  Digest digest;
  digest.bytes.fill(value);
  return digest;
}

inline const Digest kChainId = digest_of(0xc0);

class MarkSigner final : public VoteSigner {
 public:
  [[nodiscard]] Signature sign(const Vote& vote) const override {
    Signature signature;
    signature.bytes[0] = static_cast<std::uint8_t>(vote.validator);
    signature.bytes[1] = static_cast<std::uint8_t>(vote.kind);
    return signature;
  }
};

inline ValidatorSet make_validators(std::size_t count) {
  std::vector<Validator> validators;
  for (std::size_t i = 0; i < count; ++i) {
    Validator validator;
    validator.participant = {static_cast<char>('A' + i / 26), static_cast<char>('A' + i % 26)};
    validator.key.bytes[0] = static_cast<std::uint8_t>(i + 1);
    validators.push_back(validator);
  }
  return ValidatorSet(std::move(validators));
}

inline Vote make_vote(VoteKind kind, std::uint64_t view, const Digest& block, ValidatorIndex validator) {
  Vote vote{kind, Epoch{1}, View{view}, block, validator, {}};
  vote.signature = MarkSigner().sign(vote);
  return vote;
}

inline const BlockRef kGenesis{kChainId, {}, Height{0}, View{0}};

inline BlockRef make_block(const BlockRef& parent, std::uint64_t view, std::uint8_t name) {
  return BlockRef{digest_of(name), parent.digest, Height{parent.height.value + 1}, View{view}};
}

/// The block that view 1 makes, unless a test says otherwise.
inline const BlockRef kFirst = make_block(kGenesis, 1, 0x11);

/// A certificate by the validators from `first` on, as many as a quorum of `n` needs. A replica on the bench that is
/// among them takes it for a sign that it was rolled back, unless it voted so.
inline Certificate make_certificate(VoteKind kind, std::uint64_t view, const Digest& block, std::size_t n = 4,
                                    ValidatorIndex first = 0) {
  Certificate certificate{kind, Epoch{1}, View{view}, block, {}, {}, {}};
  for (ValidatorIndex validator = first; certificate.validators.size() < quorum(n); ++validator) {
    certificate.validators.push_back(validator);
    certificate.signatures.push_back(make_vote(kind, view, block, validator).signature);
  }
  return certificate;
}

inline Recovered from_genesis() {
  return Recovered{kGenesis, std::nullopt, {}, {}};
}

/// The replica under test. `leads` is a view that it leads (among n validators it leads every n-th).
class Bench {
 public:
  explicit Bench(std::uint64_t leads = 4, std::size_t n = 4, Recovered recovered = from_genesis())
      : n_(n),
        order_(kChainId, n),
        self_(order_.leader(View{leads})),
        replica_(Config{kChainId, Epoch{1}, kChainId, make_validators(n), self_, kDelta, &signer_},
                 std::move(recovered)) {
    started = replica_.start(now_);
  }

  Actions started;  ///< what start() asked for

  [[nodiscard]] ValidatorIndex self() const { return self_; }
  [[nodiscard]] ValidatorIndex leader(std::uint64_t view) const { return order_.leader(View{view}); }
  [[nodiscard]] std::uint64_t view() const { return replica_.status().view.value; }
  [[nodiscard]] ReplicaStatus status() const { return replica_.status(); }
  [[nodiscard]] TimeMs now() const { return now_; }
  /// The validators but this one.
  [[nodiscard]] std::vector<ValidatorIndex> others() const {
    std::vector<ValidatorIndex> all;
    for (ValidatorIndex validator = 0; validator < n_; ++validator)
      if (validator != self_) all.push_back(validator);
    return all;
  }

  Actions step(const Input& input) {
    Actions actions = replica_.step(input, now_);
    if (!actions.persist.empty()) last_sequence_ = actions.persist.back().sequence;
    return actions;
  }
  /// Time passes, deadline by deadline; the actions of the last one.
  Actions wait(std::int64_t ms) {
    now_ = TimeMs{now_.value + ms};
    return step(Tick{});
  }
  Actions work() { return step(WorkChanged{true}); }
  /// The epoch after this one begins on `closing`, with the same validators; its leaders are shuffled by its digest.
  Actions begin_epoch(const BlockRef& closing) {
    order_ = LeaderOrder(closing.digest, n_);
    const Epoch next{replica_.epoch().value + 1};
    return replica_.begin_epoch(Config{kChainId, next, closing.digest, make_validators(n_), self_, kDelta, &signer_},
                                closing, now_);
  }
  [[nodiscard]] Epoch epoch() const { return replica_.epoch(); }
  /// Everything handed out so far is on disk.
  Actions durable() { return step(Durable{last_sequence_}); }
  Actions vote(VoteKind kind, std::uint64_t view, const Digest& block, ValidatorIndex by,
               std::uint64_t final_view = 0) {
    return step(Received{by, VoteMessage{make_vote(kind, view, block, by), View{final_view}}});
  }
  Actions certificate(VoteKind kind, std::uint64_t view, const Digest& block) {
    return step(Received{others().front(), by_others(kind, view, block)});
  }
  /// A certificate that the others made without this replica. REQUIRES: they are a quorum.
  [[nodiscard]] Certificate by_others(VoteKind kind, std::uint64_t view, const Digest& block) const {
    Certificate certificate{kind, Epoch{1}, View{view}, block, {}, others(), {}};
    for (const ValidatorIndex other : certificate.validators)
      certificate.signatures.push_back(make_vote(kind, view, block, other).signature);
    return certificate;
  }
  /// The leader of `view` proposes.
  Actions propose(const BlockRef& block, std::uint64_t view, std::uint64_t parent_view) {
    const ValidatorIndex by = leader(view);
    return step(
        Received{by, Proposal{block, make_vote(VoteKind::kNotarize, view, block.digest, by), View{parent_view}}});
  }
  /// The block is proposed, verified and voted for, and the vote is on disk.
  void notarize(const BlockRef& block, std::uint64_t view, std::uint64_t parent_view) {
    propose(block, view, parent_view);
    step(Verified{View{view}, block.digest, true});
    step(BodyReady{block});
    durable();
  }

 private:
  std::size_t n_;
  LeaderOrder order_;
  ValidatorIndex self_;
  MarkSigner signer_;
  TimeMs now_{5000};
  std::uint64_t last_sequence_ = 0;
  Replica replica_;
};

/// The votes of a kind that a step hands to the journal.
inline std::vector<Vote> persisted(const Actions& actions, VoteKind kind) {
  std::vector<Vote> votes;
  for (const JournalRecord& record : actions.persist)
    if (record.vote.kind == kind) votes.push_back(record.vote);
  return votes;
}
inline bool persists(const Actions& actions, VoteKind kind) {
  return !persisted(actions, kind).empty();
}

/// Messages of type M among those that may leave at once, with their addressees.
template <typename M>
std::vector<std::pair<std::optional<ValidatorIndex>, M>> sent(const Actions& actions) {
  std::vector<std::pair<std::optional<ValidatorIndex>, M>> found;
  for (const Outgoing& outgoing : actions.send)
    if (const auto* message = std::get_if<M>(&outgoing.message)) found.emplace_back(outgoing.to, *message);
  return found;
}

}  // namespace kimberlite::consensus::bench
