#include "tests/simulation/wan/geography.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kimberlite::wan {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// The lines of a CSV file after its comments, the heading first. No quoting is needed in ours.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    rows.push_back(split(line, ','));
    if (line.back() == ',') rows.back().emplace_back();
    if (rows.back().size() != rows.front().size())
      throw std::runtime_error(file.string() + ": a row of another length than the heading: " + line);
  }
  if (rows.size() < 2) throw std::runtime_error(file.string() + ": no rows");
  return rows;
}

RoundTrips read_round_trips(const std::filesystem::path& file) {
  const auto rows = read_csv(file);
  RoundTrips round_trips;
  for (std::size_t row = 1; row < rows.size(); ++row)
    for (std::size_t column = 1; column < rows[row].size(); ++column)
      round_trips[rows[row][0]][rows[0][column]] =
          rows[row][column].empty() ? kWithinRegionMs : std::stod(rows[row][column]);
  return round_trips;
}

}  // namespace

Geography read_geography(const std::filesystem::path& folder) {
  Geography geography;
  geography.round_trips = read_round_trips(folder / "regions.csv");
  const auto rows = read_csv(folder / "participants.csv");
  for (std::size_t row = 1; row < rows.size(); ++row) {
    const auto& fields = rows[row];  // code, name, city, region, distance_km, sizes
    Site site{.code = fields[0], .region = fields[3], .distance_km = std::stoll(fields[4]), .sizes = {}};
    for (const std::string& size : split(fields[5], ' ')) site.sizes.push_back(std::stoi(size));
    if (!geography.round_trips.contains(site.region))
      throw std::runtime_error("participants.csv: " + site.code + " is in a region that regions.csv does not have");
    geography.sites.push_back(std::move(site));
  }
  return geography;
}

std::vector<Site> Geography::network(std::size_t size) const {
  std::vector<Site> chosen;
  for (const Site& site : sites)
    if (std::find(site.sizes.begin(), site.sizes.end(), static_cast<int>(size)) != site.sizes.end())
      chosen.push_back(site);
  if (chosen.size() != size) throw std::runtime_error("participants.csv has no network of " + std::to_string(size));
  return chosen;
}

std::int64_t Geography::one_way_ms(const Site& from, const Site& to) const {
  const double between_ms = (round_trips.at(from.region).at(to.region) + round_trips.at(to.region).at(from.region)) / 4;
  const auto cable_km = static_cast<double>(from.distance_km + to.distance_km) * kCableDetour;
  return std::llround(between_ms + cable_km / kKilometresPerMs);
}

std::vector<std::int64_t> quorum_delays_ms(const std::vector<std::vector<std::int64_t>>& one_way_ms,
                                           const std::vector<std::size_t>& live, std::size_t quorum) {
  std::vector<std::int64_t> delays;
  for (const std::size_t from : live) {
    std::vector<std::int64_t> others;
    for (const std::size_t to : live) others.push_back(from == to ? 0 : one_way_ms[from][to]);
    std::sort(others.begin(), others.end());
    delays.push_back(others.at(quorum - 1));
  }
  return delays;
}

}  // namespace kimberlite::wan
