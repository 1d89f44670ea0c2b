#include "tests/simulation/withholder.h"

namespace kimberlite::simulation {

using namespace consensus;

namespace {

/// Longest time after which the content is shown to all, in Δ.
constexpr std::int64_t kRevealDeltasMax = 30;

}  // namespace

void Withholder::send(const Outgoing& outgoing) {
  World& world = cluster().world;
  const auto* proposal = std::get_if<Proposal>(&outgoing.message);
  if (conspiracy_.active && proposal != nullptr && proposal->block.view == proposal->vote.view)
    withhold(proposal->block.digest);
  if (!conspiracy_.active || !world.random().chance(400)) return Node::send(outgoing);
  world.faults.add(Fault::kSelectiveSend);
  const std::uint64_t reached_per_mille = world.random().below(1000);
  for (NodeId peer = 0; peer < cluster().validators.size(); ++peer)
    if (peer != id() && (!outgoing.to || *outgoing.to == peer) && world.random().chance(reached_per_mille))
      send_to(peer, outgoing.message);
}

/// A block is withheld once: what was shown stays shown.
void Withholder::withhold(const Digest& block) {
  World& world = cluster().world;
  const auto [entry, fresh] = cluster().withheld.emplace(block, Withheld{});
  if (!fresh) return;
  world.faults.add(Fault::kWithheldBody);
  entry->second.shown.insert(id());
  const std::uint64_t shown_per_mille = world.random().below(1000);
  for (NodeId peer = 0; peer < cluster().validators.size(); ++peer)
    if (world.random().chance(shown_per_mille)) entry->second.shown.insert(peer);
  entry->second.reveal_at_ms = world.now_ms() + world.random().between(1, kRevealDeltasMax) * cluster().delta_ms;
}

bool Withholder::serves(const Digest& body) const {
  const Cluster& shared = cluster();
  const auto withheld = shared.withheld.find(body);
  return withheld == shared.withheld.end() || shared.world.now_ms() >= withheld->second.reveal_at_ms;
}

}  // namespace kimberlite::simulation
