// Structured logs: an event name that never changes, then fields. Text for people or one JSON object a line for
// programs. Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace kimberlite::runtime {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };

/// A field's value: text, or a number printed as such.
class LogValue {
 public:
  LogValue(std::string_view text) : text_(text) {}    // NOLINT(google-explicit-constructor)
  LogValue(const std::string& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  LogValue(const char* text) : text_(text) {}         // NOLINT(google-explicit-constructor)
  LogValue(std::uint64_t number)
      : text_(std::to_string(number)), number_(true) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool is_number() const { return number_; }

 private:
  std::string text_;
  bool number_{};
};

using LogFields = std::initializer_list<std::pair<std::string_view, LogValue>>;

/// Chooses level ("debug", "info", "warn", "error") and format ("text", "json") for the process; writes to standard
/// error.
void configure_log(const std::string& level, const std::string& format);
/// Writes one event, e.g. log_event(Level::kInfo, "block_final", {{"height", 12}}).
void log_event(Level level, std::string_view event, LogFields fields = {});

}  // namespace kimberlite::runtime
