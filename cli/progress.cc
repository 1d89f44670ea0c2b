// The progress bar: see progress.h.
#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/table.h"

namespace kimberlite::cli {

namespace {

constexpr std::uint64_t kBarWidth = 30;
constexpr std::chrono::milliseconds kRedrawInterval{100};

std::string minutes_and_seconds(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  const std::string rest = std::to_string(whole % 60);
  return std::to_string(whole / 60) + ":" + (rest.size() < 2 ? "0" + rest : rest);
}

}  // namespace

bool Progress::terminal() {
  return isatty(STDERR_FILENO) == 1;
}

Progress::Progress(std::ostream& err, std::string unit, std::uint64_t total, bool shown)
    : err_(err), unit_(std::move(unit)), total_(total), shown_(shown) {}

Progress::~Progress() {
  finish();
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

double Progress::rate() const {
  const double elapsed = seconds();
  return elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
}

void Progress::update(std::uint64_t done) {
  done_ = done;
  const auto now = Clock::now();
  if (shown_ && now - last_draw_ >= kRedrawInterval) {
    last_draw_ = now;
    draw();
  }
}

void Progress::finish() {
  if (drawn_) {
    draw();
    err_ << '\n' << std::flush;
  }
  drawn_ = false;
  shown_ = false;
}

void Progress::draw() {
  const std::uint64_t total = std::max(total_, std::uint64_t{1});
  const std::uint64_t filled = std::min(done_, total) * kBarWidth / total;
  const double per_second = rate();
  std::string line = "\r[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] " + grouped(done_) +
                     "/" + grouped(total_) + " " + unit_ + "  " + grouped(static_cast<std::uint64_t>(per_second)) +
                     "/s";
  if (per_second > 0 && done_ < total_) {
    line += "  " + minutes_and_seconds(static_cast<double>(total_ - done_) / per_second) + " left";
  }
  err_ << line << "\033[K" << std::flush;
  drawn_ = true;
}

}  // namespace kimberlite::cli
