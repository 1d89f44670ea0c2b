#include "tests/simulation/faults.h"

#include <cstdio>

namespace kimberlite::simulation {

namespace {

constexpr std::array<std::string_view, kFaultKinds> kNames = {
    "messages lost",
    "messages doubled",
    "messages clogged",
    "old messages replayed",
    "forged messages",
    "claims of views far ahead",
    "stale certificates and votes",
    "rubbish proposals and requests",
    "equivocations",
    "contradicting votes",
    "bodies withheld",
    "messages sent to some only",
    "proposals kept back",
    "bodies revealed late",
    "requests not answered",
    "proposals against the rules",
    "certificates that are none",
    "false stretches of the log",
    "false blocks",
    "false checkpoints",
    "false snapshots of the state",
    "false heights in greetings",
    "envelopes against the rules",
    "messages of other epochs",
    "floods of requests",
    "weather drawn anew",
    "delays beyond the view's time",
    "partitions in two",
    "one node isolated",
    "leader cut off",
    "one direction of one node cut",
    "halves with one bridge",
    "one pair cut",
    "random directions cut",
    "one more link cut",
    "links restored",
    "crashes",
    "crashes within a step",
    "crashes that lost unsynced writes",
    "crashes that kept some of them",
    "restarts",
    "restart storms",
    "power cuts of everybody",
    "disk stalls",
    "disks lost",
    "stores lost, journals kept",
    "nodes rolled back",
    "process pauses",
    "clock jumps",
    "clock drifts",
    "changes of the validators",
    "snapshots asked for",
    "stores made from snapshots",
};

}  // namespace

std::string_view fault_name(Fault fault) {
  return kNames[static_cast<std::size_t>(fault)];
}

void FaultCounts::add(const FaultCounts& others) {
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind) counts_[kind] += others.counts_[kind];
}

std::uint64_t FaultCounts::injected() const {
  std::uint64_t sum = 0;
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind)
    if (!concerns_message(static_cast<Fault>(kind))) sum += counts_[kind];
  return sum;
}

std::string FaultCounts::table() const {
  std::string lines;
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
    char line[80];
    std::snprintf(line, sizeof line, "  %-34s %12llu\n", std::string(kNames[kind]).c_str(),
                  static_cast<unsigned long long>(counts_[kind]));
    lines += line;
  }
  return lines;
}

}  // namespace kimberlite::simulation
