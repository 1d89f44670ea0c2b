// Links that are cut in every shape, slow, thin, lossy, garbled.
#include <algorithm>

#include "tests/cluster/chaos/fault.h"

namespace kimberlite::chaos {
namespace {

/// Which ways between two nodes; true where the rule applies.
using Ways = std::function<bool(std::size_t from, std::size_t to)>;

void set_links(Stage& stage, const Ways& ways, const LinkRule& rule) {
  for (std::size_t from = 0; from < stage.nodes(); ++from) {
    for (std::size_t to = 0; to < stage.nodes(); ++to) {
      if (from != to && ways(from, to)) stage.links().set(from, to, rule);
    }
  }
}

bool everywhere(std::size_t /*from*/, std::size_t /*to*/) {
  return true;
}

/// The rule on these ways until all links are good again.
ActiveFault on_links(Stage& stage, std::string what, std::set<std::size_t> affected, const Ways& ways,
                     const LinkRule& rule) {
  set_links(stage, ways, rule);
  return {.what = std::move(what), .affected = std::move(affected), .heal = [&stage]() -> Result<void> {
            set_links(stage, everywhere, {});
            return {};
          }};
}

struct Victims {
  std::vector<std::size_t> nodes;
  std::set<std::size_t> set;
};
Victims draw(Stage& stage, Chance& chance) {
  auto nodes = draw_victims(stage, chance);
  std::set<std::size_t> set(nodes.begin(), nodes.end());
  return {std::move(nodes), std::move(set)};
}

Result<ActiveFault> isolate(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  const auto& cut = victims.set;
  return on_links(stage, describe("cut off:", stage, victims.nodes), cut,
                  [&](auto from, auto to) { return cut.contains(from) || cut.contains(to); }, {.cut = true});
}

Result<ActiveFault> isolate_out(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  return on_links(stage, describe("nobody hears", stage, victims.nodes), victims.set,
                  [&](auto from, auto /*to*/) { return victims.set.contains(from); }, {.cut = true});
}

Result<ActiveFault> isolate_in(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  return on_links(stage, describe("hears nobody:", stage, victims.nodes), victims.set,
                  [&](auto /*from*/, auto to) { return victims.set.contains(to); }, {.cut = true});
}

Result<ActiveFault> split(Stage& stage, Chance& chance) {
  const auto side = chance.some(stage.nodes() / 2, stage.nodes());
  const std::set<std::size_t> one(side.begin(), side.end());
  auto fault = on_links(stage, describe("no majority, apart:", stage, side), everybody(stage),
                        [&](auto from, auto to) { return one.contains(from) != one.contains(to); }, {.cut = true});
  fault.quorum = false;
  return fault;
}

// Two sides that hear each other only through one node between them. The larger side and the bridge are a quorum.
Result<ActiveFault> bridge(Stage& stage, Chance& chance) {
  const std::size_t small = tolerated(stage.nodes());
  const auto drawn = chance.some(small + 1, stage.nodes());
  const std::size_t middle = drawn.back();
  const std::set<std::size_t> side(drawn.begin(), drawn.end() - 1);
  return on_links(
      stage, describe("heard by the last of these only:", stage, drawn), side,
      [&](auto from, auto to) { return from != middle && to != middle && side.contains(from) != side.contains(to); },
      {.cut = true});
}

Result<ActiveFault> cut_pair(Stage& stage, Chance& chance) {
  const auto pair = chance.some(2, stage.nodes());
  return on_links(stage, describe("one link cut:", stage, pair), {},
                  [&](auto from, auto to) { return std::minmax(from, to) == std::minmax(pair[0], pair[1]); },
                  {.cut = true});
}

Result<ActiveFault> flap(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  const auto touches = [cut = victims.set](auto from, auto to) { return cut.contains(from) || cut.contains(to); };
  auto fault = on_links(stage, describe("on and off:", stage, victims.nodes), victims.set, touches, {.cut = true});
  fault.tick = [&stage, &chance, touches]() -> Result<void> {
    set_links(stage, touches, {.cut = chance.between(0, 1) == 1});
    return {};
  };
  return fault;
}

Result<ActiveFault> delay(Stage& stage, Chance& chance) {
  const LinkRule rule{.delay_ms = chance.between(20, 100), .jitter_ms = chance.between(0, 50)};
  return on_links(stage, "every link slow by " + std::to_string(rule.delay_ms) + " ms", {}, everywhere, rule);
}

// Slower than a view may last.
Result<ActiveFault> late(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  const LinkRule rule{.delay_ms = chance.between(1'500, 3'000), .jitter_ms = 500};
  return on_links(
      stage, describe("seconds late:", stage, victims.nodes), victims.set,
      [&](auto from, auto to) { return victims.set.contains(from) || victims.set.contains(to); }, rule);
}

Result<ActiveFault> thin(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  return on_links(stage, describe("on thin lines:", stage, victims.nodes), victims.set,
                  [&](auto from, auto to) { return victims.set.contains(from) || victims.set.contains(to); },
                  {.bytes_per_s = chance.between(2'000, 20'000)});
}

Result<ActiveFault> reset(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  return ActiveFault{.what = describe("connections end:", stage, victims.nodes),
                     .affected = victims.set,
                     .tick = [&stage, &chance, nodes = victims.nodes]() -> Result<void> {
                       for (const auto node : nodes) {
                         const auto peer =
                             static_cast<std::size_t>(chance.between(0, static_cast<int>(stage.nodes()) - 1));
                         if (peer != node) stage.links().reset(node, peer);
                       }
                       return {};
                     },
                     .heal = []() -> Result<void> { return {}; }};
}

Result<ActiveFault> garble(Stage& stage, Chance& chance) {
  const auto victims = draw(stage, chance);
  return on_links(stage, describe("bits flipped on the way:", stage, victims.nodes), victims.set,
                  [&](auto from, auto to) { return victims.set.contains(from) || victims.set.contains(to); },
                  {.garble_percent = static_cast<std::uint32_t>(chance.between(5, 30))});
}

Result<ActiveFault> lose(Stage& stage, Chance& chance) {
  const auto percent = static_cast<std::uint32_t>(chance.between(1, 10));
  return on_links(stage, std::to_string(percent) + " % of all packets lost", {}, everywhere, {.loss_percent = percent});
}

Result<ActiveFault> twice(Stage& stage, Chance& chance) {
  const auto percent = static_cast<std::uint32_t>(chance.between(10, 50));
  return on_links(stage, std::to_string(percent) + " % of all packets twice", {}, everywhere,
                  {.twice_percent = percent});
}

Result<ActiveFault> reorder(Stage& stage, Chance& chance) {
  const LinkRule rule{.delay_ms = 1, .jitter_ms = chance.between(10, 60)};
  return on_links(stage, "packets overtake one another by up to " + std::to_string(rule.jitter_ms) + " ms", {},
                  everywhere, rule);
}

}  // namespace

std::vector<FaultKind> network_fault_kinds() {
  return {
      {"isolate", Need::kNothing, "cut off from all others, both ways", isolate},
      {"isolate-out", Need::kNothing, "hears, and is not heard", isolate_out},
      {"isolate-in", Need::kNothing, "is heard, and does not hear", isolate_in},
      {"split", Need::kNothing, "two halves, neither a quorum", split},
      {"bridge", Need::kNothing, "two sides that only one node hears both of", bridge},
      {"cut-pair", Need::kNothing, "one link of all is cut", cut_pair},
      {"flap", Need::kNothing, "links go on and off, drawn every 100 ms", flap},
      {"delay", Need::kNothing, "every link is slow by 20 to 150 ms", delay},
      {"late", Need::kNothing, "links later than a view may last", late},
      {"thin", Need::kNothing, "lines of 2 to 20 kB/s", thin},
      {"garble", Need::kNothing, "bits flipped on the way", garble},
      {"reset", Need::kRelay, "connections end, drawn every 100 ms", reset},
      {"lose", Need::kPackets, "1 to 10 % of all packets lost", lose},
      {"twice", Need::kPackets, "10 to 50 % of all packets delivered twice", twice},
      {"reorder", Need::kPackets, "packets overtake one another by up to 60 ms", reorder},
  };
}

}  // namespace kimberlite::chaos
