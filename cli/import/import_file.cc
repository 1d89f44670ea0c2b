// Reading files of many events: see import_file.h.
#include "cli/import/import_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/event_json.h"
#include "cli/import/csv.h"
#include "cli/message_json.h"
#include "kimberlite/v1/envelope.pb.h"
#include "proto/civil_time.h"
#include "proto/envelope.h"
#include "proto/utf8.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // spreadsheets begin UTF-8 files with it
constexpr std::string_view kGenesisActor = "GENESIS";
constexpr std::array<std::string_view, 2> kHsColumns{"hs", "sources"};
constexpr std::array<std::string_view, 2> kListColumns{"seals", "approvers"};

/// Fills in what the object means; `line.fields` is set.
void interpret(ImportLine& line) {
  line.actor = text_at(line.fields, "actor");
  line.action = text_at(line.fields, "action");
  line.expect = text_at(line.fields, "expect");
  line.reason = text_at(line.fields, "reason");
  if (line.action.empty()) {
    line.fault = Error{Reason::BAD_REQUEST, "action", "the line names no event, such as \"cert.ship\""};
    return;
  }
  if (!line.expect.empty() && line.expect != "accepted" && line.expect != "refused") {
    line.fault = Error{Reason::BAD_REQUEST, "expect", "\"" + line.expect + "\" is neither accepted nor refused"};
    return;
  }
  if (const std::string time = text_at(line.fields, "t"); !time.empty()) {
    const auto parsed = parse_time(time);
    if (!parsed) {
      line.fault = Error{parsed.error().reason, "t", parsed.error().message};
      return;
    }
    line.time = *parsed;
  }
  if (!is_known_action(line.action) || line.actor == kGenesisActor) {
    return;
  }
  auto event = event_from_json(line.fields);
  if (!event) {
    line.fault = event.error();
    return;
  }
  line.event = std::make_shared<v1::Event>(std::move(*event));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

/// "710231:12.00:340.00" or "BW-0000001:12.00" as an object.
Result<json::value> parts_to_json(std::string_view column, std::string_view item) {
  const auto parts = split(item, ':');
  const bool hs = column == "hs";
  if (parts.size() != (hs ? 3 : 2)) {
    return fail(Reason::BAD_REQUEST, std::string(column),
                "\"" + std::string(item) + "\" is not " + (hs ? "code:carats:usd" : "number:carats"));
  }
  json::object object{{hs ? "hs" : "number", parts[0]}, {"carats", parts[1]}};
  if (hs) {
    object["usd"] = parts[2];
  }
  return object;
}

Result<json::value> cell_to_json(std::string_view column, std::string_view cell) {
  const auto is_one_of = [&](const auto& columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  if (!is_one_of(kHsColumns) && !is_one_of(kListColumns)) {
    return json::value(cell);
  }
  json::array list;
  for (const auto item : split(cell, ';')) {
    if (is_one_of(kListColumns)) {
      list.push_back(json::value(item));
      continue;
    }
    auto object = parts_to_json(column, item);
    if (!object) {
      return object;
    }
    list.push_back(std::move(*object));
  }
  return list;
}

ImportLine line_of_row(const std::vector<std::string>& header, const CsvRow& row) {
  ImportLine line;
  line.number = row.line;
  if (row.cells.size() != header.size()) {
    line.fault = Error{Reason::BAD_REQUEST, "row",
                       std::to_string(row.cells.size()) + " cells under " + std::to_string(header.size()) + " headers"};
    return line;
  }
  for (std::size_t column = 0; column < header.size(); ++column) {
    if (row.cells[column].empty()) {
      continue;
    }
    if (!is_utf8(row.cells[column])) {
      line.fault = Error{Reason::NOT_UTF8, header[column], "the cell is not UTF-8; save the file as UTF-8"};
      return line;
    }
    auto value = cell_to_json(header[column], row.cells[column]);
    if (!value) {
      line.fault = value.error();
      return line;
    }
    line.fields[header[column]] = std::move(*value);
  }
  interpret(line);
  return line;
}

Result<std::vector<ImportLine>> read_csv(std::string_view text) {
  auto rows = parse_csv(text);
  if (!rows) {
    return std::unexpected(rows.error());
  }
  if (rows->empty()) {
    return fail(Reason::BAD_REQUEST, "file", "there is no header row");
  }
  std::vector<std::string> header = rows->front().cells;
  for (auto& name : header) {
    name = name == "event" ? "action" : name;
  }
  if (!std::ranges::all_of(header, [](const std::string& name) { return is_utf8(name); })) {
    return fail(Reason::NOT_UTF8, "header", "the names of the columns are not UTF-8; save the file as UTF-8");
  }
  if (std::find(header.begin(), header.end(), "action") == header.end()) {
    return fail(Reason::BAD_REQUEST, "header", "a column \"event\" must name the events");
  }
  std::vector<ImportLine> lines;
  for (std::size_t index = 1; index < rows->size(); ++index) {
    lines.push_back(line_of_row(header, (*rows)[index]));
  }
  return lines;
}

std::vector<ImportLine> read_ndjson(std::string_view text) {
  std::vector<ImportLine> lines;
  std::uint64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view row = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (row.find_first_not_of(" \t\r") == std::string_view::npos) {
      continue;
    }
    ImportLine line;
    line.number = number;
    json::error_code error;
    auto value = json::parse(row, error);
    if (error || !value.is_object()) {
      line.fault = Error{Reason::BAD_REQUEST, "json", error ? error.message() : "the line is not a JSON object"};
    } else {
      line.fields = std::move(value.get_object());
      interpret(line);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

ImportFormat format_of(std::string_view file_name) {
  return file_name.ends_with(".csv") || file_name.ends_with(".CSV") ? ImportFormat::kCsv : ImportFormat::kNdjson;
}

Result<ImportFile> read_import(std::string_view text, ImportFormat format) {
  ImportFile file{.digest = sha256(text), .lines = {}};
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (format == ImportFormat::kCsv) {
    auto lines = read_csv(text);
    if (!lines) {
      return std::unexpected(lines.error());
    }
    file.lines = std::move(*lines);
  } else {
    file.lines = read_ndjson(text);
  }
  if (file.lines.size() > kImportLinesMax) {
    return fail(Reason::BAD_REQUEST, "file", "more than " + std::to_string(kImportLinesMax) + " lines; split the file");
  }
  return file;
}

std::optional<Error> shape_fault(const ImportLine& line, const std::string& default_actor) {
  if (line.fault || !line.event) {
    return line.fault;
  }
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(Digest::kSize, '\0'));
  envelope.set_participant(line.actor.empty() ? default_actor : line.actor);
  envelope.set_not_after_ms(1);
  envelope.set_nonce(std::string(kNonceBytes, '\0'));
  *envelope.add_events() = *line.event;
  if (auto shape = check_envelope_shape(envelope); !shape) {
    return shape.error();
  }
  return std::nullopt;
}

}  // namespace kimberlite::cli
