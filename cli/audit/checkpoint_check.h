// The first link of an audit: the checkpoint's form, its signatures, and that it holds nothing that was not checked.
// Thread-safe: pure.
#pragma once

#include <string_view>

#include "cli/audit/finding.h"
#include "proto/checkpoint.h"
#include "proto/genesis.h"

#include <expected>

namespace kimberlite::cli {

/// The verified checkpoint, or what is wrong with it. At least f + 1 validators must have signed; every signature line
/// must be a validator's, so that no byte of the note goes unchecked.
std::expected<VerifiedCheckpoint, Finding> check_checkpoint(std::string_view note, const GenesisDocument& genesis);

}  // namespace kimberlite::cli
