#include "tests/simulation/scenario/script.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kimberlite::scenario {

std::vector<Line> read_script(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::vector<Line> lines;
  std::size_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    std::istringstream stream(text.substr(0, text.find('#')));
    Line line{.number = number, .text = {}, .words = {}};
    for (std::string word; stream >> word;) {
      line.text += (line.words.empty() ? "" : " ") + word;
      line.words.push_back(word);
    }
    if (!line.words.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace kimberlite::scenario
