// simulation: runs seeds of the deterministic consensus simulation; a failing one is printed with the command that
// replays it. A table of the faults closes every series. Not covered here: real signatures, sockets and disks
// (tests/unit, tests/cluster), ledger rules, members that come and go (whole_node/).
#include "tests/simulation/checks.h"
#include "tests/simulation/program.h"
#include "tests/simulation/run.h"

int main(int argc, char** argv) {
  using namespace kimberlite::simulation;
  return run_program({.name = "simulation",
                      .description = "Deterministic simulation of consensus under faults.",
                      .replicas = "Validators in the cluster; 0: the seed says, 1 to 85, small ones mostly",
                      .run_seed =
                          [](std::uint64_t seed, std::size_t replicas, const World::TraceSink& trace) {
                            return run({.seed = seed, .replicas = replicas, .trace = trace});
                          },
                      .draw_replicas = draw_replicas,
                      .checks = checks()},
                     argc, argv);
}
