// What a new network shall be: a genesis document without keys, and who votes. Read from a TOML template or made up
// from a number of nodes. Template keys are the genesis document's, by message_json.h's names, with these shortcuts for
// participants: bodies = [{code, exporting, importing}], traders = N or [names], validator, receipt_policy, prefix.
// Thread-safe: plain values.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite {
namespace v1 {
class Genesis;
}

namespace cli {

/// Most nodes that `--nodes` can ask for: the participants of the built-in list.
inline constexpr std::size_t kSimpleNodesMax = 46;
/// Most traders that a count in a template can ask for.
inline constexpr std::int64_t kTradersMax = 99;

struct NetworkTemplate {
  std::shared_ptr<v1::Genesis> genesis;  ///< keys and node addresses still empty
  std::set<std::string> validators;      ///< codes of participants that run a voting node
};

/// Reads a template. BAD_CONFIGURATION, UNKNOWN_FIELD, BAD_AMOUNT, BAD_DATES with the key's path.
Result<NetworkTemplate> parse_network_template(std::string_view toml, const std::string& file);

/// A network for development and tests: `nodes` participants (BW, EC, IN, AE first), each with a voting node, a body
/// <CODE>-AUTHORITY, three traders and an opening lot; one observer, WDC. `clock` is "wall" or "replay".
/// Fewer than four nodes make a development network. REQUIRES: 1 <= nodes <= kSimpleNodesMax.
NetworkTemplate simple_network(std::size_t nodes, const std::string& clock);

}  // namespace cli
}  // namespace kimberlite
