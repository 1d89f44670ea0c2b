// A progress bar with rate and remaining time on standard error; silent unless that is a terminal. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace kimberlite::cli {

class Progress {
 public:
  /// Whether standard error is a terminal that a bar can be drawn on.
  static bool terminal();

  /// `unit`: what is counted, plural ("leaves"). `shown`: draw at all, usually terminal().
  Progress(std::ostream& err, std::string unit, std::uint64_t total, bool shown);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Tells how many are done; draws at most ten times a second.
  void update(std::uint64_t done);
  /// Ends the bar's line, once.
  void finish();
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] double seconds() const;
  /// Units a second so far.
  [[nodiscard]] double rate() const;

 private:
  using Clock = std::chrono::steady_clock;
  void draw();

  std::ostream& err_;
  std::string unit_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_draw_;
};

}  // namespace kimberlite::cli
