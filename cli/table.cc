// Aligned columns: see table.h.
#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "proto/assert.h"

namespace kimberlite::cli {

namespace {

constexpr std::size_t kGroupDigits = 3;

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string spaces(width - std::min(width, display_width(text)), ' ');
  return right ? spaces + text : text + spaces;
}

void print_line(std::ostream& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

Table::Table(std::vector<std::string> headers) : headers_(std::move(headers)) {
  for (auto& header : headers_) {
    const bool right = header.starts_with('>');
    right_.push_back(right);
    if (right) {
      header.erase(0, 1);
    }
  }
}

void Table::add(std::vector<std::string> cells) {
  KIMBERLITE_ASSERT(cells.size() == headers_.size(), "one cell a column");
  rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < headers_.size(); ++column) {
    std::size_t width = display_width(headers_[column]);
    for (const auto& row : rows_) {
      width = std::max(width, display_width(row[column]));
    }
    widths.push_back(width);
  }
  const auto print_cells = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      line += (column == 0 ? "" : "  ") + padded(cells[column], widths[column], right_[column]);
    }
    print_line(out, std::move(line));
  };
  print_cells(headers_);
  for (const auto& row : rows_) {
    print_cells(row);
  }
}

void FieldList::add(std::string name, std::string value) {
  if (!value.empty()) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
}

void FieldList::print(std::ostream& out) const {
  std::size_t width = 0;
  for (const auto& [name, value] : fields_) {
    width = std::max(width, display_width(name));
  }
  for (const auto& [name, value] : fields_) {
    print_line(out, padded(name, width, false) + "  " + value);
  }
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > kGroupDigits;) {
    at -= kGroupDigits;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace kimberlite::cli
