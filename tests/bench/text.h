// Lines of a benchmark's report: printed at once, and kept for a results file. One owner.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

namespace kimberlite::bench {

class Text {
 public:
  template <typename... Values>
  void line(const char* format, Values... values) {
    constexpr std::size_t kLineMax = 512;
    char text[kLineMax];
    std::snprintf(text, sizeof text, format, values...);
    std::printf("%s\n", text);
    std::fflush(stdout);
    all_ += text;
    all_ += '\n';
  }
  [[nodiscard]] const std::string& all() const { return all_; }

 private:
  std::string all_;
};

}  // namespace kimberlite::bench
