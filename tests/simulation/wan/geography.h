// Where the nodes of the study stand and how long a packet takes between them: participants.csv and regions.csv of
// tests/simulation/data. Thread-safe: plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace kimberlite::wan {

/// A participant's node.
struct Site {
  std::string code;
  std::string region;          ///< the data-centre region through which it is reached
  std::int64_t distance_km{};  ///< from the node to that region, as the crow flies
  std::vector<int> sizes;      ///< the networks of the study in which it has a node
};

/// Published round-trip times in milliseconds, by source and destination.
using RoundTrips = std::map<std::string, std::map<std::string, double>>;

struct Geography {
  std::vector<Site> sites;
  RoundTrips round_trips;

  /// The sites of a network with `size` nodes, in the order of the file. Throws std::runtime_error if there are not
  /// that many.
  [[nodiscard]] std::vector<Site> network(std::size_t size) const;
  /// Milliseconds from one site to another: half the round trip between their regions (the mean of both ways; within a
  /// region kWithinRegionMs), and light in glass along a cable from each node to its region.
  [[nodiscard]] std::int64_t one_way_ms(const Site& from, const Site& to) const;
};

/// Round trip within a region, not published: between two buildings of a city.
inline constexpr double kWithinRegionMs = 2.0;
/// Light in glass: kilometres a millisecond.
inline constexpr double kKilometresPerMs = 200.0;
/// How much longer a cable is than the line on the map.
inline constexpr double kCableDetour = 1.5;

/// Reads both files of a folder. Throws std::runtime_error with the file and the line at fault.
Geography read_geography(const std::filesystem::path& folder);

/// The one-way delays within which `quorum` validators are (a node is 0 from itself), of each node in turn.
std::vector<std::int64_t> quorum_delays_ms(const std::vector<std::vector<std::int64_t>>& one_way_ms,
                                           const std::vector<std::size_t>& live, std::size_t quorum);

}  // namespace kimberlite::wan
