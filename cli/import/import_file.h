// Files of many events: NDJSON (one JSON object a line, as scenario files) or CSV (a header row names the fields).
// Thread-safe: pure.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite {
namespace v1 {
class Event;
}

namespace cli {

inline constexpr std::size_t kImportLinesMax = 1'000'000;

/// One line and what it means.
struct ImportLine {
  std::uint64_t number{};            ///< line in the file, from 1
  std::string actor;                 ///< participant or observer code, GENESIS, UNSC; empty: not given
  std::string action;                ///< dotted event name; empty: not given
  std::optional<TimeMs> time;        ///< when it happened, on replay networks
  std::string expect;                ///< "accepted", "refused" or empty
  std::string reason;                ///< expected reason of a refusal
  boost::json::object fields;        ///< the whole object
  std::shared_ptr<v1::Event> event;  ///< null: the action is not known, or `fault` says why it cannot be read
  std::optional<Error> fault;
};

struct ImportFile {
  Digest digest;  ///< SHA-256 of the file: from it and the line follow the envelopes' nonces
  std::vector<ImportLine> lines;
};

enum class ImportFormat { kNdjson, kCsv };

/// The format by a file's name: .csv, else NDJSON.
ImportFormat format_of(std::string_view file_name);
/// Reads the text. Faults of single lines stay with the lines; BAD_REQUEST only if the file as a whole cannot be read.
/// CSV cells: hs as "code:carats:usd;...", sources as "number:carats;...", other lists separated by ";".
Result<ImportFile> read_import(std::string_view text, ImportFormat format);
/// Checks the event's shape as the node would, without sending it: number formats, text lengths, required fields.
/// `default_actor`: the party of a line that names none.
std::optional<Error> shape_fault(const ImportLine& line, const std::string& default_actor);

}  // namespace cli
}  // namespace kimberlite
