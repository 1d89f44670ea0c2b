// The commands that submit one event, as a table: name, event, who signs, options. Thread-safe: constants.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace kimberlite::cli {

/// Whose party signs unless --as says otherwise.
enum class Side {
  kExporter,  ///< the participant to which the number's prefix belongs
  kImporter,  ///< the participant to which the certificate is addressed
  kTrader,    ///< the importer's trader that the certificate names
  kNamed,     ///< only as --as says
};

/// How an option's text becomes JSON.
enum class OptionKind { kText, kTexts, kHsLines, kSources, kFlag };

struct EventOption {
  std::string_view flag;
  std::string_view field;  ///< JSON name of the event's field
  std::string_view help;
  bool required = false;
  OptionKind kind = OptionKind::kText;
};

struct EventCommand {
  std::string_view name;
  std::string_view action;  ///< dotted name of the event
  std::string_view help;
  Side side;
  std::vector<EventOption> options;
};

/// All of them, in the order of a certificate's life.
std::span<const EventCommand> event_commands();

}  // namespace kimberlite::cli
