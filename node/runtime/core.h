// The core: one thread that owns consensus, the pool and execution, and turns consensus actions into disk and network
// work. Everything here runs on that thread unless a comment says otherwise. No locks inside.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consensus/replica.h"
#include "node/net/peer_network.h"
#include "node/runtime/catch_up.h"
#include "node/runtime/checkpoints.h"
#include "node/runtime/disk_writer.h"
#include "node/runtime/execution.h"
#include "node/runtime/first_vote.h"
#include "node/runtime/membership.h"
#include "node/runtime/metrics.h"
#include "node/runtime/peer_inbox.h"
#include "node/runtime/pool.h"
#include "node/runtime/state_snapshots.h"
#include "node/runtime/submissions.h"
#include "node/runtime/timer.h"
#include "proto/genesis.h"

namespace kimberlite::v1 {
class PeerMessage;
class Proposal;
}  // namespace kimberlite::v1

namespace kimberlite::runtime {

/// Proposals of one validator that are kept, final ones aside; its oldest goes first. A leader has five turns in the
/// window of views that consensus listens to.
inline constexpr std::size_t kProposalsEachMax = 8;
/// A peer that does not answer a request for a block within this time is passed over.
inline constexpr std::int64_t kFetchTimeoutMs = 500;
/// A block that consensus does not ask for again is given up after so many such times, and one more for each peer.
inline constexpr std::size_t kFetchRoundsMin = 8;
/// After so long without a new final block the log up to the newest is signed.
inline constexpr std::int64_t kQuietMs = 20;
/// While blocks follow one another, the log is signed at heights that this divides.
inline constexpr std::uint64_t kCheckpointEveryBlocks = 8;
/// New envelopes of our clients leave at most this often; one that follows none leaves at once.
inline constexpr std::int64_t kGossipIntervalMs = 5;
/// Messages of the next epoch kept for one peer until it begins here; the oldest goes first.
inline constexpr std::size_t kNextEpochFramesMax = 8;
/// A peer that speaks of another epoch is asked, or answered, at most this often.
inline constexpr std::int64_t kOtherEpochIntervalMs = 250;
/// Bytes of records that trial runs read and wrote, after which a piece of the core's work makes no more of them.
inline constexpr std::uint64_t kTrialWorkBytesMax = 4UL * 1024 * 1024;
/// Questions of one peer that wait to be answered; more are dropped, and asked again by who means them.
inline constexpr std::size_t kQuestionsMax = 64;
/// Pairs of conflicting votes of one key that are kept; the first proves all that a further one could.
inline constexpr std::size_t kEvidenceEachMax = 16;
/// A block may be at most this far ahead of the clock of a replica that votes for it (protocol v1, section 3).
inline constexpr std::int64_t kBlockTimeAheadMaxMs = 2'000;

/// Where the node stands; a consistent copy.
struct CoreStatus {
  consensus::ReplicaStatus replica;
  Epoch epoch;
  std::size_t validators{};  ///< in the epoch's set
  bool votes{};              ///< our key is one of them and its journal is whole
  std::string role;          ///< why it does not vote; empty if it does
  std::string why;           ///< what it waits for, with participants' names; empty if nothing
  bool progressing{};
  std::vector<std::string> skipped_leaders;  ///< participants that get no time in their next turn
  std::uint64_t pool_envelopes{};
  std::uint64_t pool_bytes{};
  std::uint64_t submissions_waiting{};
  std::uint64_t evidence{};
  std::uint64_t undecided_blocks{};
  bool catching_up{};
};

class Core {
 public:
  struct Parts {
    const GenesisDocument& genesis;
    const SecretKey& key;
    std::map<std::string, std::string> addresses;  ///< of peers by participant, over what the roll says
    std::map<std::string, PublicKey> known_keys;   ///< of peers by participant, which this log may not name yet
    storage::Store& store;
    std::unique_ptr<storage::VoteJournal> journal;  ///< null: this key may not vote
    std::string follower_reason;                    ///< why, if so
    std::int64_t delta_ms{};
    std::int64_t heartbeat_ms{};
    std::size_t pool_envelopes_max{};
    std::size_t submissions_max{};
    std::size_t verify_threads{};
    Checkpoints& checkpoints;
    StateSnapshots& snapshots;
    Metrics& metrics;
    boost::asio::io_context& context;             ///< run by the core thread alone
    boost::asio::any_io_executor workers;         ///< signatures, and answers to nodes that catch up
    boost::asio::any_io_executor journal_thread;  ///< of one thread, as the next; both finish before the core goes
    boost::asio::any_io_executor store_thread;
    /// Called on the core thread after each commit, with the new final state.
    std::function<void(std::shared_ptr<const storage::Snapshot>)> committed;
    /// Called on the core thread when an epoch begins, before anything of it is said.
    std::function<void(Epoch, const ValidatorSet&)> epoch_begun;
    /// Takes a frame of the new epoch that waited for it.
    std::function<void(std::size_t peer, std::shared_ptr<const net::Frame>)> receive_again;
  };
  explicit Core(Parts parts);
  ~Core();

