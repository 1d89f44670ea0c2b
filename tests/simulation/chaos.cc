#include "tests/simulation/chaos.h"

#include <algorithm>

#include "tests/simulation/local_clock.h"

namespace kimberlite::simulation {

namespace {

/// Chance of a thousand that a step hands in an event instead of injecting a fault.
constexpr std::uint64_t kSubmitPerMille = 400;
/// Chance of a thousand that a kind of fault happens in a run at all: runs differ in kind, not only in order.
constexpr std::uint64_t kKindPerMille = 700;
constexpr std::int64_t kPauseMsMax = 300'000;
constexpr std::int64_t kClockJumpMsMax = 4 * 3'600'000;
constexpr std::int64_t kClogMsMax = 5'000;
constexpr std::int64_t kStallMsMax = 60'000;
constexpr std::int64_t kSlowLinkMsMax = 180'000;  ///< how long links stay slow
constexpr std::size_t kReplayedMax = 64;

/// From 1 to `most`, every order of magnitude as likely as the others.
std::int64_t of_any_magnitude(Random& random, std::int64_t most) {
  std::int64_t scale = 1;
  std::uint64_t magnitudes = 0;
  for (; scale < most; scale *= 10) ++magnitudes;
  std::int64_t upto = 1;
  for (std::uint64_t i = random.below(magnitudes + 1); i > 0; --i) upto *= 10;
  return random.between(1, std::min(upto, most));
}

}  // namespace

Chaos::Chaos(Target& target, World& world) : target_(target), world_(world) {
  const Kind all[] = {
      {60, &Chaos::draw_weather},
      {15, &Chaos::slow_links},
      {30, &Chaos::replay},
      {25, &Chaos::partition},
      {25, &Chaos::isolate},
      {25, &Chaos::cut_leader_off},
      {20, &Chaos::cut_one_way},
      {15, &Chaos::bridge},
      {15, &Chaos::cut_one_pair},
      {20, &Chaos::cut_at_random},
      {60, &Chaos::cut_one_more_link},
      {50, &Chaos::restore_one_link},
      {160, &Chaos::crash},
      {30, &Chaos::storm},
      {30, &Chaos::cut_power},
      {40, &Chaos::stall_disk},
      {6, &Chaos::lose_disk},
      {10, &Chaos::roll_back},
      {60, &Chaos::pause},
      {30, &Chaos::jump_clock},
      {30, &Chaos::drift_clock},
  };
  // What repairs is never left out.
  kinds_ = {{150, &Chaos::restart_some}, {90, &Chaos::restore_links}};
  for (const Kind& kind : all)
    if (world_.random().chance(kKindPerMille)) kinds_.push_back(kind);
}

void Chaos::run() {
  Random& random = world_.random();
  draw_weather();
  const std::int64_t delta = target_.delta_ms();
  const std::int64_t end_ms = world_.now_ms() + random.between(10, 150) * delta;
  const std::int64_t pace_ms = random.between(delta / 4, 3 * delta);
  while (world_.now_ms() < end_ms) {
    target_.run_for(random.between(0, pace_ms));
    one_step();
  }
}

void Chaos::stop() {
  active_ = false;
  for (NodeId from = 0; from < target_.size(); ++from) {
    for (NodeId to = 0; to < target_.size(); ++to) {
      world_.set_distance(from, to, 0);
      world_.set_loss(from, to, 0);
    }
  }
}

void Chaos::one_step() {
  Random& random = world_.random();
  if (random.chance(kSubmitPerMille)) return target_.submit_somewhere();
  if (random.chance(50)) target_.back_up(anyone());
  std::uint64_t sum = 0;
  for (const Kind& kind : kinds_) sum += kind.weight;
  std::uint64_t drawn = random.below(sum);
  for (const Kind& kind : kinds_) {
    if (drawn < kind.weight) return (this->*kind.inject)();
    drawn -= kind.weight;
  }
}

std::optional<NodeId> Chaos::anyone_up() {
  std::vector<NodeId> up;
  for (NodeId id = 0; id < target_.size(); ++id)
    if (target_.up(id)) up.push_back(id);
  if (up.empty()) return std::nullopt;
  return up[world_.random().below(up.size())];
}

NodeId Chaos::leader() {
  const auto node = anyone_up();
  return node ? target_.leader_seen_by(*node) : anyone();
}

std::optional<NodeId> Chaos::victim() {
  const auto& impaired = target_.impaired();
  if (impaired.size() >= target_.faulty_max()) return std::nullopt;
  const NodeId one = anyone();
  return impaired.contains(one) ? std::nullopt : std::optional(one);
}

// ---- the network --------------------------------------------------------------------------------------------------

void Chaos::draw_weather() {
  world_.faults.add(Fault::kWeather);
  Random& random = world_.random();
  const std::int64_t delta = target_.delta_ms();
  Weather& weather = world_.weather;
  weather.delay_ms_max = random.between(1, random.chance(100) ? 3 * delta : delta / 4);
  weather.duplicate_per_mille = random.chance(300) ? random.below(500) : 0;
  weather.clog_per_mille = random.chance(300) ? random.below(100) : 0;
  weather.clog_ms = kClogMsMax;
  const std::uint64_t loss_per_mille_max = random.chance(500) ? 300 : 0;
  for (NodeId from = 0; from < target_.size(); ++from)
    for (NodeId to = 0; to < target_.size(); ++to)
      world_.set_loss(from, to, loss_per_mille_max == 0 ? 0 : random.below(loss_per_mille_max + 1));
  const std::int64_t disk_ms_max = random.between(0, random.chance(100) ? 3 * delta : delta / 8);
  const std::int64_t execute_ms_max = random.between(0, random.chance(100) ? 3 * delta : delta / 8);
  target_.set_speeds(disk_ms_max, execute_ms_max);
}

/// Everything to and from one node, or everything there is, takes longer than a view may; minutes later no more.
void Chaos::slow_links() {
  world_.faults.add(Fault::kLongDelay);
  Random& random = world_.random();
  const std::int64_t delay_ms = random.between(3, 8) * target_.delta_ms();
  const NodeId one = anyone();
  const bool everybody = random.chance(300);
  const auto set = [this, one, everybody](std::int64_t ms) {
    for (NodeId from = 0; from < target_.size(); ++from)
      for (NodeId to = 0; to < target_.size(); ++to)
        if (everybody || from == one || to == one) world_.set_distance(from, to, ms);
  };
  set(delay_ms);
  world_.after(of_any_magnitude(random, kSlowLinkMsMax), [set] { set(0); });
}

void Chaos::replay() {
  world_.replay(world_.random().below(kReplayedMax) + 1);
}

void Chaos::partition() {
  world_.faults.add(Fault::kPartition);
  world_.restore_all();
  std::vector<bool> side;
  for (NodeId id = 0; id < target_.size(); ++id) side.push_back(world_.random().chance(500));
  for (NodeId a = 0; a < target_.size(); ++a)
    for (NodeId b = 0; b < a; ++b)
      if (side[a] != side[b]) cut_pair(a, b, true);
}

void Chaos::cut_pair(NodeId a, NodeId b, bool is_cut) {
  world_.cut(a, b, is_cut);
  world_.cut(b, a, is_cut);
}

void Chaos::cut_all_of(NodeId id, bool to_it, bool from_it) {
  world_.restore_all();
  for (NodeId peer = 0; peer < target_.size(); ++peer) {
    if (peer == id) continue;
    if (to_it) world_.cut(peer, id, true);
    if (from_it) world_.cut(id, peer, true);
  }
}

void Chaos::isolate() {
  world_.faults.add(Fault::kIsolation);
  cut_all_of(anyone(), true, true);
}

void Chaos::cut_leader_off() {
  world_.faults.add(Fault::kLeaderCutOff);
  const std::uint64_t way = world_.random().below(3);
  cut_all_of(leader(), way != 0, way != 1);
}

void Chaos::cut_one_way() {
  world_.faults.add(Fault::kOneWay);
  const bool deaf = world_.random().chance(500);
  cut_all_of(anyone(), deaf, !deaf);
}

/// Two halves that hear each other through one node only.
void Chaos::bridge() {
  world_.faults.add(Fault::kBridge);
  world_.restore_all();
  const NodeId one = anyone();
  for (NodeId a = 0; a < target_.size(); ++a)
    for (NodeId b = 0; b < a; ++b)
      if (a != one && b != one && a % 2 != b % 2) cut_pair(a, b, true);
}

void Chaos::cut_one_pair() {
  world_.faults.add(Fault::kPairCut);
  world_.restore_all();
  cut_pair(anyone(), anyone(), true);
}

void Chaos::cut_at_random() {
  world_.faults.add(Fault::kRandomCuts);
  const std::uint64_t per_mille = world_.random().below(500);
  for (NodeId from = 0; from < target_.size(); ++from)
    for (NodeId to = 0; to < target_.size(); ++to)
      if (from != to) world_.cut(from, to, world_.random().chance(per_mille));
}

void Chaos::cut_one_more_link() {
  world_.faults.add(Fault::kLinkCut);
  links_cut_.emplace_back(anyone(), anyone());
  cut_pair(links_cut_.back().first, links_cut_.back().second, true);
}

void Chaos::restore_one_link() {
  if (links_cut_.empty()) return;
  world_.faults.add(Fault::kLinksRestored);
  const std::uint64_t at = world_.random().below(links_cut_.size());
  const auto [a, b] = links_cut_[at];
  links_cut_.erase(links_cut_.begin() + static_cast<std::ptrdiff_t>(at));
  cut_pair(a, b, false);
  target_.connect(a, b);
}

void Chaos::restore_links() {
  world_.faults.add(Fault::kLinksRestored);
  world_.restore_all();
  links_cut_.clear();
  target_.connect_all();
}

// ---- processes and clocks -----------------------------------------------------------------------------------------

void Chaos::crash() {
  if (const auto node = anyone_up()) target_.crash(*node);
}

void Chaos::restart_some() {
  for (NodeId id = 0; id < target_.size(); ++id) {
    if (target_.up(id) || !world_.random().chance(600)) continue;
    world_.faults.add(Fault::kRestart);
    target_.start(id);
  }
}

void Chaos::storm() {
  const auto node = anyone_up();
  if (!node) return;
  world_.faults.add(Fault::kRestartStorm);
  storm_step(*node, 3 + world_.random().below(8));
}

/// Down and up again, soon once more.
void Chaos::storm_step(NodeId id, std::uint64_t left) {
  if (left == 0 || !active_) return;
  if (target_.up(id)) target_.crash(id);
  target_.start(id);
  world_.after(world_.random().between(0, target_.delta_ms() / 2), [this, id, left] { storm_step(id, left - 1); });
}

void Chaos::cut_power() {
  world_.faults.add(Fault::kPowerCut);
  for (NodeId id = 0; id < target_.size(); ++id)
    if (target_.up(id)) target_.crash(id);
}

void Chaos::pause() {
  const auto node = anyone_up();
  if (!node) return;
  world_.faults.add(Fault::kPause);
  target_.pause(*node, of_any_magnitude(world_.random(), kPauseMsMax));
}

void Chaos::jump_clock() {
  world_.faults.add(Fault::kClockJump);
  const NodeId one = anyone();
  target_.jump_clock(one, of_any_magnitude(world_.random(), kClockJumpMsMax));
}

void Chaos::drift_clock() {
  world_.faults.add(Fault::kClockDrift);
  const NodeId one = anyone();
  target_.set_clock_rate(one, world_.random().between(LocalClock::kTrueRate / 2, 2 * LocalClock::kTrueRate));
}

// ---- disks --------------------------------------------------------------------------------------------------------

void Chaos::stall_disk() {
  world_.faults.add(Fault::kDiskStall);
  const NodeId one = anyone();
  target_.stall_disk(one, of_any_magnitude(world_.random(), kStallMsMax));
}

void Chaos::lose_disk() {
  const auto node = victim();
  if (!node) return;
  world_.faults.add(Fault::kDiskLost);
  target_.impair(*node);
  target_.lose_disk(*node);
}

void Chaos::roll_back() {
  const auto node = victim();
  if (!node || !target_.has_backup(*node)) return;
  world_.faults.add(Fault::kRolledBack);
  target_.impair(*node);
  target_.roll_back(*node);
}

}  // namespace kimberlite::simulation
