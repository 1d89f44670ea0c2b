#include "node/runtime/node.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "kimberlite/v1/genesis.pb.h"
#include "node/ledger/voting_set.h"
#include "node/runtime/clock.h"
#include "node/runtime/codec.h"
#include "node/runtime/give_way.h"
#include "node/runtime/lanes.h"
#include "node/runtime/log.h"
#include "node/runtime/startup.h"

namespace kimberlite::runtime {
namespace {

constexpr std::int64_t kDeltaDefaultMs = 1'000;
constexpr std::int64_t kHeartbeatDefaultMs = 600'000;

// Lanes of clients' calls. Whoever asks about an envelope stays behind its submission.
constexpr std::size_t kEnvelopeLane = 0;
constexpr std::size_t kStatusLane = 1;

Error overloaded() {
  return {Reason::OVERLOADED, "calls", "as many calls wait as the node allows"};
}

SubmitResult refused(const Error& why) {
  return {Outcome::kRefused, {}, {why.reason, 0, why.field, why.message}};
}

// Prefixes up to the block that closed the epoch before are signed by its set.
CheckpointSigners checkpoint_signers(const Startup& startup) {
  const auto state = startup.store->snapshot();
  const auto set = ledger::voting_set(*state);
  const auto link = state->epoch_link(Epoch{set.epoch.value - 1});
  return {validators_of(startup.genesis, *state, Epoch{set.epoch.value - 1}),
          link ? closing_block_of_link(*link).log_size() : LogSize{}, set.validators};
}

// Members are declared so that destruction runs the other way round: the core with its writers goes before the store.
class RunningNode final : public Node {
 public:
  RunningNode(Startup startup, const Configuration& configuration, std::string software)
      : startup_(std::move(startup)),
        configuration_(configuration),
        software_(std::move(software)),
        checkpoints_(startup_.genesis.genesis->network_name(), checkpoint_signers(startup_),
                     startup_.store->checkpoint(), [this](const std::string& note) { store_note(note); }),
        workers_(0),
        snapshots_(configuration.data_dir / "snapshots", configuration.snapshot_every_blocks, *startup_.store,
                   workers_.get_executor()),
        guard_(boost::asio::make_work_guard(context_)) {
    for (std::size_t worker = 0; worker < configuration.verify_threads; ++worker) {
      worker_threads_.emplace_back([this] {
        give_way();
        workers_.attach();
      });
    }
  }

  ~RunningNode() override {
    if (thread_.joinable()) {
      boost::asio::post(context_, [this] {
        core_->drain();
        stop_when_answered();
      });
      thread_.join();
    }
    // What was handed to the disk is written.
    journal_thread_.join();
    store_thread_.join();
    // Workers may still answer peers, peers may still feed workers: first no new work, then no network.
    workers_.stop();
    workers_.join();
    for (auto& thread : worker_threads_) thread.join();
    network_.reset();
    checkpoints_.close();
  }

