// Reading the metrics pages: see costs.h.
#include "tests/bench/costs.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "cli/http_get.h"

namespace kimberlite::bench {
namespace {

constexpr std::int64_t kHttpMs = 30'000;

double written_bytes(pid_t process) {
  std::ifstream io("/proc/" + std::to_string(process) + "/io");
  for (std::string key; io >> key;) {
    double value = 0;
    io >> value;
    if (key == "wchar:") return value;
  }
  return 0;
}

double processor_us(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  // The program's name stands in parentheses; the times in user and kernel mode are the 12th and 13th fields after it.
  stat.ignore(std::numeric_limits<std::streamsize>::max(), ')');
  std::string other;
  for (int field = 1; field < 12; ++field) stat >> other;
  double user = 0;
  double kernel = 0;
  stat >> user >> kernel;
  return (user + kernel) * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double sample(const std::string& page, const std::string& name) {
  const std::size_t at = page.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::stod(page.substr(at + name.size() + 2));
}

}  // namespace

Costs operator-(const Costs& after, const Costs& before) {
  return {after.synced_writes - before.synced_writes,
          after.disk_bytes - before.disk_bytes,
          after.processor_us - before.processor_us,
          after.messages - before.messages,
          after.peer_bytes - before.peer_bytes,
          after.signatures_made - before.signatures_made,
          after.signatures_verified - before.signatures_verified,
          after.views - before.views};
}

Costs costs_of(cluster::DaemonNetwork& network) {
  Costs sum;
  for (const auto& code : network.codes()) {
    if (!network.runs(code)) continue;
    cli::HttpGet http(network.address(code).http, kHttpMs);
    const auto page = http.get("/metrics");
    if (!page) continue;
    sum.synced_writes += sample(*page, "kimberlite_synced_writes");
    sum.disk_bytes += written_bytes(network.pid(code));
    sum.processor_us += processor_us(network.pid(code));
    sum.messages += sample(*page, "kimberlite_peer_received_frames");
    sum.peer_bytes += sample(*page, "kimberlite_peer_received_bytes");
    sum.signatures_made += sample(*page, "kimberlite_signatures_made_total");
    sum.signatures_verified += sample(*page, "kimberlite_signatures_verified_total");
    sum.views = std::max(sum.views, sample(*page, "kimberlite_view"));
  }
  return sum;
}

}  // namespace kimberlite::bench
