// Printing the table: see report.h.
#include "tests/cluster/chaos/report.h"

#include <cstdio>

namespace kimberlite::chaos {
namespace {

template <typename... Values>
void line(std::string& out, const char* format, Values... values) {
  constexpr std::size_t kLineMax = 256;
  char text[kLineMax];
  std::snprintf(text, sizeof(text), format, values...);
  out += text;
  out += '\n';
}

}  // namespace

std::string format_report(const Report& report) {
  std::string out;
  line(out, "%-16s %6s %16s %12s %10s %10s", "fault", "cycles", "unavailable ms", "recovery ms", "calls", "violations");
  KindFigures sum;
  for (const auto& [kind, figures] : report.kinds) {
    const std::string waited = std::to_string(figures.worst_unavailable_ms) + (figures.quorum ? "" : " *");
    line(out, "%-16s %6llu %16s %12lld %10llu %10llu", kind.c_str(), static_cast<unsigned long long>(figures.cycles),
         waited.c_str(), static_cast<long long>(figures.worst_recovery_ms),
         static_cast<unsigned long long>(figures.calls), static_cast<unsigned long long>(figures.violations));
    sum.cycles += figures.cycles;
    sum.calls += figures.calls;
    sum.violations += figures.violations;
  }
  line(out, "%-16s %6llu %16s %12s %10llu %10llu", "all", static_cast<unsigned long long>(sum.cycles), "", "",
       static_cast<unsigned long long>(sum.calls), static_cast<unsigned long long>(sum.violations));
  out +=
      "unavailable: longest time without a final answer for clients of nodes that the fault spares; *: the fault "
      "takes\n"
      "the quorum, so it is counted from the repair on. recovery: from the repair until every node reaches all others\n"
      "and gives final answers.\n";
  for (const auto& [kind, why] : report.skipped) out += "skipped: " + kind + ": " + why + "\n";
  out += "\n";
  line(out, "checker: %llu calls, %llu of them told a certificate final; %llu leaves; %llu logs audited",
       static_cast<unsigned long long>(report.calls), static_cast<unsigned long long>(report.finals),
       static_cast<unsigned long long>(report.leaves), static_cast<unsigned long long>(report.audited));
  if (report.excused > 0) {
    line(out, "evidence against %llu keys; %llu were made to vote twice",
         static_cast<unsigned long long>(report.accused), static_cast<unsigned long long>(report.excused));
  }
  for (const auto& [violation, count] : report.verdict.counts) {
    line(out, "  %s: %llu", std::string(violation_name(violation)).c_str(), static_cast<unsigned long long>(count));
  }
  for (const auto& sentence : report.verdict.sentences) out += "  " + sentence + "\n";
  for (const auto& sentence : report.liveness) out += "  liveness: " + sentence + "\n";
  line(out, "violations: %llu", static_cast<unsigned long long>(report.violations()));
  return out;
}

}  // namespace kimberlite::chaos
