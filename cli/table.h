// Tables for people: aligned columns of UTF-8 text, one header line. Not thread-safe; a plain value.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace kimberlite::cli {

/// Columns visible on a terminal for a UTF-8 text: one a code point (no wide scripts in our data).
std::size_t display_width(std::string_view text);

/// Rows under headers. A header that starts with '>' is right-aligned and shown without it.
class Table {
 public:
  explicit Table(std::vector<std::string> headers);
  /// REQUIRES: as many cells as headers.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Headers, then rows; columns two spaces apart, no trailing spaces.
  void print(std::ostream& out) const;

 private:
  std::vector<std::string> headers_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

/// Two columns without headers: names and what belongs to them; empty values are left out.
class FieldList {
 public:
  void add(std::string name, std::string value);
  void print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

}  // namespace kimberlite::cli
