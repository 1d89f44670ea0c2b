#include "tests/simulation/whole_node/process.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "kimberlite/v1/genesis.pb.h"
#include "node/ledger/voting_set.h"
#include "node/runtime/codec.h"

namespace kimberlite::whole_node {
namespace {

constexpr std::size_t kPoolEnvelopesMax = 10'000;
constexpr std::size_t kSubmissionsMax = 10'000;
constexpr std::size_t kVerifyThreads = 2;

class WholeFrame final : public net::Frame {
 public:
  explicit WholeFrame(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] const std::string& bytes() const override { return *bytes_; }

 private:
  std::shared_ptr<const std::string> bytes_;
};

runtime::CheckpointSigners checkpoint_signers(const GenesisDocument& genesis, const storage::Store& store) {
  const auto state = store.snapshot();
  const auto set = ledger::voting_set(*state);
  const auto link = state->epoch_link(Epoch{set.epoch.value - 1});
  return {runtime::validators_of(genesis, *state, Epoch{set.epoch.value - 1}),
          link ? runtime::closing_block_of_link(*link).log_size() : LogSize{}, set.validators};
}

}  // namespace

std::vector<std::optional<std::size_t>> ProcessNetwork::set_peers(const std::vector<net::PeerAddress>& peers) {
  std::vector<std::optional<std::size_t>> indices;
  named_.clear();
  for (const net::PeerAddress& peer : peers) {
    const auto [entry, fresh] = indices_.emplace(peer.key, keys_.size());
    if (fresh) keys_.push_back(peer.key);
    named_.insert(peer.key);
    indices.emplace_back(entry->second);
  }
  named_now_();
  return indices;
}

void ProcessNetwork::send(std::size_t peer, net::Priority /*priority*/, std::shared_ptr<const std::string> message) {
  if (named_.contains(keys_.at(peer))) send_(keys_.at(peer), std::move(message));
}

void ProcessNetwork::punish(std::size_t peer, const Error& why) {
  punish_(keys_.at(peer), why);
}

std::optional<std::size_t> ProcessNetwork::index_of(const PublicKey& peer) const {
  const auto found = indices_.find(peer);
  return found == indices_.end() ? std::nullopt : std::optional(found->second);
}

Process::Process(const ProcessOptions& options, DiskContents contents, Hooks hooks)
    : guard_(boost::asio::make_work_guard(context_)),
      workers_(std::move(hooks.worker)),
      journal_thread_(std::move(hooks.journal)),
      store_thread_(std::move(hooks.store)),
      checkpoints_(options.genesis.genesis->network_name(), checkpoint_signers(options.genesis, *contents.store),
                   contents.store->checkpoint(),
                   [this](const std::string& note) {
                     boost::asio::post(context_, [this, note] { core_->store_checkpoint(note); });
                   }),
      snapshots_(options.snapshots_folder, options.snapshot_every_blocks, *contents.store, workers_.executor()),
      network_(std::move(hooks.send), std::move(hooks.punish), std::move(hooks.named)),
      core_(std::make_unique<runtime::Core>(parts(options, std::move(contents), hooks))),
      inbox_(std::make_unique<runtime::PeerInbox>(
          runtime::PeerInbox::Options{
              options.genesis.chain_id, core_->membership().epoch(), core_->membership().validators(),
              [this](std::size_t peer, const runtime::CheckpointVote& vote) { return checkpoints_.add(peer, vote); },
              [this](std::size_t count) { metrics_.signatures_verified(count); }},
          workers_.executor(), context_,
          [this](std::size_t peer, runtime::PeerInput input) { core_->deliver(peer, std::move(input)); },
          [this](std::size_t peer, const Error& why) { punish(peer, why); })) {
  network_.set_peers(core_->membership().peers());
}

runtime::Core::Parts Process::parts(const ProcessOptions& options, DiskContents contents, Hooks& hooks) {
  return {.genesis = options.genesis,
          .key = options.key,
          .addresses = {},
          .known_keys = options.known_keys,
          .store = *contents.store,
          .journal = std::move(contents.journal),
          .follower_reason = contents.follower_reason,
          .delta_ms = options.delta_ms,
          .heartbeat_ms = options.heartbeat_ms,
          .pool_envelopes_max = kPoolEnvelopesMax,
          .submissions_max = kSubmissionsMax,
          .verify_threads = kVerifyThreads,
          .checkpoints = checkpoints_,
          .snapshots = snapshots_,
          .metrics = metrics_,
          .context = context_,
          .workers = workers_.executor(),
          .journal_thread = journal_thread_.executor(),
          .store_thread = store_thread_.executor(),
          .committed = std::move(hooks.committed),
          .epoch_begun = [this](Epoch epoch, const ValidatorSet& set) { inbox_->begin_epoch(epoch, set); },
          .receive_again = [this](std::size_t peer, auto frame) { inbox_->receive(peer, std::move(frame)); }};
}

void Process::punish(std::size_t peer, const Error& why) {
  boost::asio::post(context_, [this, peer, why] { network_.punish(peer, why); });
}

void Process::receive(const PublicKey& peer, const std::shared_ptr<const std::string>& bytes) {
  if (const auto index = network_.index_of(peer)) inbox_->receive(*index, std::make_shared<WholeFrame>(bytes));
}

}  // namespace kimberlite::whole_node
