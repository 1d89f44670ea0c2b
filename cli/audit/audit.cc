// Auditing a log: see audit.h. Two trails of hashes are computed side by side, one from the leaves and one from the
// leaf hashes in the level-0 tiles. The checkpoint's root decides which of the two is right, and so whether a leaf or a
// tile was altered; the right trail then judges the tiles of the higher levels.
#include "cli/audit/audit.h"

#include <optional>

#include "cli/audit/checkpoint_check.h"
#include "cli/audit/leaf_bundle.h"
#include "cli/audit/replay.h"
#include "cli/audit/tile_path.h"
#include "proto/merkle_log.h"

namespace kimberlite::cli {

namespace {

/// The hashes of all perfect subtrees that are entries of hash tiles above level 0.
struct HashTrail {
  CompactRange range;
  std::map<unsigned, std::vector<Digest>> levels;
  bool whole = true;  ///< every leaf hash so far was known

  void append(const Digest& leaf) {
    range.append(leaf, [this](unsigned level, std::uint64_t, const Digest& hash) {
      if (level > 0 && level % kTileHeight == 0) {
        levels[level / kTileHeight].push_back(hash);
      }
    });
  }
};

/// A leaf whose hash differs from the one in its level-0 tile; which of the two is wrong is known at the end.
struct Difference {
  std::uint64_t index;
  std::string by_leaf;
  std::string by_tile;
};

class Auditor {
 public:
  Auditor(TileSource& source, const GenesisDocument& genesis, const AuditProgress& progress)
      : source_(source), progress_(progress), replay_(genesis), genesis_(genesis) {}

  Result<AuditReport> run();

 private:
  void add(Finding finding);
  /// A tile's bytes, cut to its width; empty with a finding if it is missing or of the wrong length.
  Result<std::optional<std::string>> read_tile(const TileId& tile);
  Result<void> read_bundle(std::uint64_t index);
  void take_leaves(const TileId& tile, const LeafBundle& bundle, const std::optional<std::string>& hashes);
  void judge();
  Result<void> check_upper_tiles(const HashTrail& truth);
  Result<void> check_genesis_copy();
  void check_signing_set(const ValidatorSet& signing);

