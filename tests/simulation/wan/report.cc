#include "tests/simulation/wan/report.h"

#include "tests/simulation/wan/format.h"

namespace kimberlite::wan {

namespace {

std::string row(const Figures& f) {
  const std::string learning = f.of.silent == 0 ? ""
                                                : format("%lld / %lld", static_cast<long long>(f.learning_p50),
                                                         static_cast<long long>(f.learning_p99));
  return format("| %zu | %zu | %zu%s | %lld / %lld | %lld / %lld | %lld | %.2f | %.2f | %s | %.0f | %.1f |\n",
                f.of.nodes, f.of.silent, f.events, f.all_final ? "" : " NOT ALL FINAL",
                static_cast<long long>(f.here_p50), static_cast<long long>(f.here_p99),
                static_cast<long long>(f.everywhere_p50), static_cast<long long>(f.everywhere_p99),
                static_cast<long long>(f.quorum_delay), delays(f, f.here_p50), delays(f, f.proposed_p50),
                learning.c_str(), f.messages_per_block, f.bytes_per_block / 1024);
}

/// How the networks without silent nodes stand to the target.
std::string target(const std::vector<Figures>& all) {
  std::string words =
      format("Target: at most %.1f delays in the median where nobody is silent. From handing in:\n", kTargetDelays);
  for (const Figures& f : all)
    if (f.of.silent == 0)
      words += format("%sn = %zu %.2f (%s)", words.back() == '\n' ? "" : ", ", f.of.nodes, delays(f, f.here_p50),
                      delays(f, f.here_p50) <= kTargetDelays ? "met" : "missed");
  return words + R"(.
A block by itself takes three delays and the syncs of votes; an event that is handed in away from the leader travels to it
first.
)";
}

}  // namespace

double delays(const Figures& figures, std::int64_t time_ms) {
  return static_cast<double>(time_ms) / static_cast<double>(figures.quorum_delay);
}

std::string to_markdown(const std::vector<Figures>& all) {
  std::string page =
      "# Finality over the distances between the participants\n\n"
      "Made by `build/release/tests/simulation/wan/wan_study --data tests/simulation/data --out "
      "tests/simulation/results`.\n\n"
      "Real replicas in virtual time. One-way delays between the participants' capitals from the published round trips "
      "of [`regions.csv`](../data/regions.csv) and the sites of [`participants.csv`](../data/participants.csv). ";
  page += format(
      "Jitter 0 to %lld ms a packet, syncs 0 to %lld ms, execution 0 to %lld ms, Δ %lld ms, no loss, unlimited "
      "bandwidth. %zu choices of silent nodes and leaders a row; events handed in one at a time, at every live node in "
      "turn, each alone in its block.\n\n",
      static_cast<long long>(kJitterMsMax), static_cast<long long>(kDiskMsMax), static_cast<long long>(kExecuteMsMax),
      static_cast<long long>(kDeltaMs), kPlacements);
  page +=
      R"(Times in milliseconds, p50 / p99, after silent leaders are skipped. *Here*: from handing in to durable finality at the
same node. *Everywhere*: at the last live node. *Quorum*: one-way delay to the quorum-th farthest live validator, median
over the nodes. *Delays*: the median here in such delays; *of a block*: the same from the leader's proposal on.
*Learning*: here, in the first `n` views after the nodes fell silent: each leads once. Messages and
KiB a block: of all nodes together, with envelopes, checkpoint signatures, frames and TLS records.

| n | silent | events | here | everywhere | quorum | delays | of a block | learning | messages | KiB |
|---|---|---|---|---|---|---|---|---|---|---|
)";
  for (const Figures& figures : all) page += row(figures);
  page += "\n" + target(all) + "\n![time to finality by number of nodes](wan.svg)\n";
  return page;
}

}  // namespace kimberlite::wan
