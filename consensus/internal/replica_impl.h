// The state of a replica and the list of its mechanisms. replica.cc wires them; the rules are in voter.cc (one view),
// finality.cc (final blocks, catching up), exchange.cc (what peers are told and asked) and recovery.cc (start). Rule
// numbers are those of README.md. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consensus/internal/block_tree.h"
#include "consensus/internal/certificate_store.h"
#include "consensus/internal/observer.h"
#include "consensus/internal/own_votes.h"
#include "consensus/internal/peers.h"
#include "consensus/internal/timers.h"
#include "consensus/internal/vote_set.h"
#include "consensus/leader_order.h"
#include "consensus/replica.h"

namespace kimberlite::consensus {

/// A final chain whose bodies cannot be fetched within this many Δ is caught up with by log range.
inline constexpr std::int64_t kFetchPatienceDeltas = 8;

class Replica::Impl {
 public:
  Impl(Config config, Recovered recovered);
  /// The epoch after that of `before`, begun on the block that closed it.
  Impl(Config config, BlockRef closing, const Impl& before);
  Actions start(TimeMs now);
  Actions step(const Input& input, TimeMs now);
  [[nodiscard]] ReplicaStatus status() const;
  [[nodiscard]] Epoch epoch() const { return config_.epoch; }

 private:
  /// What concerns the current view alone.
  struct Round {
    std::optional<BuildRequest> building;  ///< asked for, not answered yet
    View building_on;                      ///< newest view in which its parent is certified
    std::optional<TimeMs> build_again_at;  ///< a build came back empty: not before this
    bool proposal_handled{};               ///< handed to verification, voted on, or refused
    bool invalid{};                        ///< the leader's proposal broke a rule
    TimeMs entered_at;                     ///< from here an invalid proposal waits (rule 6)
    bool skipped{};                        ///< the leader got no time (rules 11, 22)
    std::optional<Proposal> own_proposal;
    std::optional<View> wanted_above;  ///< certificates above this view are missing to go on
    std::optional<View> asked_above;   ///< and were asked for
    std::optional<TimeMs> asked_at;    ///< then
    bool wants_finalization{};         ///< the proposal is too high above our last final block
    bool asked_finalization{};
  };
  /// A body that is to be fetched.
  struct Missing {
    TimeMs since;
    std::optional<TimeMs> asked;
    bool tried{};  ///< by way of its proposal
  };
  enum class Check { kReady, kWaiting, kInvalid };

  // replica.cc
  void on(const Received& input);
  void on(const PeerConnected& input);
  void on(const Tick& input);
  void on(const RolledBack& input);
  void on(const WorkChanged& input);
  void on(const Built& input);
  void on(const Verified& input);
  void on(const BodyReady& input);
  void on(const Durable& input);
  void on(const CaughtUp& input);
  void on_message(const VoteMessage& message, std::optional<ValidatorIndex> from);
  void on_message(const Certificate& certificate, std::optional<ValidatorIndex> from);
  void on_message(const Proposal& proposal, std::optional<ValidatorIndex> from);
  void on_message(const CertificateRequest& request, std::optional<ValidatorIndex> from);
  void settle();
  Actions finish();
  [[nodiscard]] Standing standing() const;
  void note_deadline(std::optional<TimeMs> deadline);
  void note_deadlines();
  [[nodiscard]] std::string why() const;

  // voter.cc
  void count(const Vote& vote);
  void accept(const Certificate& certificate);
  void count_signers(const Certificate& certificate);
  void judge_turn(const Certificate& ended_by);
  void enter(View view, const Certificate& by);
  void refresh_clocks();
  void lead();
  void propose(const BlockRef& block, View parent_view);
  void consider_proposal();
  [[nodiscard]] bool too_high(Height height) const;
  [[nodiscard]] Check check(const Proposal& proposal);
  [[nodiscard]] TimeMs invalid_due() const;
  void nullify_if_due();
  void finalize_votes();
  JournalRecord& cast(VoteKind kind, View view, const Digest& block);
  void keep_certificates();
  void keep_anew();
  void keep_finalization();
  [[nodiscard]] bool leader_contradicted(View view) const;
  [[nodiscard]] bool leader_nullified() const;
  [[nodiscard]] bool others_voted() const;
  [[nodiscard]] bool working() const;
  [[nodiscard]] bool tip_late(std::int64_t after_ms) const;
  [[nodiscard]] bool skips_leader(View view) const;

