#include "tests/simulation/whole_node/misfortunes.h"

namespace kimberlite::whole_node {
namespace {

constexpr std::uint64_t kDraw = 1725;
/// Chance of a thousand that stores are lost in a run, how often at most, and until when.
constexpr std::uint64_t kStoresPerMille = 250;
constexpr std::int64_t kStoresMax = 4;
constexpr std::int64_t kStoresCertainly = 20;
constexpr std::int64_t kUntilDeltas = 120;
/// Chance of a thousand that the same node is hit again, and that it is started soon.
constexpr std::uint64_t kAgainPerMille = 500;
constexpr std::uint64_t kSoonPerMille = 500;
constexpr std::int64_t kSoonDeltas = 5;

}  // namespace

Misfortunes::Misfortunes(Deployment& deployment, std::uint64_t seed)
    : deployment_(deployment), random_(simulation::mix(seed, kDraw)) {}

void Misfortunes::begin() {
  if (random_.chance(kStoresPerMille)) lose_stores(random_.between(1, kStoresMax));
}

void Misfortunes::begin_certainly() {
  lose_stores(kStoresCertainly);
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

}  // namespace kimberlite::whole_node
