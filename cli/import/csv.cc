// RFC 4180 rows: see csv.h.
#include "cli/import/csv.h"

#include <utility>

namespace kimberlite::cli {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Result<std::vector<CsvRow>> run() {
    std::vector<CsvRow> rows;
    while (!rest_.empty()) {
      CsvRow row{.line = line_, .cells = {}};
      if (auto read = read_row(row); !read) {
        return std::unexpected(read.error());
      }
      if (row.cells.size() > 1 || !row.cells.front().empty()) {
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }

 private:
  Result<void> read_row(CsvRow& row) {
    while (true) {
      std::string cell;
      if (auto read = rest_.starts_with('"') ? read_quoted(cell) : read_plain(cell); !read) {
        return read;
      }
      row.cells.push_back(std::move(cell));
      if (rest_.starts_with(',')) {
        rest_.remove_prefix(1);
        continue;
      }
      if (rest_.starts_with("\r\n")) {
        rest_.remove_prefix(1);
      }
      if (rest_.starts_with('\n')) {
        rest_.remove_prefix(1);
        ++line_;
      }
      return {};
    }
  }

  Result<void> read_plain(std::string& cell) {
    const std::size_t end = rest_.find_first_of(",\n");
    std::string_view text = rest_.substr(0, end);
    if (rest_.substr(text.size()).starts_with('\n') && text.ends_with('\r')) {
      text.remove_suffix(1);
    }
    cell = text;
    rest_.remove_prefix(text.size());
    return {};
  }

  Result<void> read_quoted(std::string& cell) {
    const std::uint64_t begun = line_;
    rest_.remove_prefix(1);
    while (true) {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) {
        return fail(Reason::BAD_REQUEST, "line " + std::to_string(begun), "a quote that begins here never ends");
      }
      for (const char c : rest_.substr(0, quote)) {
        line_ += c == '\n' ? 1 : 0;
      }
      cell += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) {
        break;
      }
      cell += '"';
      rest_.remove_prefix(1);
    }
    if (!rest_.empty() && !rest_.starts_with(',') && !rest_.starts_with('\n') && !rest_.starts_with("\r\n")) {
      return fail(Reason::BAD_REQUEST, "line " + std::to_string(line_), "text follows a closing quote");
    }
    return {};
  }

  std::string_view rest_;
  std::uint64_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
  return Parser(text).run();
}

}  // namespace kimberlite::cli
