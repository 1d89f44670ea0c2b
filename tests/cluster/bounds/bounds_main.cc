// bounds: real daemons under load, and validators that attack one of them. Measures what the attacked node holds beside
// its named limits, what the attack costs the clients of the others, and whether anything final was lost. Exit status
// 0: all demands hold; 1: not; 2: the run could not be made. Not covered: attackers with a machine of their own (here
// they share its cores with the nodes), and lies that break safety (tests/simulation, tests/twins).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/cluster/bounds/campaign.h"

namespace kimberlite::bounds {
namespace {

/// Beyond another node's growth: tables that RocksDB has not yet compacted here and has there.
constexpr std::uint64_t kFolderBytesMax = 32ULL * 1024 * 1024;
/// The store's tables, connections of the peer and HTTP ports at their limits, those to the gRPC port that have not met
/// their deadline (port_attacks.cc opens no more), and what a process has open anyhow.
constexpr std::uint64_t kFilesMax = 4'096;

/// The beginning of a new results file.
constexpr const char* kTitle =
    "# Bounds: what attacks cost\n\n"
    "Each part is the output of the command in its first line; how to make them again: "
    "[tests/README.md](../../README.md).\n"
    "Attackers, nodes and clients share this machine's cores with whatever else runs there, so times are upper ones.\n"
    "growth: of the attacked node's resident memory, of what the limits that the attack can reach allow; other node: "
    "the\n"
    "peak of one that was not attacked; goodput: final envelopes of what was offered, the others' as a share of the "
    "same\n"
    "before the attack; refused: what the attacked node's metrics counted meanwhile.\n";

int list_kinds() {
  for (const auto& attack : attacks())
    std::printf("%-20s %s\n", std::string(attack.name).c_str(), std::string(attack.meaning).c_str());
  return 0;
}

std::string number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string command(const CampaignOptions& options) {
  std::string text = "bounds --nodes " + std::to_string(options.nodes) + " --seconds " + number(options.seconds) +
                     " --rate " + number(options.rate) + " --goodput " + number(options.demands.goodput_ratio_min);
  for (const auto& kind : options.kinds) text += (&kind == options.kinds.data() ? " --kinds " : ",") + kind;
  return text;
}

int run(const CampaignOptions& options, const std::string& out) {
  Report report = Campaign(options).run();
  report.command = command(options);
  const std::string text = format_report(report);
  std::printf("\n%s", text.c_str());
  if (!out.empty()) {
    const bool begun = std::filesystem::exists(out);
    std::ofstream file(out, std::ios::app);
    if (!(file << (begun ? "" : kTitle) << "\n" << text).flush()) throw std::runtime_error("cannot write " + out);
  }
  return violations(report).empty() ? 0 : 1;
}

int main_with(int argc, char** argv) {
  std::vector<std::string> names;
  for (const auto& attack : attacks()) names.emplace_back(attack.name);
  CLI::App app{"Attacks a node of a network of real daemons and measures what it holds and what others notice."};
  CampaignOptions options{
      .demands = {.goodput_ratio_min = 0.8, .folder_bytes_max = kFolderBytesMax, .files_max = kFilesMax}};
  std::string out;
  bool list = false;
  app.add_option("--nodes", options.nodes, "daemons; the largest tolerable number of them lies")
      ->check(CLI::Range(4, 16))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "of each attack")->check(CLI::Range(1.0, 600.0))->capture_default_str();
  app.add_option("--rate", options.rate, "envelopes a second")
      ->check(CLI::Range(10.0, 10'000.0))
      ->capture_default_str();
  app.add_option("--goodput", options.demands.goodput_ratio_min, "share of their goodput that the others must keep")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--kinds", options.kinds, "only these kinds, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--out", out, "file to whose end the tables go");
  app.add_flag("--list", list, "print all kinds of attacks and end");
  CLI11_PARSE(app, argc, argv);
  if (list) return list_kinds();
  try {
    return run(options, out);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bounds: %s\n", error.what());
    return 2;
  }
}

}  // namespace
}  // namespace kimberlite::bounds

int main(int argc, char** argv) {
  return kimberlite::bounds::main_with(argc, argv);
}
