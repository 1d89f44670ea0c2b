// How much memory a node may take, from the named limits of its own headers: what a peer, or a client, can make it
// hold. An attack is measured against the limits that it can reach. Thread-safe: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kimberlite::bounds {

enum class Bound : std::uint8_t {
  kReceived,
  kToSend,
  kPool,
  kProposals,
  kVotes,
  kTree,
  kHandshakes,
  kCheckpoints,
  kRefusals,
  kHttp,
  kWatch,
  kGrpc,
  kStore,
  kState,
};

/// One line of the sum.
struct BoundLine {
  Bound bound;
  std::string name;
  std::string constants;  ///< from which it follows
  std::uint64_t bytes{};
};

/// All lines, for a node whose set has `validators` members, `liars` of them attackers.
std::vector<BoundLine> bound_lines(std::size_t validators, std::size_t liars);
/// What an attack may add: the lines that it reaches, and the store's, which grow under any load.
std::uint64_t growth_allowed(const std::vector<BoundLine>& lines, const std::vector<Bound>& reached);
/// The sum of all lines.
std::uint64_t total(const std::vector<BoundLine>& lines);

}  // namespace kimberlite::bounds