  /// Executes undecided bodies again and starts consensus. `network` outlives the core.
  void start(net::PeerNetwork& network);
  /// Cancels timers, answers waiting clients with kPending.
  void stop();

  /// Answers everybody who waits; later submissions are refused with UNAVAILABLE.
  void drain();
  /// Keeps the published checkpoint for the next start.
  void store_checkpoint(const std::string& note);
  void submit(EnvelopePtr envelope, SteadyTime deadline, SubmitCallback callback);
  void find(const Digest& id, const SubmitCallback& callback);
  /// As the next two, REQUIRES: started; the network comes after that (node.cc).
  void peer_connected(std::size_t peer, const net::PeerHello& hello);
  void peer_disconnected(std::size_t peer, const Error& why);
  void deliver(std::size_t peer, PeerInput input);
  [[nodiscard]] CoreStatus status() const;
  /// Who votes and who our peers are. On the core thread, or before start().
  [[nodiscard]] const Membership& membership() const { return membership_; }
  /// Sends our newest checkpoint signature to one peer, or to all. Thread-safe.
  void send_checkpoint(const CheckpointVote& vote, std::optional<std::size_t> peer);
  /// Syncs of the vote journal since start. Thread-safe.
  [[nodiscard]] std::uint64_t journal_syncs() const;

 private:
  // What is proposed, and by whom: of two who name different envelopes for one record, one lies.
  struct ProposalKey {
    Digest block;
    consensus::ValidatorIndex leader{};
    friend auto operator<=>(const ProposalKey&, const ProposalKey&) = default;
  };
  struct ProposalEntry {
    std::string record_leaf;
    std::vector<Digest> envelope_ids;
    std::optional<consensus::VerifyRequest> verify;  // consensus waits for the answer
    bool gathers{};                                  // its envelopes, since the last request to verify it
    std::set<Digest> asked;  // those of them that the leader was asked for and that have not come
    std::uint64_t order{};
  };
  struct Fetch {
    std::vector<consensus::ValidatorIndex> voters;
    std::size_t attempts{};
    std::size_t rounds{};            // of the timer since consensus last said that it misses the block
    std::set<std::size_t> asked;     // peers that owe an answer; nobody else's is taken
    std::set<std::size_t> refused;   // peers whose body was not the block's
    std::optional<BlockFrame> body;  // arrived, waits for its parent
    std::size_t body_from{};         // a peer
  };
  // What a peer said of epochs, and what it was last told.
  struct PeerEpoch {
    Epoch spoken;  // highest
    Epoch told_of;
    SteadyTime told_at;
  };
  // What a peer wants to read from the store, in order; one question at a time is at work.
  using Answer = std::function<std::shared_ptr<const std::string>(const storage::Snapshot&)>;  // null: none
  // Messages that may leave only once a step's records and bodies are on disk.
  struct PendingPersist {
    std::uint64_t last_sequence{};
    std::size_t outstanding{};
    std::vector<consensus::Outgoing> send;
  };

