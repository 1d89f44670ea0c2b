// Copying a log into a folder: see mirror.h.
#include "cli/audit/mirror.h"

#include "cli/audit/checkpoint_check.h"
#include "cli/audit/tile_fetch.h"
#include "cli/audit/tile_path.h"
#include "cli/audit/witness.h"
#include "cli/files.h"

namespace kimberlite::cli {

namespace {

namespace fs = std::filesystem;

Result<VerifiedCheckpoint> checked(std::string_view note, const GenesisDocument& genesis, const EpochSets& epochs,
                                   const std::string& where) {
  auto verified = check_checkpoint(note, genesis, epochs);
  if (!verified) {
    return fail(verified.error().reason, where, verified.error().place + ": " + verified.error().found);
  }
  return std::move(*verified);
}

/// The folder holds nothing yet, or a log of which the shown one is a continuation.
Result<void> check_continues(const fs::path& folder, const GenesisDocument& genesis, const Sighting& shown) {
  const auto note = read_file(folder / "checkpoint");
  if (!note) {
    return note.error().reason == Reason::NOT_FOUND ? Result<void>{} : std::unexpected(note.error());
  }
  const auto copy = open_tiles(folder.string(), 0);
  if (!copy) {
    return std::unexpected(copy.error());
  }
  // By its own epochs: those of the source may be of the other log.
  const auto epochs = read_epochs(**copy, genesis);
  if (!epochs) {
    return std::unexpected(epochs.error());
  }
  const auto old = checked(*note, genesis, *epochs, (folder / "checkpoint").string());
  if (!old) {
    return std::unexpected(old.error());
  }
  const Sighting held{.note = *note, .checkpoint = old->checkpoint, .log = copy->get()};
  if (auto same = check_same_log(held, shown, folder); !same) {
    return same;
  }
  if (held.checkpoint.size > shown.checkpoint.size) {
    return fail(Reason::UNAVAILABLE, shown.log->name(),
                "the source has only " + std::to_string(shown.checkpoint.size.value) + " leaves, the folder mirrors " +
                    std::to_string(held.checkpoint.size.value) + " of the same log");
  }
  return {};
}

/// Removes the partial tiles that a longer log has outgrown: "<full path>.p/<other width>".
std::uint64_t remove_outgrown(const fs::path& folder, const TileId& tile) {
  std::error_code status;
  std::uint64_t removed = 0;
  const fs::path partials = folder / (tile.full_path() + ".p");
  const std::string current = tile.width < kTileWidth ? std::to_string(tile.width) : std::string();
  std::vector<fs::path> old;
  for (fs::directory_iterator at(partials, status), end; at != end; at.increment(status)) {
    if (at->path().filename() != current) {
      old.push_back(at->path());
    }
  }
  for (const auto& path : old) {
    removed += fs::remove(path, status) ? 1 : 0;
  }
  if (tile.width == kTileWidth) {
    fs::remove(partials, status);
  }
  return removed;
}

Result<void> copy_tile(TileSource& source, const fs::path& folder, const TileId& tile, MirrorReport& report) {
  const fs::path path = folder / tile.path();
  std::error_code status;
  if (tile.width == kTileWidth && fs::exists(path, status)) {
    ++report.kept;
    return {};
  }
  const auto bytes = fetch_tile(source, tile);
  if (!bytes) {
    return std::unexpected(bytes.error());
  }
  if (auto made = make_folder(path.parent_path()); !made) {
    return made;
  }
  ++report.fetched;
  return replace_file(path, *bytes);
}

}  // namespace

Result<MirrorReport> mirror_log(TileSource& source, const GenesisDocument& genesis, const fs::path& folder,
                                const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const auto note = source.get("checkpoint");
  if (!note) {
    return std::unexpected(note.error());
  }
  // Asked after the checkpoint, so that the links lead at least as far.
  const auto chain = source.get(std::string(kEpochsFile));
  if (!chain && chain.error().reason != Reason::NOT_FOUND) return std::unexpected(chain.error());
  const auto epochs = walk_epochs(genesis, chain ? *chain : std::string());
  if (!epochs) return std::unexpected(epochs.error());
  const auto verified = checked(*note, genesis, *epochs, source.name() + "/checkpoint");
  if (!verified) {
    return std::unexpected(verified.error());
  }
  MirrorReport report{.size = verified->checkpoint.size};
  const Sighting shown{.note = *note, .checkpoint = verified->checkpoint, .log = &source};
  if (auto continues = check_continues(folder, genesis, shown); !continues) {
    return std::unexpected(continues.error());
  }
  if (auto made = make_folder(folder); !made) {
    return std::unexpected(made.error());
  }
  if (auto written = replace_file(folder / "genesis.json", genesis.bytes); !written) {
    return std::unexpected(written.error());
  }
  if (chain && !chain->empty()) {
    if (auto written = replace_file(folder / kEpochsFile, *chain); !written) return std::unexpected(written.error());
  }
  const auto tiles = all_tiles(report.size);
  std::uint64_t done = 0;
  for (const auto& tile : tiles) {
    if (auto copied = copy_tile(source, folder, tile, report); !copied) {
      return std::unexpected(copied.error());
    }
    progress(++done, tiles.size());
  }
  if (auto written = replace_file(folder / "checkpoint", *note); !written) {
    return std::unexpected(written.error());
  }
  for (const auto& tile : tiles) {
    report.removed += remove_outgrown(folder, tile);
  }
  return report;
}

}  // namespace kimberlite::cli
