// fault-relay: the TCP relay of the chaos runs as a program, for trying faults by hand on a network of your own. It
// listens on loopback and takes orders, one a line, from standard input; `help` lists them. Ends with its input.
// Not covered: loss, doubling and reordering of packets, which need namespaces (see chaos --network).
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "tests/cluster/chaos/tcp_relay.h"

namespace kimberlite::chaos {
namespace {

constexpr const char* kHelp =
    "listen A B HOST:PORT [PORT]  forward what node A dials at node B (numbers of your choice); prints the port\n"
    "cut A B                      nothing from A arrives at B; both ways: cut B A as well\n"
    "delay A B MS [JITTER_MS]     what A sends arrives later\n"
    "slow A B BYTES_PER_S         as through a thin line\n"
    "garble A B PERCENT           a bit of so many chunks is flipped; TLS ends the connection\n"
    "heal A B                     a good line again\n"
    "reset A B                    end every connection between the two\n";

/// One order; an error as a sentence, empty if it was carried out.
std::string obey(TcpRelay& relay, std::map<std::pair<std::size_t, std::size_t>, LinkRule>& rules,
                 const std::string& line) {
  std::istringstream words(line);
  std::string order;
  std::size_t from = 0;
  std::size_t to = 0;
  if (!(words >> order)) return {};
  if (order == "help") {
    std::fputs(kHelp, stdout);
    return {};
  }
  if (!(words >> from >> to) || from == to) return "expected an order and two different nodes; try help";
  auto& rule = rules[{from, to}];
  if (order == "listen") {
    std::string target;
    std::uint16_t port = 0;
    if (!(words >> target)) return "expected where to forward to, HOST:PORT";
    words >> port;
    const auto bound = relay.add(from, to, target, port);
    if (!bound) return bound.error().to_string();
    std::printf("listening on 127.0.0.1:%u\n", *bound);
    return {};
  }
  if (order == "reset") {
    relay.reset(from, to);
    return {};
  }
  if (order == "heal") {
    rule = {};
  } else if (order == "cut") {
    rule.cut = true;
  } else if (order == "delay" && words >> rule.delay_ms) {
    if (!(words >> rule.jitter_ms)) rule.jitter_ms = 0;
  } else if (!(order == "slow" && words >> rule.bytes_per_s) && !(order == "garble" && words >> rule.garble_percent)) {
    return "no such order, or a number is missing; try help";
  }
  relay.set(from, to, rule);
  return {};
}

int run() {
  TcpRelay relay(1);
  std::map<std::pair<std::size_t, std::size_t>, LinkRule> rules;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string wrong = obey(relay, rules, line);
    if (!wrong.empty()) std::printf("%s\n", wrong.c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace kimberlite::chaos

int main() {
  return kimberlite::chaos::run();
}