  // core.cc: consensus and disk
  void recover_bodies();
  void recover_body(const std::string& bytes);
  void start_replica(std::vector<consensus::JournalRecord> journal);
  [[nodiscard]] std::string with_names(std::string text) const;
  void step(const consensus::Input& input);
  void perform(consensus::Actions actions);
  void persist(std::vector<consensus::JournalRecord> records, std::vector<consensus::Outgoing> send);
  void release_persisted();
  void make_durable(const ExecutedPtr& block, std::function<void()> done);
  void body_durable(const Digest& block);
  void wake_at(std::optional<TimeMs> time);
  void update_work();
  void update_work_later();
  void arm_heartbeat();
  void commit(std::vector<ExecutedPtr> blocks, const std::optional<consensus::Certificate>& finalization,
              std::function<void()> done);
  void on_committed(const std::vector<ExecutedPtr>& blocks, const std::shared_ptr<const storage::Snapshot>& snapshot);
  void consider_checkpoint(const BlockHeader& header, const Digest& root, bool closes_epoch);
  void sign_checkpoint(LogSize size, const Digest& root);
  void finalize(const consensus::Actions& actions);
  void recheck(Height height);
  void recheck_some();
  std::uint64_t try_again(const EnvelopePtr& envelope);
  void keep_certificates(const std::vector<consensus::Certificate>& certificates);
  void record_evidence(const std::vector<consensus::Evidence>& evidence);

  // core_epochs.cc: the set of validators changes
  [[nodiscard]] std::optional<consensus::ValidatorIndex> self() const;
  [[nodiscard]] consensus::Config consensus_config() const;
  [[nodiscard]] consensus::BlockRef final_block() const;
  [[nodiscard]] std::string role() const;
  void retire_key();
  void name_peers();
  void begin_next_epoch();
  void on_other_epoch(std::size_t peer, OtherEpochFrame frame);
  void send_closing_certificate(std::size_t peer, Epoch epoch);
  bool due_for_other_epoch(std::size_t peer, Epoch epoch);
  void send_certificate(std::size_t peer, const consensus::Certificate& certificate);
  void tell_followers(const consensus::Certificate& finalization);
  void ask_how_epoch_ended(std::size_t peer);
  void arm_epoch_timer();

  // core_first_vote.cc: a key whose journal is empty, or an old copy
  [[nodiscard]] bool knows_what_others_know() const;
  void consider_first_vote();
  [[nodiscard]] bool made_in_another_life(const BlockHeader& header) const;
  [[nodiscard]] bool log_has_another_life() const;

  // core_blocks.cc: building, verifying, fetching
  void build(const consensus::BuildRequest& request);
  void recheck_blocked();
  void take_proposal(std::size_t peer, ProposalFrame frame);
  void remember_proposal(const ProposalKey& key, ProposalEntry entry);
  void verify(const consensus::VerifyRequest& request);
  void try_verify(const ProposalKey& key);
  void wait_for_time(std::int64_t wait_ms);
  void retry_waiting();
  bool gather(const ProposalKey& key, ProposalEntry& entry, std::vector<EnvelopePtr>& envelopes);
  void answer_verify(ProposalEntry& entry, bool valid);
  void fetch(const consensus::FetchBlock& request);
  void fetch_parent(const BlockFrame& body, const std::vector<consensus::ValidatorIndex>& voters);
  void ask_for_block(const Digest& block);
  void ask_peer_for_block(std::size_t peer, const Digest& block);
  void ask_for_range(std::size_t peer, LogIndex first, std::uint64_t count, LogSize target);
  void arm_fetch_timer();
  void on_body(std::size_t peer, BlockFrame body);
  bool try_fetched(const Digest& block);
  void refuse_body(const Digest& block, std::size_t peer, const Error& why);
  void block_executed(const ExecutedPtr& block);
  void forget_decided();

