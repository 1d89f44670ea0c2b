#include "node/runtime/snapshot_start.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <set>
#include <utility>

#include "kimberlite/v1/peer.pb.h"
#include "node/ledger/genesis_state.h"
#include "node/net/peer_network.h"
#include "node/runtime/log.h"
#include "node/runtime/membership.h"
#include "node/runtime/snapshot_sync.h"
#include "node/runtime/startup.h"
#include "storage/store_import.h"

namespace kimberlite::runtime {
namespace {

// The state that genesis makes, in memory.
class GenesisState final : public StateReader {
 public:
  explicit GenesisState(StateChanges items) : items_(std::move(items)) {}
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override {
    const auto item = items_.find(key);
    return item == items_.end() ? std::nullopt : std::optional(item->second);
  }

 private:
  StateChanges items_;
};

class Joining {
 public:
  Joining(Identity identity, const Configuration& configuration, std::string software, storage::StoreImport& import)
      : identity_(std::move(identity)),
        configuration_(configuration),
        software_(std::move(software)),
        genesis_set_(ledger::voting_set(GenesisState(ledger::genesis_state(identity_.genesis)))),
        membership_(identity_.key.public_key(), configuration.peers, configuration.peer_keys, genesis_set_, {}),
        guard_(boost::asio::make_work_guard(context_)),
        sync_(identity_.genesis, import, context_, port()) {}

  Result<void> run() {
    net::NetworkOptions options;
    options.listen = configuration_.listen_peer;
    options.chain_id = identity_.genesis.chain_id;
    options.software = software_;
    options.final_height = [] { return std::uint64_t{0}; };
    options.peers = membership_.peers();
    auto network = net::PeerNetwork::start(std::move(options), identity_.key, handlers());
    if (!network) return std::unexpected(network.error());
    network_ = *std::move(network);
    boost::asio::post(context_, [this] { sync_.start(); });
    context_.run();
    network_.reset();
    return result_;
  }

 private:
  net::NetworkHandlers handlers() {
    return {
        .connected =
            [this](std::size_t peer, const net::PeerHello&) {
              boost::asio::post(context_, [this, peer] {
                connected_.insert(peer);
                sync_.peer_connected(peer);
              });
            },
        .disconnected = [this](std::size_t peer,
                               const Error&) { boost::asio::post(context_, [this, peer] { connected_.erase(peer); }); },
        .received =
            [this](std::size_t peer, std::shared_ptr<const net::Frame> frame) {
              boost::asio::post(context_, [this, peer, frame = std::move(frame)] { receive(peer, *frame); });
            }};
  }

  SnapshotSync::Port port() {
    return {.send =
                [this](std::size_t peer, const v1::PeerMessage& message) {
                  network_->send(peer, net::Priority::kCatchUp,
                                 std::make_shared<const std::string>(message.SerializeAsString()));
                },
            .punish = [this](std::size_t peer, const Error& why) { punish(peer, why); },
            .connected_peers = [this] { return std::vector<std::size_t>(connected_.begin(), connected_.end()); },
            .validators = [this](const ValidatorSet& validators) { name_peers(validators); },
            .done =
                [this](Result<void> result) {
                  result_ = std::move(result);
                  context_.stop();
                }};
  }

  void receive(std::size_t peer, const net::Frame& frame) {
    v1::PeerMessage message;
    if (!message.ParseFromString(frame.bytes())) return punish(peer, {Reason::MALFORMED, "frame", "not a PeerMessage"});
    sync_.receive(peer, message);
  }

  void punish(std::size_t peer, const Error& why) {
    log_event(Level::kWarn, "peer_message_refused",
              {{"participant", membership_.name_of(peer)}, {"why", why.to_string()}});
    network_->punish(peer, why);
  }

  // Keys may have changed since genesis; addresses come from the configuration, or from genesis.
  void name_peers(const ValidatorSet& validators) {
    if (validators.digest() == membership_.validators().digest()) return;
    ledger::VotingSet now{Epoch{membership_.epoch().value + 1}, validators, genesis_set_.addresses};
    for (const Validator& validator : validators.all()) now.addresses.try_emplace(validator.participant, "");
    membership_.begin(std::move(now));
    membership_.set_indices(network_->set_peers(membership_.peers()));
  }

  Identity identity_;
  const Configuration& configuration_;
  std::string software_;
  ledger::VotingSet genesis_set_;
  Membership membership_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  SnapshotSync sync_;
  std::set<std::size_t> connected_;
  std::unique_ptr<net::PeerNetwork> network_;
  Result<void> result_;
};

}  // namespace

Result<void> make_store_from_snapshot(const Configuration& configuration, const std::string& software) {
  const auto directory = configuration.data_dir / "store";
  if (storage::store_exists(directory)) return {};
  auto identity = read_identity(configuration);
  if (!identity) return std::unexpected(identity.error());
  auto import = storage::StoreImport::open({directory, identity->genesis.chain_id, {}});
  if (!import) return std::unexpected(import.error());
  if (!*import) return {};
  return Joining(*std::move(identity), configuration, software, **import).run();
}

}  // namespace kimberlite::runtime
