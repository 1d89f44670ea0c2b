// node_simulation: runs seeds through whole nodes in one process, one thread and virtual time; a failing one is printed
// with the command that plays it again. A table of the faults closes every series. Not covered here: TLS and sockets,
// the API, races between threads (tests/unit, tests/cluster), disks that fail.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "node/runtime/log.h"
#include "tests/simulation/program.h"
#include "tests/simulation/whole_node/checks.h"
#include "tests/simulation/whole_node/run.h"

namespace {

using namespace kimberlite;

/// The run at hand, for the words that an assertion's end leaves behind.
struct {
  unsigned long long seed;
  std::size_t replicas;
} at_hand;

extern "C" void on_abort(int /*signal*/) {
  std::fprintf(
      stderr, "FAILED seed %llu: a node stopped itself\n  replay: node_simulation --seed %llu --replicas %zu --trace\n",
      at_hand.seed, at_hand.seed, at_hand.replicas);
  std::_Exit(1);
}

simulation::RunResult run_seed(std::uint64_t seed, std::size_t replicas, const simulation::World::TraceSink& trace) {
  at_hand = {seed, replicas};
  return whole_node::run({.seed = seed, .replicas = replicas, .trace = trace});
}

}  // namespace

int main(int argc, char** argv) {
  return simulation::run_program(
      {.name = "node_simulation",
       .description = "Deterministic simulation of whole nodes under faults.",
       .replicas = "Validators of genesis, 2 at least; 0: the seed says, 2 to 85, small ones mostly",
       .run_seed = run_seed,
       .draw_replicas = whole_node::draw_replicas,
       .checks = whole_node::checks()},
      argc, argv, [](bool traced) {
        runtime::configure_log(traced ? "info" : "off", "text");
        std::signal(SIGABRT, on_abort);
      });
}
