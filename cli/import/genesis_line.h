// Lines of a scenario that describe the beginning: they are not sent but compared with the genesis document.
// Thread-safe: pure.
#pragma once

#include <optional>
#include <string>

#include "cli/import/import_file.h"

namespace kimberlite {
namespace v1 {
class Genesis;
}

namespace cli {

/// Whether the line speaks of the state before the first block: actor GENESIS, or an opening lot.
bool is_genesis_line(const ImportLine& line);
/// How the genesis document differs from the line; nullopt: it says the same.
std::optional<std::string> genesis_difference(const ImportLine& line, const v1::Genesis& genesis);

}  // namespace cli
}  // namespace kimberlite
