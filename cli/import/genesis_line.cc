// Comparing scenario lines with the genesis document: see genesis_line.h.
#include "cli/import/genesis_line.h"

#include <algorithm>

#include "cli/message_json.h"
#include "kimberlite/v1/genesis.pb.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::string_view kLotAction = "lot.open";

/// The document's entry as JSON, or what is missing.
struct Entry {
  json::object fields;
  bool found = false;
};

template <typename List, typename Is>
Entry entry_of(const List& list, Is is) {
  const auto found = std::find_if(list.begin(), list.end(), is);
  return found == list.end() ? Entry{} : Entry{message_to_json(*found), true};
}

std::string words_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? std::string() : json_text(*value);
}

/// Lines name a few things otherwise than the document.
std::string_view document_key(std::string_view line_key) {
  return line_key == "vice" ? "vice_chair" : line_key;
}

}  // namespace

bool is_genesis_line(const ImportLine& line) {
  return line.actor == "GENESIS" || line.action == kLotAction;
}

std::optional<std::string> genesis_difference(const ImportLine& line, const v1::Genesis& genesis) {
  Entry entry;
  const auto named = [&](std::string_view key) { return words_at(line.fields, key); };
  if (line.action == "roll.admit") {
    entry = entry_of(genesis.participants(), [&](const auto& p) { return p.code() == named("code"); });
    const auto prefix = entry_of(genesis.prefixes(), [&](const auto& p) {
      return p.prefix() == named("prefix") && p.participant() == named("code");
    });
    entry.fields["prefix"] = prefix.found ? named("prefix") : std::string();
  } else if (line.action == "chair.set") {
    entry = {message_to_json(genesis.chair()), true};
  } else if (line.action == "measure.impose") {
    entry = entry_of(genesis.measures(), [&](const auto& m) { return m.id() == named("id"); });
  } else if (line.action == kLotAction) {
    entry =
        entry_of(genesis.lots(), [&](const auto& l) { return l.lot() == named("lot") && l.holder() == line.actor; });
  } else {
    return "the genesis document has no such record as " + line.action;
  }
  if (!entry.found) {
    return "it is not in the genesis document";
  }
  for (const auto& [key, value] : line.fields) {
    if (key == "seq" || key == "t" || key == "actor" || key == "action" || key == "expect" || key == "reason") {
      continue;
    }
    const std::string here = words_at(entry.fields, document_key(key));
    if (here != json_text(value)) {
      return std::string(key) + " is \"" + here + "\" in the genesis document, \"" + json_text(value) +
             "\" in the file";
    }
  }
  return std::nullopt;
}

}  // namespace kimberlite::cli
