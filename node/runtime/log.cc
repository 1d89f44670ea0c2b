#include "node/runtime/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace kimberlite::runtime {
namespace {

std::shared_ptr<spdlog::logger>& logger() {
  static auto instance = spdlog::stderr_logger_mt("kimberlited");
  return instance;
}

bool& json() {
  static bool enabled = false;
  return enabled;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string json_quoted(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

void configure_log(const std::string& level, const std::string& format) {
  json() = format == "json";
  logger()->set_level(spdlog::level::from_str(level == "error" ? "err" : level));
  logger()->set_pattern(
      json() ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %v",
      spdlog::pattern_time_type::utc);
  logger()->flush_on(spdlog::level::info);
}

void log_event(Level level, std::string_view event, LogFields fields) {
  if (!logger()->should_log(to_spdlog(level))) return;
  std::string line = json() ? "\"event\":" + json_quoted(event) : std::string(event);
  for (const auto& [key, value] : fields) {
    if (json()) {
      line += "," + json_quoted(key) + ":" + (value.is_number() ? value.text() : json_quoted(value.text()));
    } else {
      const bool plain = value.is_number() || value.text().find_first_of(" \"\n") == std::string::npos;
      line += " " + std::string(key) + "=" + (plain ? value.text() : json_quoted(value.text()));
    }
  }
  logger()->log(to_spdlog(level), line);
}

}  // namespace kimberlite::runtime