  // core_peers.cc: messages
  void greet(std::size_t peer);
  void receive(std::size_t peer, const consensus::Message& message, Epoch spoken);
  void send(const consensus::Outgoing& outgoing);
  bool encode_proposal(const consensus::Proposal& proposal, v1::Proposal& out) const;
  void send_to(std::size_t peer, net::Priority priority, const v1::PeerMessage& message);
  void send_to_all(net::Priority priority, const v1::PeerMessage& message);
  void answer_envelopes(std::size_t peer, const EnvelopeRequestFrame& request);
  void answer_block(std::size_t peer, const BlockRequestFrame& request);
  void answer_range(std::size_t peer, const LogRangeRequestFrame& request);
  void ask_store(std::size_t peer, Answer answer);
  void answer_next(std::size_t peer);
  [[nodiscard]] ProposalEntry* newest_gathering();
  std::optional<std::uint64_t> take_envelope(const Pool::Untried& untried, bool may_try);
  void take_envelopes(std::size_t peer, const EnvelopesFrame& frame);
  std::uint64_t try_envelope(const Pool::Untried& untried);
  void forward_pool(consensus::ValidatorIndex leader);
  void send_envelopes(std::optional<std::size_t> peer, const std::vector<EnvelopePtr>& envelopes);

  // core_clients.cc: submissions
  void gossip(EnvelopePtr envelope);
  void send_gossip();
  void told_more_work();
  void arm_submission_timer();
  void refuse(const EnvelopePtr& envelope, const ledger::Refusal& refusal);

  Parts parts_;
  consensus::Ed25519VoteSigner signer_;
  Execution execution_;
  Membership membership_;
  Pool pool_;
  Submissions submissions_;
  std::optional<JournalWriter> journal_;
  StoreWriter store_writer_;
  std::unique_ptr<CatchUp> catch_up_;
  std::optional<consensus::Replica> replica_;
  net::PeerNetwork* network_{};
  std::set<std::size_t> connected_;
  std::map<std::size_t, std::deque<std::shared_ptr<const net::Frame>>> next_epoch_frames_;
  std::map<std::size_t, PeerEpoch> peer_epochs_;

  Timer wake_timer_;
  Timer heartbeat_timer_;
  Timer submission_timer_;
  Timer fetch_timer_;
  Timer gossip_timer_;
  Timer epoch_timer_;
  Timer quiet_timer_;
  Timer early_timer_;
  std::optional<SteadyTime> early_until_;  // when that timer ends
  std::optional<TimeMs> wake_time_;
  bool fetch_timer_armed_{};
  bool may_vote_{};                                    // the journal of our key is whole
  bool first_vote_held_{};                             // it is empty, and we do not know yet what others know
  std::map<std::size_t, std::uint64_t> told_heights_;  // by peers when they connected; while the first vote is held
  bool heartbeat_due_{};
  bool told_work_{};
  bool work_update_posted_{};
  bool recheck_posted_{};
  std::deque<EnvelopePtr> rechecks_;  // to be tried again
  bool draining_{};
  bool stopping_{};

  std::map<ProposalKey, ProposalEntry> proposals_;
  std::uint64_t proposal_order_{};
  std::map<Digest, Fetch> fetches_;
  std::map<std::size_t, std::deque<Answer>> questions_;  // the first is at work
  std::optional<std::size_t> last_body_peer_;            // who answered a fetch last
  std::set<Digest> durable_bodies_;
  std::map<Digest, std::vector<std::function<void()>>> bodies_in_flight_;
  std::deque<PendingPersist> pending_;
  Height committing_;  // highest block handed to the store writer
  VotedSpan voted_;
  std::vector<EnvelopePtr> gossip_;
  SteadyTime last_gossip_{};
  std::map<Digest, SteadyTime> submitted_;  // of envelopes submitted here, for the latency metric
  SteadyTime last_progress_;
  std::map<std::string, std::size_t> evidence_;  // pairs kept, by the key that signed them
};

}  // namespace kimberlite::runtime
