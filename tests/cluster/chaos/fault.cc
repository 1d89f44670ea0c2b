// What all families share: see fault.h.
#include "tests/cluster/chaos/fault.h"

#include <numeric>

namespace kimberlite::chaos {

std::int64_t Chance::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
}

std::vector<std::size_t> Chance::some(std::size_t count, std::size_t nodes) {
  std::vector<std::size_t> all(nodes);
  std::iota(all.begin(), all.end(), std::size_t{0});
  shuffle(all);
  all.resize(count);
  return all;
}

std::vector<FaultKind> fault_kinds() {
  std::vector<FaultKind> all;
  for (const auto& family : {process_fault_kinds(), pause_fault_kinds(), network_fault_kinds(), disk_fault_kinds(),
                             store_fault_kinds(), key_fault_kinds(), clock_fault_kinds()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

std::size_t tolerated(std::size_t nodes) {
  return (nodes - 1) / 3;
}

std::size_t quorum(std::size_t nodes) {
  return (nodes + tolerated(nodes)) / 2 + 1;
}

std::vector<std::size_t> draw_victims(Stage& stage, Chance& chance) {
  const auto most = static_cast<std::int64_t>(tolerated(stage.nodes()));
  return chance.some(static_cast<std::size_t>(chance.between(1, most)), stage.nodes());
}

std::string describe(const std::string& what, Stage& stage, const std::vector<std::size_t>& nodes) {
  std::string text = what;
  for (const auto node : nodes) text += " " + stage.code(node);
  return text;
}

std::set<std::size_t> as_set(const std::vector<std::size_t>& nodes) {
  return {nodes.begin(), nodes.end()};
}

std::set<std::size_t> everybody(Stage& stage) {
  std::set<std::size_t> all;
  for (std::size_t node = 0; node < stage.nodes(); ++node) all.insert(node);
  return all;
}

void start_ended(Stage& stage, const std::vector<std::size_t>& nodes) {
  for (const auto node : nodes) {
    stage.network().collect_end(stage.code(node));
    if (!stage.network().runs(stage.code(node))) stage.network().start(stage.code(node));
  }
}

}  // namespace kimberlite::chaos