  // finality.cc
  void commit_final();
  void commit(const std::vector<BlockRef>& path);
  void forget_decided();
  void forget_old_views();
  void try_proposal(const Digest& digest, Missing& missing);
  void plan_fetches();
  [[nodiscard]] std::map<Digest, std::vector<ValidatorIndex>> wanted_bodies() const;

  // exchange.cc
  void track(const Vote& vote, View final_view, bool own_word);
  void track_certificate(ValidatorIndex from, const Certificate& certificate);
  void raise(ValidatorIndex validator, View reached);
  void notice_rollback(const Vote& vote);
  void schedule_forward();
  void forward_certificates();
  void pull_certificates();
  void retry();
  void ask_for_wanted(ValidatorIndex peer);
  [[nodiscard]] std::optional<TimeMs> wanted_due() const;
  void ask_once();
  void answer(const CertificateRequest& request, ValidatorIndex to);
  void send_position(ValidatorIndex to);
  void send_votes(std::optional<ValidatorIndex> to);
  void send(std::optional<ValidatorIndex> to, Message message);

  // recovery.cc
  void adopt(const Certificate& certificate);
  void adopt_journal(const std::vector<JournalRecord>& journal);
  void restore_proposal();

  /// Nothing is said in an epoch that is over (rule 21).
  [[nodiscard]] bool may_vote() const {
    return config_.self.has_value() && !rolled_back_ && !blocks_.root().closes_epoch && later_journal_.empty();
  }
  [[nodiscard]] ValidatorIndex leader_of(View view) const { return order_.leader(view); }
  [[nodiscard]] View horizon() const { return View{view_.value + 2 * validators_}; }
  [[nodiscard]] bool too_old(View view) const { return view.value + 2 * validators_ < view_.value; }
  [[nodiscard]] std::int64_t short_delay_ms() const { return std::max<std::int64_t>(1, config_.delta_ms / 4); }
  [[nodiscard]] std::int64_t retry_ms() const { return 2 * config_.delta_ms; }

  Observer observer_;
  Config config_;
  std::size_t validators_;
  LeaderOrder order_;
  TimeMs now_;
  Actions actions_;
  bool changed_{};  ///< something happened in this step that may make another rule apply

  View view_{1};
  std::optional<Certificate> entered_by_;
  Round round_;
  BackOff back_off_;
  bool lost_with_work_{};  ///< a view, since the last finality
  ViewTimers timers_;
  bool has_work_{};
  bool rolled_back_{};

  /// The journal, if it holds votes of later epochs: this one is over, and the store was rebuilt.
  std::vector<JournalRecord> later_journal_;
  OwnVotes own_;
  std::uint64_t decided_sequence_{};  ///< newest record when something became final
  bool keeping_{};                    ///< certificates above the last final view are on disk, or on their way there
  CertificateStore certificates_;
  BlockTree blocks_;
  std::map<View, VoteSet> votes_;
  std::map<View, Proposal> proposals_;  ///< the first of each view by its leader
  std::set<Digest> verifying_;

  View tip_view_;  ///< newest view in which something is certified
  TimeMs tip_since_;
  View asked_final_for_;  ///< tip_view_ for which peers were asked for the finalization

  bool catching_up_{};
  std::optional<TimeMs> commit_stuck_since_;
  std::map<Digest, Missing> missing_;

  PeerBook peers_;
  std::optional<TimeMs> forward_at_;
  View forward_view_;
  std::optional<TimeMs> pull_at_;
  std::optional<TimeMs> retry_at_;
  std::uint64_t retries_{};
};

}  // namespace kimberlite::consensus