  Result<void> run() {
    const auto& genesis = *startup_.genesis.genesis;
    Core::Parts parts{
        .genesis = startup_.genesis,
        .key = startup_.key,
        .addresses = configuration_.peers,
        .known_keys = configuration_.peer_keys,
        .store = *startup_.store,
        .journal = std::move(startup_.journal),
        .follower_reason = startup_.follower_reason,
        .delta_ms = genesis.view_timeout_ms() > 0 ? genesis.view_timeout_ms() : kDeltaDefaultMs,
        .heartbeat_ms = genesis.heartbeat_ms() > 0 ? genesis.heartbeat_ms() : kHeartbeatDefaultMs,
        .pool_envelopes_max = configuration_.pool_envelopes_max,
        .submissions_max = configuration_.submissions_max,
        .verify_threads = configuration_.verify_threads,
        .checkpoints = checkpoints_,
        .snapshots = snapshots_,
        .metrics = metrics_,
        .context = context_,
        .workers = workers_.get_executor(),
        .journal_thread = journal_thread_.get_executor(),
        .store_thread = store_thread_.get_executor(),
        .committed = [this](auto snapshot) { publish(std::move(snapshot)); },
        .epoch_begun = [this](Epoch epoch, const ValidatorSet& set) { inbox_->begin_epoch(epoch, set); },
        .receive_again = [this](std::size_t peer, auto frame) { inbox_->receive(peer, std::move(frame)); }};
    snapshot_ = startup_.store->snapshot();
    core_ = std::make_unique<Core>(std::move(parts));
    inbox_ = std::make_unique<PeerInbox>(
        PeerInbox::Options{
            startup_.genesis.chain_id, core_->membership().epoch(), core_->membership().validators(),
            [this](std::size_t peer, const CheckpointVote& vote) { return checkpoints_.add(peer, vote); },
            [this](std::size_t count) { metrics_.signatures_verified(count); }},
        workers_.get_executor(), context_,
        [this](std::size_t peer, PeerInput input) { core_->deliver(peer, std::move(input)); },
        [this](std::size_t peer, const Error& why) { punish(peer, why); });
    // First in the queue, which nobody works on yet: whatever peers say meanwhile finds a core that was started.
    boost::asio::post(context_, [this] { core_->start(*network_); });
    auto network = net::PeerNetwork::start(network_options(), startup_.key, handlers());
    if (!network) return std::unexpected(network.error());
    network_ = *std::move(network);
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  const GenesisDocument& genesis() const override { return startup_.genesis; }
  const std::string& participant() const override { return configuration_.participant; }
  const std::string& software() const override { return software_; }

  void submit(EnvelopePtr envelope, SteadyTime deadline, SubmitCallback callback) override {
    const bool taken = calls_.add(kEnvelopeLane, [this, envelope = std::move(envelope), deadline, callback]() mutable {
      core_->submit(std::move(envelope), deadline, std::move(callback));
    });
    if (!taken) callback(refused(overloaded()));
  }

  void find(const Digest& id, SubmitCallback callback) override {
    const bool taken = calls_.add(kEnvelopeLane, [this, id, callback] { core_->find(id, callback); });
    if (!taken) callback(refused(overloaded()));
  }

  void status(std::function<void(const Result<NodeStatus>&)> callback) override {
    const bool taken = calls_.add(kStatusLane, [this, callback] { callback(status_now()); });
    if (!taken) callback(std::unexpected(overloaded()));
  }

  void drain() override {
    boost::asio::post(context_, [this] { core_->drain(); });
    checkpoints_.close();
  }

  // In no lane: there are never more of these than threads that wait, and operators look at a node that is flooded.
  NodeStatus status() override {
    std::promise<NodeStatus> promise;
    auto future = promise.get_future();
    boost::asio::post(context_, [this, &promise] { promise.set_value(status_now()); });
    return future.get();
  }

  std::shared_ptr<const storage::Snapshot> snapshot() const override {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

  std::vector<std::string> evidence() const override { return startup_.store->evidence(); }

  Checkpoints& checkpoints() override { return checkpoints_; }

  std::string metrics() override {
    const NodeStatus now = status();
    MetricsSnapshot out{.final_height = now.tip.height.value,
                        .log_size = now.tip.log_size.value,
                        .view = now.core.replica.view.value,
                        .pool_envelopes = now.core.pool_envelopes,
                        .pool_bytes = now.core.pool_bytes,
                        .submissions_waiting = now.core.submissions_waiting,
                        .peer_bytes_sent = now.peer_bytes_sent,
                        .synced_writes = now.synced_writes,
                        .store_bytes = startup_.store->statistics().bytes_on_disk,
                        .checkpoint_size = now.checkpoint.size.value,
                        .checkpoint_signatures = now.checkpoint.signatures,
                        .evidence = now.core.evidence,
                        .skipped_leaders = now.core.skipped_leaders.size(),
                        .undecided_blocks = now.core.undecided_blocks,
                        .progressing = now.core.progressing,
                        .votes = now.core.votes};
    for (const auto& peer : now.peers) {
      out.peers_connected += peer.connected ? 1 : 0;
      out.peer_bytes_received += peer.bytes_received;
      out.peer_frames_received += peer.frames_received;
      out.peer_frames_dropped += peer.frames_dropped;
      out.peer_faults += peer.punishments;
    }
    if (network_) out.connections_refused = network_->listener().refused;
    return metrics_.text(out);
  }

  std::uint64_t add_listener(std::function<void()> changed) override {
    const std::lock_guard lock(mutex_);
    listeners_.emplace(++listener_, std::move(changed));
    return listener_;
  }

  void remove_listener(std::uint64_t listener) override {
    const std::lock_guard lock(mutex_);
    listeners_.erase(listener);
  }

 private:
  // Every call that was taken is answered before the core stops; after drain() none is worked on for long.
  void stop_when_answered() {
    if (!calls_.empty()) {
      boost::asio::post(context_, [this] { stop_when_answered(); });
      return;
    }
    core_->stop();
    context_.stop();
  }

  void publish(std::shared_ptr<const storage::Snapshot> snapshot) {
    std::vector<std::function<void()>> calls;
    {
      const std::lock_guard lock(mutex_);
      snapshot_ = std::move(snapshot);
      for (const auto& [number, changed] : listeners_) calls.push_back(changed);
    }
    for (const auto& changed : calls) changed();
  }

  // Called with a fresh note on whichever thread brought the last signature.
  void store_note(const std::string& note) {
    boost::asio::post(context_, [this, note] {
      if (core_) core_->store_checkpoint(note);
    });
  }

  void punish(std::size_t peer, const Error& why) {
    metrics_.peer_message_refused(reason_name(why.reason));
    boost::asio::post(context_, [this, peer, why] {
      // Many small frames may be on their way by the time that a connection is closed for the first of them.
      if (!at_fault_.insert(peer).second) return;
      log_event(Level::kWarn, "peer_message_refused",
                {{"participant", core_->membership().name_of(peer)}, {"why", why.to_string()}});
      if (network_) network_->punish(peer, why);
    });
  }

  net::NetworkOptions network_options() {
    net::NetworkOptions options;
    options.listen = configuration_.listen_peer;
    options.chain_id = startup_.genesis.chain_id;
    options.software = software_;
    options.final_height = [this] { return snapshot()->tip().height.value; };
    options.peers = core_->membership().peers();
    return options;
  }

  net::NetworkHandlers handlers() {
    return {.connected =
                [this](std::size_t peer, const net::PeerHello& hello) {
                  boost::asio::post(context_, [this, peer, hello] {
                    at_fault_.erase(peer);
                    core_->peer_connected(peer, hello);
                  });
                },
            .disconnected =
                [this](std::size_t peer, const Error& why) {
                  boost::asio::post(context_, [this, peer, why] { core_->peer_disconnected(peer, why); });
                },
            .received = [this](std::size_t peer,
                               std::shared_ptr<const net::Frame> frame) { inbox_->receive(peer, std::move(frame)); }};
  }

  // On the core thread.
  NodeStatus status_now() {
    NodeStatus out;
    out.core = core_->status();
    const auto now = snapshot();
    out.tip = now->tip();
    // Where rules see block time, the next event meets a block of now, however old the newest one is.
    out.ledger_time_ms = ledger::ledger_time(*now, std::max(out.tip.block_time_ms, wall_now_ms()));
    out.checkpoint = checkpoints_.newest();
    for (const auto& state : network_ ? network_->states() : std::vector<net::PeerState>()) {
      out.peer_bytes_sent += state.bytes_sent;
      if (state.named) out.peers.push_back(state);
    }
    out.synced_writes = core_->journal_syncs() + startup_.store->statistics().synced_writes;
    return out;
  }

  Startup startup_;
  Configuration configuration_;
  std::string software_;
  Metrics metrics_;
  Checkpoints checkpoints_;
  boost::asio::io_context context_{1};
  boost::asio::thread_pool workers_;  // its threads are ours, so that they can be nice
  std::vector<std::thread> worker_threads_;
  StateSnapshots snapshots_;
  boost::asio::thread_pool journal_thread_{1};
  boost::asio::thread_pool store_thread_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  mutable std::mutex mutex_;
  std::shared_ptr<const storage::Snapshot> snapshot_;
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t listener_{};
  std::unique_ptr<Core> core_;
  Lanes<std::function<void()>> calls_{[this](auto work) { boost::asio::post(context_, std::move(work)); },
                                      [](std::size_t, auto& call) {
                                        call();
                                        return true;
                                      },
                                      kCallsWaitingMax};
  std::unique_ptr<PeerInbox> inbox_;
  std::unique_ptr<net::PeerNetwork> network_;
  std::set<std::size_t> at_fault_;  ///< peers whose connection is to be closed; the core thread's
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Node>> Node::start(const Configuration& configuration, const std::string& software) {
  auto startup = prepare(configuration, wall_now_ms());
  if (!startup) return std::unexpected(startup.error());
  auto node = std::make_unique<RunningNode>(*std::move(startup), configuration, software);
  if (auto run = node->run(); !run) return std::unexpected(run.error());
  return std::unique_ptr<Node>(std::move(node));
}

}  // namespace kimberlite::runtime
