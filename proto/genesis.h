// The genesis document: a JSON file whose bytes name the network. Thread-safe: immutable after reading.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proto/digest.h"
#include "proto/error.h"
#include "proto/validator_set.h"

namespace kimberlite {

namespace v1 {
class Genesis;
}

inline constexpr std::string_view kGenesisTag = "kimberlite/v1/genesis";
inline constexpr std::size_t kGenesisBytesMax = 16 * 1024 * 1024;

/// A validated genesis document.
struct GenesisDocument {
  std::string bytes;  ///< the file, byte for byte
  Digest chain_id;    ///< tagged digest of the bytes
  std::shared_ptr<const v1::Genesis> genesis;
  ValidatorSet validators;  ///< of epoch 1: the participants with a node key
};

/// Reads and validates everything at once; the error lists every fault, one a line, each with its path.
/// Checks: format, required fields, codes and numbers well-formed, keys 32 bytes and distinct over all kinds, prefixes
/// and territories dated without overlap and held by participants on the roll, measures and lots on known parties,
/// chair on the roll, replay networks with a clock key and wall networks without, at least 4 validators unless
/// `development`.
Result<GenesisDocument> parse_genesis(std::string_view json);

/// Human-readable JSON of a genesis message, as `kimberlite network new` writes it.
std::string format_genesis(const v1::Genesis& genesis);

}  // namespace kimberlite
