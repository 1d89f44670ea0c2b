// What a witness of a log does: it holds a checkpoint, is shown another, and finds out whether both are of one log. If
// they are not, their signers showed two logs to two people, and the checkpoints are the proof of it, so both are kept.
// Not thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cli/tile_source.h"
#include "proto/checkpoint.h"
#include "proto/error.h"

namespace kimberlite::cli {

/// Folder, beside what a witness holds, for checkpoints that contradict each other: "<size>-<root's first digits>".
inline constexpr std::string_view kSplitViewFolder = "split-view";

/// A checkpoint as it was seen.
struct Sighting {
  std::string note;       ///< byte for byte; its signatures were counted
  Checkpoint checkpoint;  ///< what it says
  TileSource* log{};      ///< where its log can be read; outlives this
};

/// Checks that the shorter log is how the longer one begins, by the longer one's tiles. LOG_INCONSISTENT: it is not;
/// both notes are in `folder` under kSplitViewFolder, and the message names them. PROOF_INVALID: the tiles of the
/// longer log do not give its own root, so they say nothing of the other. Otherwise the errors of its source, or
/// STORE_IO.
Result<void> check_same_log(const Sighting& held, const Sighting& shown, const std::filesystem::path& folder);

}  // namespace kimberlite::cli
