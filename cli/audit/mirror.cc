// Copying a log into a folder: see mirror.h.
#include "cli/audit/mirror.h"

#include <algorithm>
#include <tuple>

#include "cli/audit/checkpoint_check.h"
#include "cli/audit/leaf_bundle.h"
#include "cli/audit/tile_fetch.h"
#include "cli/audit/tile_path.h"
#include "cli/audit/witness.h"
#include "cli/files.h"
#include "proto/merkle_log.h"

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

/// The folder holds nothing yet, or a log of which the shown one is a continuation: how much it holds.
Result<LogSize> check_continues(const fs::path& folder, const GenesisDocument& genesis, const Sighting& shown) {
  const auto note = read_file(folder / "checkpoint");
  if (!note) {
    return note.error().reason == Reason::NOT_FOUND ? Result<LogSize>{} : std::unexpected(note.error());
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
    return std::unexpected(same.error());
  }
  if (held.checkpoint.size > shown.checkpoint.size) {
    return fail(Reason::UNAVAILABLE, shown.log->name(),
                "the source has only " + std::to_string(shown.checkpoint.size.value) + " leaves, the folder mirrors " +
                    std::to_string(held.checkpoint.size.value) + " of the same log");
  }
  return held.checkpoint.size;
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

/// Checks a copy's tiles against the checkpoint's root. Every hash tile's own root is an entry of the tile above it,
/// the uppermost tiles and the partial ones give the root, and a bundle's leaves give the tile beside it.
class CopyCheck {
 public:
  CopyCheck(TileSource& copy, const Checkpoint& checkpoint) : copy_(copy), checkpoint_(checkpoint) {}

  /// The first fault, and in `wrong` every tile that does not hold: all, where they do not even give the root.
  Result<void> check(std::vector<TileId> tiles, std::vector<TileId>& wrong) const {
    if (auto held = check_root(); !held) {
      wrong = std::move(tiles);
      return held;
    }
    // From the top down: the tile above is known to hold, or to be missing, when the one below is compared with it.
    std::ranges::sort(tiles, [](const TileId& a, const TileId& b) {
      return std::tuple(a.entries, b.level, a.index) < std::tuple(b.entries, a.level, b.index);
    });
    Result<void> first;
    for (const TileId& tile : tiles) {
      auto held = tile.entries ? check_bundle(tile) : check_hashes(tile);
      if (held) continue;
      wrong.push_back(tile);
      if (first) first = std::move(held);
    }
    return first;
  }

 private:
  [[nodiscard]] Result<void> check_root() const {
    const auto root = log_root(checkpoint_.size, tile_nodes(copy_, checkpoint_.size));
    if (!root) return std::unexpected(root.error());
    if (*root == checkpoint_.root) return {};
    return altered("checkpoint",
                   "the hash tiles give the root " + root->hex() + ", the checkpoint says " + checkpoint_.root.hex());
  }

  [[nodiscard]] std::unexpected<Error> altered(const std::string& path, std::string what) const {
    return fail(Reason::PROOF_INVALID, path, std::move(what));
  }

  [[nodiscard]] Result<std::string> hashes(const TileId& tile) const {
    auto bytes = fetch_tile(copy_, tile);
    if (bytes && bytes->size() != tile.width * Digest::kSize)
      return altered(tile.path(), std::to_string(bytes->size()) + " bytes in place of " +
                                      std::to_string(tile.width * Digest::kSize));
    return bytes;
  }

  [[nodiscard]] Result<void> check_hashes(const TileId& tile) const {
    const auto bytes = hashes(tile);
    if (!bytes) return std::unexpected(bytes.error());
    if (tile.width < kTileWidth || tile.level + 1 == tile_levels(checkpoint_.size)) return {};
    CompactRange row;
    for (std::uint64_t at = 0; at < tile.width; ++at) row.append(hash_at(*bytes, at));
    const TileId above = tile_at(checkpoint_.size, tile.level + 1, tile.index / kTileWidth);
    const auto entries = hashes(above);
    if (!entries) return std::unexpected(entries.error());
    if (hash_at(*entries, tile.index % kTileWidth) != row.root())
      return altered(tile.path(), "its hashes do not give what " + above.path() + " says");
    return {};
  }

  [[nodiscard]] Result<void> check_bundle(const TileId& tile) const {
    const auto bytes = fetch_tile(copy_, tile);
    if (!bytes) return std::unexpected(bytes.error());
    const LeafBundle bundle = split_bundle(*bytes, tile.width, false);
    if (!bundle.fault.empty()) return altered(tile.path(), bundle.fault);
    const auto entries = hashes(tile_at(checkpoint_.size, 0, tile.index));
    if (!entries) return std::unexpected(entries.error());
    for (std::uint64_t at = 0; at < tile.width; ++at)
      if (leaf_hash(bundle.leaves[at]) != hash_at(*entries, at))
        return altered(tile.path(), "leaf " + std::to_string(tile.index * kTileWidth + at) + " was altered");
    return {};
  }

  static Digest hash_at(std::string_view bytes, std::uint64_t at) {
    return Digest::from_bytes(bytes.substr(at * Digest::kSize, Digest::kSize)).value_or(Digest{});
  }

  TileSource& copy_;
  const Checkpoint& checkpoint_;
};

/// Whether a log of this size has the tile already, in full: then it was checked when the folder came to that size.
bool is_within(const TileId& tile, LogSize size) {
  std::uint64_t leaves = (tile.index + 1) * kTileWidth;
  for (unsigned level = 0; level < tile.level; ++level) leaves *= kTileWidth;
  return leaves <= size.value;
}

/// Fetches what is missing of a folder that mirrors `held` leaves. What does not hold is removed again, for a full tile
/// that is there is never fetched twice.
Result<void> copy_tiles(TileSource& source, const fs::path& folder, LogSize held, const Checkpoint& checkpoint,
                        MirrorReport& report, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const auto tiles = all_tiles(checkpoint.size);
  std::vector<TileId> unchecked;
  std::uint64_t done = 0;
  for (const TileId& tile : tiles) {
    if (auto copied = copy_tile(source, folder, tile, report); !copied) {
      return copied;
    }
    if (!is_within(tile, held)) unchecked.push_back(tile);
    progress(++done, tiles.size());
  }
  const auto copy = open_tiles(folder.string(), 0);
  if (!copy) {
    return std::unexpected(copy.error());
  }
  std::vector<TileId> wrong;
  auto checked = CopyCheck(**copy, checkpoint).check(std::move(unchecked), wrong);
  std::error_code status;
  for (const TileId& tile : wrong) {
    fs::remove(folder / tile.path(), status);
  }
  return checked;
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
  const auto held = check_continues(folder, genesis, shown);
  if (!held) {
    return std::unexpected(held.error());
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
  if (auto copied = copy_tiles(source, folder, *held, verified->checkpoint, report, progress); !copied) {
    return std::unexpected(copied.error());
  }
  if (auto written = replace_file(folder / "checkpoint", *note); !written) {
    return std::unexpected(written.error());
  }
  for (const auto& tile : all_tiles(report.size)) {
    report.removed += remove_outgrown(folder, tile);
  }
  return report;
}

}  // namespace kimberlite::cli
