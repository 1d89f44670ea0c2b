// chaos: real daemons under load, one fault after another, and a checker that decides. Exit status 0: every promise was
// kept; 1: not, with what was found; 2: the run could not be made.
// Not covered: validators that lie (tests/simulation), and machines that differ: all daemons are this build, on one
// host.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "tests/cluster/chaos/campaign.h"

namespace kimberlite::chaos {
namespace {

constexpr std::uint64_t kCyclesDefault = 20;

struct Arguments {
  StageOptions stage;
  CampaignOptions campaign;
  bool list = false;
};

int list_kinds() {
  for (const auto& kind : fault_kinds()) {
    std::printf("%-16s %s\n", std::string(kind.name).c_str(), std::string(kind.meaning).c_str());
  }
  return 0;
}

const char* name_of(NetworkKind kind) {
  return kind == NetworkKind::kAuto ? "auto" : kind == NetworkKind::kRelay ? "relay" : "namespaces";
}

/// The command that makes the same choices again.
std::string command(const Arguments& arguments) {
  std::string text = "chaos --nodes " + std::to_string(arguments.stage.nodes) + " --seed " +
                     std::to_string(arguments.stage.seed) + " --network " + name_of(arguments.stage.network);
  if (arguments.campaign.cycles > 0) text += " --cycles " + std::to_string(arguments.campaign.cycles);
  if (arguments.campaign.seconds > 0) text += " --seconds " + std::to_string(arguments.campaign.seconds);
  if (arguments.campaign.hold_seconds_max != kHoldSecondsMaxDefault) {
    text += " --hold-seconds-max " + std::to_string(arguments.campaign.hold_seconds_max);
  }
  for (const auto& kind : arguments.campaign.kinds) {
    text += (&kind == arguments.campaign.kinds.data() ? " --kinds " : ",") + kind;
  }
  return text;
}

int run(const Arguments& arguments) {
  Stage stage(arguments.stage);
  std::printf("%s\n%s, disks: %s\n", command(arguments).c_str(),
              stage.links().has_packets() ? "a network namespace for each node, packets through a switch of our own"
                                          : ("relay on loopback (" + stage.no_namespaces() + ")").c_str(),
              stage.no_disks().empty() ? "an ext4 file system for each node" : stage.no_disks().c_str());
  std::fflush(stdout);
  const Report report = Campaign(stage, arguments.campaign).run();
  std::printf("\n%s", format_report(report).c_str());
  if (report.violations() == 0) return 0;
  std::printf("to make the same choices again: %s\n", command(arguments).c_str());
  return 1;
}

int main_with(int argc, char** argv) {
  std::vector<std::string> names;
  for (const auto& kind : fault_kinds()) names.emplace_back(kind.name);
  const std::map<std::string, NetworkKind> networks{
      {"auto", NetworkKind::kAuto}, {"namespaces", NetworkKind::kNamespaces}, {"relay", NetworkKind::kRelay}};
  CLI::App app{"Breaks a network of real daemons, one fault after another, and checks what it told its clients."};
  Arguments arguments;
  app.add_option("--nodes", arguments.stage.nodes, "daemons, each a voting node")->check(CLI::Range(4, 16));
  app.add_option("--cycles", arguments.campaign.cycles, "faults; 20 if no time is given either");
  app.add_option("--seconds", arguments.campaign.seconds, "no fault begins later than this");
  app.add_option("--seed", arguments.stage.seed, "chooses faults, victims and times");
  app.add_option("--kinds", arguments.campaign.kinds, "only these kinds, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--network", arguments.stage.network, "auto: namespaces where they can be made, else relay")
      ->transform(CLI::CheckedTransformer(networks));
  app.add_option("--hold-seconds-max", arguments.campaign.hold_seconds_max,
                 "no fault holds longer; what would last for minutes, such as pause-long, holds so long")
      ->check(CLI::Range(1, 300))
      ->capture_default_str();
  app.add_flag("--list", arguments.list, "print all kinds of faults and end");
  CLI11_PARSE(app, argc, argv);
  if (arguments.list) return list_kinds();
  arguments.campaign.seed = arguments.stage.seed;
  if (arguments.campaign.cycles == 0 && arguments.campaign.seconds == 0) arguments.campaign.cycles = kCyclesDefault;
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chaos: %s\n", error.what());
    return 2;
  }
}

}  // namespace
}  // namespace kimberlite::chaos

int main(int argc, char** argv) {
  return kimberlite::chaos::main_with(argc, argv);
}
