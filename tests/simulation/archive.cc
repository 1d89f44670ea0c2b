#include "tests/simulation/archive.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace kimberlite::simulation {

std::vector<Archived> read_archive(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::vector<Archived> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    Archived one;
    std::string rest;
    if (!(words >> one.seed)) {
      if (words.str().find_first_not_of(" \t") == std::string::npos) continue;
      throw std::runtime_error(file.string() + ": not a seed: " + line);
    }
    if (!(words >> one.replicas) || (words >> rest))
      throw std::runtime_error(file.string() + ": not \"SEED REPLICAS  # why\": " + line);
    all.push_back(one);
  }
  return all;
}

}  // namespace kimberlite::simulation
