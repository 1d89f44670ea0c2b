// Lines of a benchmark's report: printed at once, and kept for a results file. One owner.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

namespace kimberlite::bench {

class Text {
 public:
  /// As printf does it, without the end of the line.
  template <typename... Values>
    requires(sizeof...(Values) > 0)
  void line(const char* format, Values... values) {
    constexpr std::size_t kLineMax = 512;
    char text[kLineMax];
    std::snprintf(text, sizeof text, format, values...);
    line(static_cast<const char*>(text));
  }
  void line(const char* text) {
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
