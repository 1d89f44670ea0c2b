#include "tests/simulation/whole_node/misfortunes.h"

namespace kimberlite::whole_node {
namespace {

constexpr std::uint64_t kDraw = 1725;
/// Chance of a thousand that stores are lost in a run, how often at most, and until when.
constexpr std::uint64_t kStoresPerMille = 250;
constexpr std::uint64_t kStoresPerMilleWithSnapshots = 600;
constexpr std::int64_t kStoresMax = 4;
constexpr std::int64_t kStoresCertainly = 20;
constexpr std::int64_t kUntilDeltas = 120;
/// Chance of a thousand that the same node is hit again, and that it is started soon.
constexpr std::uint64_t kAgainPerMille = 500;
constexpr std::uint64_t kSoonPerMille = 500;
constexpr std::int64_t kSoonDeltas = 5;
/// Chance of a thousand that nodes are killed while they make their store, and how often that is tried.
constexpr std::uint64_t kKillsPerMille = 500;
constexpr std::int64_t kKillMsMin = 500;
constexpr std::int64_t kKillMsMax = 10'000;
/// And that a store is lost when everything else gets well.
constexpr std::uint64_t kLastPerMille = 400;

}  // namespace

Misfortunes::Misfortunes(Deployment& deployment, std::uint64_t seed)
    : deployment_(deployment), random_(simulation::mix(seed, kDraw)) {}

void Misfortunes::begin() {
  active_ = true;
  const bool snapshots = deployment_.setting.snapshot_every > 0;
  if (random_.chance(snapshots ? kStoresPerMilleWithSnapshots : kStoresPerMille))
    lose_stores(random_.between(1, kStoresMax));
  if (snapshots && random_.chance(kKillsPerMille)) kill_joining();
}

void Misfortunes::begin_certainly() {
  active_ = true;
  lose_stores(kStoresCertainly);
}

void Misfortunes::end() {
  if (active_ && deployment_.setting.snapshot_every > 0 && random_.chance(kLastPerMille)) lose_store();
  active_ = false;
}

void Misfortunes::lose_stores(std::int64_t times) {
  for (; times > 0; --times) {
    deployment_.world.after(random_.between(0, kUntilDeltas * deployment_.delta_ms()), [this] {
      if (active_) lose_store();
    });
  }
}

std::optional<NodeId> Misfortunes::victim() {
  if (last_ && random_.chance(kAgainPerMille)) return last_;
  const auto& impaired = deployment_.impaired();
  const auto one = static_cast<NodeId>(random_.below(deployment_.size()));
  if (impaired.size() >= deployment_.faulty_max() || impaired.contains(one)) return std::nullopt;
  return one;
}

void Misfortunes::lose_store() {
  const auto one = victim();
  if (!one) return;
  last_ = one;
  deployment_.lose_store(*one);
  if (!random_.chance(kSoonPerMille)) return;  // as chaos starts whoever is down
  deployment_.world.after(random_.between(0, kSoonDeltas * deployment_.delta_ms()), [this, id = *one] {
    if (active_) deployment_.start(id);
  });
}

void Misfortunes::kill_joining() {
  if (!active_) return;
  for (NodeId id = 0; id < deployment_.size(); ++id) {
    if (!deployment_.node(id).joining()) continue;
    deployment_.crash(id);
    if (random_.chance(kSoonPerMille)) deployment_.start(id);
  }
  deployment_.world.after(random_.between(kKillMsMin, kKillMsMax), [this] { kill_joining(); });
}

}  // namespace kimberlite::whole_node
