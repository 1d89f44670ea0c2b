// wan_study: how long finality takes over the distances between the participants' capitals, and what it costs to send,
// for networks of 4 to 85 nodes of which some are silent. Prints the table; with --out writes wan.md and wan.svg.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/simulation/wan/report.h"

namespace {

using namespace kimberlite::wan;

constexpr std::size_t kSizes[] = {4, 16, 46, 60, 85};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::size_t nodes : kSizes) {
    const std::size_t faulty = (nodes - 1) / 3;
    all.push_back({nodes, 0});
    if (faulty / 2 > 0) all.push_back({nodes, faulty / 2});
    all.push_back({nodes, faulty});
  }
  return all;
}

/// For 46 nodes: a block is final within the target from its proposal on, and with f silent every event becomes final.
bool check(const Geography& geography) {
  const Figures calm = run_case(geography, {46, 0});
  const Figures silent = run_case(geography, {46, 15});
  std::printf(
      "46 nodes: median %lld ms, %.2f delays of %lld ms, %.2f from the proposal on; with 15 silent all %zu events are "
      "%sfinal\n",
      static_cast<long long>(calm.here_p50), delays(calm, calm.here_p50), static_cast<long long>(calm.quorum_delay),
      delays(calm, calm.proposed_p50), silent.events, silent.all_final ? "" : "NOT ");
  return calm.all_final && silent.all_final && delays(calm, calm.proposed_p50) <= kTargetDelays;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Time to finality over the distances between the participants."};
  std::filesystem::path data;
  std::filesystem::path out;
  bool only_check = false;
  app.add_option("--data", data, "Folder of regions.csv and participants.csv")->required();
  app.add_option("--out", out, "Folder for wan.md and wan.svg");
  app.add_flag("--check", only_check, "Run 46 nodes only, and fail if a target is missed");
  CLI11_PARSE(app, argc, argv);
  try {
    const Geography geography = read_geography(data);
    if (only_check) return check(geography) ? 0 : 1;
    std::vector<Figures> all;
    for (const Case& one : cases()) {
      all.push_back(run_case(geography, one));
      std::fprintf(stderr, "n = %zu, %zu silent: done\n", one.nodes, one.silent);
    }
    const std::string page = to_markdown(all);
    std::fputs(page.c_str(), stdout);
    if (out.empty()) return 0;
    std::ofstream(out / "wan.md") << page;
    std::ofstream(out / "wan.svg") << to_svg(all);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wan_study: %s\n", error.what());
    return 1;
  }
  return 0;
}
