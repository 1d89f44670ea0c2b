// twins: tries every way to split the network in two, view by view, while one validator of four runs twice. Each
// schedule of splits and leaders must keep agreement (S1) and, once the splits are over, come to a common final log
// (L1).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/twins/network.h"

namespace kimberlite::twins {
namespace {

struct Search {
  const Setup& setup;
  std::uint64_t schedules = 0;
  std::uint64_t steps = 0;
};

/// The same split with the halves of the twin exchanged.
Sides exchanged(Sides sides) {
  const unsigned first = (sides >> 2) & 1;
  const unsigned second = (sides >> 3) & 1;
  return static_cast<Sides>((sides & 3U) | (first << 3) | (second << 2));
}

struct Found {
  std::string property;
  std::string what;
  std::vector<Sides> splits;
};

/// Tries all that may follow. `symmetric`: so far the halves of the twin were treated alike, so that of a split and its
/// mirror image one is enough.
std::optional<Found> explore(Search& search, Network network, bool symmetric) {
  try {
    const auto view = network.run();
    if (!view) {
      ++search.schedules;
      search.steps += network.steps();
      return std::nullopt;
    }
    for (Sides sides = 0; sides < kSidesCount; ++sides) {
      if (symmetric && exchanged(sides) < sides) continue;
      Network branch = network;
      branch.split(*view, sides);
      if (auto found = explore(search, std::move(branch), symmetric && exchanged(sides) == sides)) return found;
    }
    return std::nullopt;
  } catch (const simulation::Violation& violation) {
    return Found{violation.property, violation.what(), network.splits()};
  }
}

std::optional<Found> replay(Search& search, const std::vector<unsigned>& splits) {
  Network network(search.setup);
  try {
    while (const auto view = network.run()) network.split(*view, static_cast<Sides>(splits.at(view->value - 1)));
    ++search.schedules;
    search.steps += network.steps();
    return std::nullopt;
  } catch (const simulation::Violation& violation) {
    return Found{violation.property, violation.what(), network.splits()};
  }
}

struct Arguments {
  std::uint64_t depth = 3;
  std::optional<std::size_t> place;
  bool proposals_pass = false;
  std::vector<unsigned> splits;
  std::string expect;
};

void print(const Found& found, const Arguments& arguments, std::size_t place) {
  std::printf("%s\n", found.what.c_str());
  std::string list;
  for (std::size_t view = 1; view <= found.splits.size(); ++view) {
    std::printf("  view %zu: %s\n", view, describe(found.splits[view - 1]).c_str());
    list += (list.empty() ? "" : ",") + std::to_string(found.splits[view - 1]);
  }
  std::printf("  with a trace: --twin-place %zu --replay %s%s%s\n", place, list.c_str(),
              arguments.proposals_pass ? " --proposals-pass" : "",
              arguments.expect.empty() ? "" : (" --expect " + arguments.expect).c_str());
}

/// The exit status: 0 if what was expected was found, or nothing was expected and nothing found.
int run(const Arguments& arguments) {
  const bool replays = !arguments.splits.empty();
  const std::uint64_t depth = replays ? arguments.splits.size() : arguments.depth;
  std::uint64_t schedules = 0;
  std::uint64_t steps = 0;
  for (std::size_t place = 0; place < kValidators; ++place) {
    if (arguments.place && *arguments.place != place) continue;
    const Setup setup(place, depth, arguments.proposals_pass, replays, arguments.expect);
    Search search{setup};
    const auto found = replays ? replay(search, arguments.splits) : explore(search, Network(setup), true);
    schedules += search.schedules;
    steps += search.steps;
    if (found) {
      print(*found, arguments, place);
      return found->property == arguments.expect ? 0 : 1;
    }
    std::printf("twin leads views %zu mod 4: %llu schedules so far\n", place,
                static_cast<unsigned long long>(schedules));
    std::fflush(stdout);
  }
  std::printf("depth %llu: %llu schedules, %llu steps, no violation\n", static_cast<unsigned long long>(depth),
              static_cast<unsigned long long>(schedules), static_cast<unsigned long long>(steps));
  return arguments.expect.empty() ? 0 : 1;
}

}  // namespace
}  // namespace kimberlite::twins

int main(int argc, char** argv) {
  CLI::App app{"All schedules of splits for four validators of which one runs twice."};
  kimberlite::twins::Arguments arguments;
  app.add_option("--depth", arguments.depth, "Views that are split")->check(CLI::Range(1, 10))->capture_default_str();
  app.add_option("--twin-place", arguments.place, "Only with the twin leading the views of this remainder mod 4")
      ->check(CLI::Range(0, 3));
  app.add_flag("--proposals-pass", arguments.proposals_pass,
               "Splits hold up votes and certificates, but not proposals");
  app.add_option("--replay", arguments.splits,
                 "One schedule with a trace: the split of each view as a number (instead of --depth)")
      ->delimiter(',')
      ->check(CLI::Range(0, 15));
  app.add_option("--expect", arguments.expect,
                 "The property that must break; no other is judged (for rules broken on purpose)");
  CLI11_PARSE(app, argc, argv);
  return kimberlite::twins::run(arguments);
}
