#include "tests/simulation/whole_node/joining.h"

#include <utility>
#include <vector>

#include "node/net/peer_network.h"
#include "tests/simulation/whole_node/replay.h"

namespace kimberlite::whole_node {

Joining::Joining(const ProcessOptions& options, std::unique_ptr<storage::StoreImport> import, Hooks hooks)
    : genesis_set_(Replay(options.genesis).newest_voters()),
      membership_(options.key.public_key(), {}, options.known_keys, genesis_set_, {}),
      network_(std::move(hooks.send), std::move(hooks.punish), std::move(hooks.named)),
      import_(std::move(import)),
      guard_(boost::asio::make_work_guard(context_)),
      sync_(options.genesis, *import_, context_, port(std::move(hooks.done))) {
  membership_.set_indices(network_.set_peers(membership_.peers()));
}

runtime::SnapshotSync::Port Joining::port(std::function<void(const Result<void>&)> done) {
  return {.send =
              [this](std::size_t peer, const v1::PeerMessage& message) {
                network_.send(peer, net::Priority::kCatchUp,
                              std::make_shared<const std::string>(message.SerializeAsString()));
              },
          .punish = [this](std::size_t peer, const Error& why) { network_.punish(peer, why); },
          .connected_peers = [this] { return std::vector<std::size_t>(connected_.begin(), connected_.end()); },
          .validators = [this](const ValidatorSet& validators) { name_peers(validators); },
          .done = std::move(done)};
}

void Joining::connected(const PublicKey& peer) {
  const auto index = network_.index_of(peer);
  if (!index) return;
  connected_.insert(*index);
  sync_.peer_connected(*index);
}

void Joining::disconnected(const PublicKey& peer) {
  if (const auto index = network_.index_of(peer)) connected_.erase(*index);
}

void Joining::receive(const PublicKey& peer, const std::string& bytes) {
  const auto index = network_.index_of(peer);
  if (!index) return;
  v1::PeerMessage message;
  if (!message.ParseFromString(bytes))
    return network_.punish(*index, {Reason::MALFORMED, "frame", "not a PeerMessage"});
  sync_.receive(*index, message);
}

void Joining::name_peers(const ValidatorSet& validators) {
  if (validators.digest() == membership_.validators().digest()) return;
  ledger::VotingSet now{Epoch{membership_.epoch().value + 1}, validators, genesis_set_.addresses};
  for (const Validator& validator : validators.all()) now.addresses.try_emplace(validator.participant, "");
  membership_.begin(std::move(now));
  membership_.set_indices(network_.set_peers(membership_.peers()));
}

}  // namespace kimberlite::whole_node
