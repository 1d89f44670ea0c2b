// Files of many events, NDJSON and CSV: every line is either an event of the shape that nodes take, a fault with a
// reason, or an action that the ledger does not know; line numbers only grow; reading is the same twice.
#include "cli/import/import_file.h"

#include "cli/event_json.h"
#include "edits.h"
#include "kimberlite/v1/event.pb.h"
#include "proto/assert.h"

namespace {

using namespace kimberlite;

constexpr const char* kNdjson =
    R"({"t":"2007-01-02T09:00:00Z","actor":"BW","action":"cert.ship","number":"BW-0002601","seals":["S1","S2"]})"
    "\n"
    R"({"t":"2007-01-03","actor":"EC","action":"cert.arrive","number":"BW-0002601","expect":"accepted"})"
    "\n";
constexpr const char* kCsv =
    "event,actor,t,number,seals\r\ncert.ship,BW,2007-01-02T09:00:00Z,BW-0002601,S1;S2\r\n"
    "cert.arrive,EC,2007-01-03T09:00:00Z,\"BW-0002601\",\r\n";

void check(const std::string& text, cli::ImportFormat format) {
  const auto file = cli::read_import(text, format);
  if (!file) {
    KIMBERLITE_ASSERT(!file.error().message.empty() && !file.error().field.empty(), "a refusal says what and why");
    return;
  }
  KIMBERLITE_ASSERT(file->digest == sha256(text), "a file is known by its bytes");
  std::uint64_t last = 0;
  for (const cli::ImportLine& line : file->lines) {
    KIMBERLITE_ASSERT(line.number > last, "lines are numbered in order");
    last = line.number;
    if (line.fault) {
      KIMBERLITE_ASSERT(line.event == nullptr && !line.fault->message.empty(), "a fault says why, and is no event");
      continue;
    }
    KIMBERLITE_ASSERT(!line.action.empty(), "a line without fault names its action");
    const auto fault = cli::shape_fault(line, "BW");
    KIMBERLITE_ASSERT(!fault || !fault->message.empty(), "an event of bad shape says why");
    if (line.event == nullptr || fault) continue;
    const auto again = cli::event_from_json(cli::event_to_json(*line.event));
    KIMBERLITE_ASSERT(again && again->SerializeAsString() == line.event->SerializeAsString(),
                      "an event can be written and read again");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  check(text, cli::ImportFormat::kNdjson);
  check(text, cli::ImportFormat::kCsv);
  check(fuzz::edited(kNdjson, data, size), cli::ImportFormat::kNdjson);
  check(fuzz::edited(kCsv, data, size), cli::ImportFormat::kCsv);
  return 0;
}
