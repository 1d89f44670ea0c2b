// Printing the tables: see report.h.
#include "tests/cluster/bounds/report.h"

#include <algorithm>
#include <cstdio>

namespace kimberlite::bounds {
namespace {

constexpr double kMebibyte = 1024 * 1024;
constexpr double kKibibyte = 1024;

template <typename... Values>
void line(std::string& out, const char* format, Values... values) {
  constexpr std::size_t kLineMax = 512;
  char text[kLineMax];
  std::snprintf(text, sizeof(text), format, values...);
  out += text;
  out += '\n';
}

double mib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / kMebibyte;
}

std::string refused(const Sample& sample) {
  std::string out;
  for (const auto& [reason, count] : sample.refused) {
    if (count <= 0) continue;
    out += (out.empty() ? "" : ", ") + reason + " " + std::to_string(static_cast<std::uint64_t>(count));
  }
  return out.empty() ? "-" : out;
}

void format_limits(std::string& out, const Report& report) {
  out += "| what a node may hold | from | MiB |\n|---|---|---:|\n";
  for (const auto& bound : report.lines)
    line(out, "| %s | %s | %.1f |", bound.name.c_str(), bound.constants.c_str(), mib(bound.bytes));
  line(out, "| sum | | %.0f |", mib(total(report.lines)));
}

void format_sample(std::string& out, const Sample& sample, const Demands& demands) {
  const std::uint64_t growth = sample.memory_peak - std::min(sample.memory_before, sample.memory_peak);
  line(out,
       "| %s | %.1f, %llu | %.0f to %.0f | %.0f of %.0f | %.0f | %.0f, %.0f | %llu | %.2f | %.2f | %.0f, %.0f | %s | "
       "%s |",
       sample.attack.c_str(), mib(sample.attack_bytes), static_cast<unsigned long long>(sample.attack_connections),
       mib(sample.memory_before), mib(sample.memory_peak), mib(growth), mib(sample.growth_allowed),
       mib(sample.memory_peak_other), static_cast<double>(sample.folder_growth) / kKibibyte,
       static_cast<double>(sample.folder_growth_other) / kKibibyte, static_cast<unsigned long long>(sample.files_peak),
       sample.goodput_ratio(), sample.target.share(), sample.others_before.p99_ms, sample.others.p99_ms,
       refused(sample).c_str(), judge(sample, demands).empty() ? "holds" : "BROKEN");
}

}  // namespace

std::vector<std::string> violations(const Report& report) {
  std::vector<std::string> all;
  for (const auto& sample : report.samples)
    for (const auto& sentence : judge(sample, report.demands)) all.push_back(sample.attack + ": " + sentence);
  return all;
}

std::string format_report(const Report& report) {
  std::string out;
  line(out, "## %zu nodes, %zu of them liars\n", report.nodes, report.liars);
  line(out, "    %s\n", report.command.c_str());
  line(out, "%.0f envelopes a second offered, each attack for %.0f s.\n", report.rate, report.seconds);
  format_limits(out, report);
  out +=
      "\n| attack | sent MiB, connections | resident MiB | growth MiB | other node MiB | folder KiB, other's | files | "
      "goodput others | target | p99 ms before, under | refused or ended by the node | |\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---|\n";
  for (const auto& sample : report.samples) format_sample(out, sample, report.demands);
  out += "\n";
  const auto broken = violations(report);
  for (const auto& sentence : broken) out += "- BROKEN: " + sentence + "\n";
  line(out, "violations: %zu", broken.size());
  return out;
}

}  // namespace kimberlite::bounds