  TileSource& source_;
  const AuditProgress& progress_;
  Replay replay_;
  const GenesisDocument& genesis_;
  AuditReport report_;
  HashTrail by_leaves_;
  HashTrail by_tiles_;
  std::vector<Difference> differences_;
  std::vector<Finding> leaf_faults_;  ///< bundles that do not parse
  std::optional<Finding> replay_finding_;
};

void Auditor::add(Finding finding) {
  ++report_.finding_count;
  if (report_.findings.size() < kFindingsMax) {
    report_.findings.push_back(std::move(finding));
  }
}

Digest hash_in_tile(std::string_view bytes, std::uint64_t at) {
  return Digest::from_bytes(bytes.substr(at * Digest::kSize, Digest::kSize)).value_or(Digest{});
}

Result<std::optional<std::string>> Auditor::read_tile(const TileId& tile) {
  ++report_.tiles;
  auto bytes = source_.get(tile.path());
  if (!bytes && bytes.error().reason == Reason::NOT_FOUND && tile.width < kTileWidth) {
    bytes = source_.get(tile.full_path());
  }
  const auto missing = [&](std::string expected, std::string found) {
    add({.reason = Reason::PROOF_TRUNCATED,
         .link = tile.entries ? "entry bundle" : "hash tile",
         .place = tile.path(),
         .expected = std::move(expected),
         .found = std::move(found),
         .cause = "this copy of the log is not whole"});
    return std::optional<std::string>();
  };
  if (!bytes) {
    if (bytes.error().reason == Reason::NOT_FOUND) {
      return missing("a file", "nothing there");
    }
    return std::unexpected(bytes.error());
  }
  if (!tile.entries) {
    const std::size_t needed = tile.width * Digest::kSize;
    if (bytes->size() != needed && bytes->size() != kTileWidth * Digest::kSize) {
      return missing(std::to_string(needed) + " bytes", std::to_string(bytes->size()) + " bytes");
    }
    bytes->resize(needed);
  }
  return std::optional(std::move(*bytes));
}

void Auditor::take_leaves(const TileId& tile, const LeafBundle& bundle, const std::optional<std::string>& hashes) {
  const std::uint64_t first = tile.index * kTileWidth;
  for (std::uint64_t at = 0; at < tile.width; ++at) {
    const bool have_leaf = at < bundle.leaves.size() && by_leaves_.whole;
    const Digest by_tile = hashes ? hash_in_tile(*hashes, at) : Digest{};
    if (at < bundle.leaves.size()) {
      const Digest by_leaf = leaf_hash(bundle.leaves[at]);
      if (hashes && by_leaf != by_tile) {
        differences_.push_back({first + at, by_leaf.hex(), by_tile.hex()});
      }
      if (have_leaf) {
        if (auto finding = replay_.feed(bundle.leaves[at], by_leaves_.range)) {
          replay_finding_ = std::move(finding);
        }
        by_leaves_.append(by_leaf);
      }
    } else {
      by_leaves_.whole = false;
    }
    if (hashes && by_tiles_.whole) {
      by_tiles_.append(by_tile);
    } else {
      by_tiles_.whole = false;
    }
  }
}

Result<void> Auditor::read_bundle(std::uint64_t index) {
  const TileId tile = bundle_at(report_.size, index);
  auto bytes = read_tile(tile);
  if (!bytes) {
    return std::unexpected(bytes.error());
  }
  auto hashes = read_tile(tile_at(report_.size, 0, index));
  if (!hashes) {
    return std::unexpected(hashes.error());
  }
  LeafBundle bundle;
  if (*bytes) {
    // A source whose log has grown may answer with the full bundle in place of the partial one.
    bundle = split_bundle(**bytes, tile.width, false);
    if (bundle.leaves.size() == tile.width && !bundle.fault.empty() && tile.width < kTileWidth &&
        split_bundle(**bytes, kTileWidth, false).fault.empty()) {
      bundle = split_bundle(**bytes, tile.width, true);
    }
    if (!bundle.fault.empty()) {
      const std::uint64_t leaf = tile.index * kTileWidth + bundle.leaves.size();
      leaf_faults_.push_back({.reason = Reason::LEAF_ALTERED,
                              .link = "entry bundle",
                              .place = tile.path() + " leaf " + std::to_string(leaf),
                              .expected = std::to_string(tile.width) + " leaves with their lengths, and nothing more",
                              .found = bundle.fault,
                              .cause = "a length in this bundle was altered, or the file was cut"});
    }
  }
  take_leaves(tile, bundle, *hashes);
  return {};
}

/// Decides, once all leaves are read, who is wrong where leaves and tiles differ.
void Auditor::judge() {
  const bool leaves_hold = by_leaves_.whole && by_leaves_.range.root() == report_.log_root;
  const bool tiles_hold = by_tiles_.whole && by_tiles_.range.root() == report_.log_root;
  for (const auto& difference : differences_) {
    const std::string leaf = "leaf " + std::to_string(difference.index);
    const TileId tile = tile_at(report_.size, 0, difference.index / kTileWidth);
    if (leaves_hold) {
      add({.reason = Reason::PROOF_INVALID,
           .link = "hash tile",
           .place = tile.path() + " hash " + std::to_string(difference.index % kTileWidth),
           .expected = difference.by_leaf,
           .found = difference.by_tile,
           .cause = "the tile was altered: the leaves agree with the signed checkpoint"});
    } else {
      add({.reason = Reason::LEAF_ALTERED,
           .link = "entry bundle",
           .place = leaf + " in " + bundle_at(report_.size, difference.index / kTileWidth).path(),
           .expected = difference.by_tile,
           .found = difference.by_leaf,
           .cause = tiles_hold ? "the leaf was altered: the tiles agree with the signed checkpoint"
                               : "leaf and tile differ, and neither agrees with the signed checkpoint"});
      break;  // The leaves after an altered length all differ; the first names the place.
    }
  }
  for (auto& fault : leaf_faults_) {
    if (differences_.empty() || leaves_hold) {
      add(std::move(fault));
    }
  }
  if (!leaves_hold && differences_.empty() && leaf_faults_.empty() && by_leaves_.whole && !by_tiles_.whole) {
    add({.reason = Reason::LEAF_ALTERED,
         .link = "entry bundle",
         .place = "one of " + std::to_string(report_.size.value) + " leaves",
         .expected = report_.log_root.hex(),
         .found = by_leaves_.range.root().hex(),
         .cause = "a leaf was altered; the hash tiles that would tell which are not whole in this copy"});
  } else if (!leaves_hold && differences_.empty() && leaf_faults_.empty() && by_leaves_.whole) {
    add({.reason = Reason::LOG_INCONSISTENT,
         .link = "checkpoint",
         .place = "root of " + std::to_string(report_.size.value) + " leaves",
         .expected = report_.log_root.hex(),
         .found = by_leaves_.range.root().hex(),
         .cause = "the signers vouch for another log than this copy holds: leaves and tiles were replaced together"});
  }
  // Of leaves that nobody signed, no rule that they break is anybody's fault.
  if (replay_finding_ && (leaves_hold || (tiles_hold && differences_.empty()))) {
    add(std::move(*replay_finding_));
  }
}

Result<void> Auditor::check_upper_tiles(const HashTrail& truth) {
  for (unsigned level = 1; level < tile_levels(report_.size); ++level) {
    const auto& hashes = truth.levels.at(level);
    for (std::uint64_t index = 0; index < tile_count(report_.size, level); ++index) {
      const TileId tile = tile_at(report_.size, level, index);
      const auto bytes = read_tile(tile);
      if (!bytes) {
        return std::unexpected(bytes.error());
      }
      for (std::uint64_t at = 0; *bytes && at < tile.width; ++at) {
        const Digest found = hash_in_tile(**bytes, at);
        const Digest& expected = hashes.at(index * kTileWidth + at);
        if (found != expected) {
          add({.reason = Reason::PROOF_INVALID,
               .link = "hash tile",
               .place = tile.path() + " hash " + std::to_string(at),
               .expected = expected.hex(),
               .found = found.hex(),
               .cause = "the tile was altered: the leaves below it give another hash"});
        }
      }
    }
  }
  return {};
}

Result<void> Auditor::check_genesis_copy() {
  const auto copy = source_.get("genesis.json");
  if (!copy) {
    return copy.error().reason == Reason::NOT_FOUND ? Result<void>{} : std::unexpected(copy.error());
  }
  if (*copy != genesis_.bytes) {
    add({.reason = Reason::WRONG_NETWORK,
         .link = "genesis",
         .place = "genesis.json",
         .expected = "chain id " + genesis_.chain_id.hex(),
         .found = "chain id " + tagged_digest(kGenesisTag, *copy).hex(),
         .cause = "the copy's genesis document was altered or is another network's; the one given was used"});
  }
  return {};
}

/// Whoever kept the keys of an epoch that is over could sign the log once more, with the links that lead on left out.
void Auditor::check_signing_set(const ValidatorSet& signing) {
  const auto& last = replay_.last_block();
  if (!last || replay_.stopped() || last->validators == signing.digest()) return;
  add({.reason = Reason::PROOF_INVALID,
       .link = "epochs",
       .place = "epoch of block " + std::to_string(last->height.value),
       .expected = "signed by the validators " + last->validators.hex(),
       .found = "signed by the validators " + signing.digest().hex(),
       .cause = "links of epochs were left out: the checkpoint is signed by those of an epoch that is over"});
}

Result<AuditReport> Auditor::run() {
  auto note = source_.get("checkpoint");
  if (!note) {
    return std::unexpected(note.error());
  }
  const auto epochs = read_epochs(source_, genesis_);
  if (!epochs) {
    if (epochs.error().reason == Reason::UNAVAILABLE || epochs.error().reason == Reason::STORE_IO)
      return std::unexpected(epochs.error());
    add({.reason = epochs.error().reason,
         .link = "epochs",
         .place = epochs.error().field,
         .expected = "each change of the validators finalized by those before it",
         .found = epochs.error().to_string(),
         .cause = "the links were altered, or are another network's than the genesis document's"});
    return std::move(report_);
  }
  auto verified = check_checkpoint(*note, genesis_, *epochs);
  if (!verified) {
    add(std::move(verified.error()));
    return std::move(report_);
  }
  report_.size = verified->checkpoint.size;
  const ValidatorSet& signing = epochs->signing(report_.size);
  report_.signers_needed = signing.faulty() + 1;
  report_.log_root = verified->checkpoint.root;
  for (const std::size_t signer : verified->signers) {
    report_.signers.push_back(signing[signer].participant);
  }
  if (auto same = check_genesis_copy(); !same) {
    return std::unexpected(same.error());
  }
  for (std::uint64_t index = 0; index < tile_count(report_.size, 0); ++index) {
    if (auto read = read_bundle(index); !read) {
      return std::unexpected(read.error());
    }
    progress_(std::min((index + 1) * kTileWidth, report_.size.value), report_.size.value);
  }
  if (!replay_finding_ && by_leaves_.whole) {
    replay_finding_ = replay_.finish();
  }
  judge();
  check_signing_set(signing);
  const bool leaves_hold = by_leaves_.whole && by_leaves_.range.root() == report_.log_root;
  const HashTrail& truth = leaves_hold || !by_tiles_.whole ? by_leaves_ : by_tiles_;
  if (truth.whole) {
    if (auto checked = check_upper_tiles(truth); !checked) {
      return std::unexpected(checked.error());
    }
  }
  report_.envelopes = replay_.envelopes();
  report_.blocks = replay_.blocks();
  report_.state_root = replay_.state().root();
  report_.epoch = replay_.epoch();
  report_.certificates = replay_.certificates();
  report_.last_block_time_ms = replay_.last_block() ? replay_.last_block()->time_ms : TimeMs{};
  return std::move(report_);
}

}  // namespace

Result<AuditReport> audit_log(TileSource& source, const GenesisDocument& genesis, const AuditProgress& progress) {
  return Auditor(source, genesis, progress).run();
}

}  // namespace kimberlite::cli
