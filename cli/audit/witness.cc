// Comparing two checkpoints: see witness.h.
#include "cli/audit/witness.h"

#include <utility>

#include "cli/audit/tile_fetch.h"
#include "cli/files.h"
#include "proto/merkle_log.h"

namespace kimberlite::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRootShown = 16;

/// Where the note is kept from now on.
Result<fs::path> keep(const Sighting& sighting, const fs::path& folder) {
  fs::path file = folder / (std::to_string(sighting.checkpoint.size.value) + "-" +
                            sighting.checkpoint.root.hex().substr(0, kRootShown));
  if (auto written = replace_file(file, sighting.note); !written) {
    return std::unexpected(written.error());
  }
  return file;
}

/// Keeps both, and says so.
Result<void> split_view(const Sighting& held, const Sighting& shown, const fs::path& beside) {
  const fs::path folder = beside / kSplitViewFolder;
  if (auto made = make_folder(folder); !made) {
    return made;
  }
  const auto first = keep(held, folder);
  if (!first) {
    return std::unexpected(first.error());
  }
  const auto second = keep(shown, folder);
  if (!second) {
    return std::unexpected(second.error());
  }
  return fail(
      Reason::LOG_INCONSISTENT, shown.log->name(),
      "shows another log than the one that is held here, both signed: " + first->string() + " and " + second->string());
}

}  // namespace

Result<void> check_same_log(const Sighting& held, const Sighting& shown, const fs::path& folder) {
  if (held.checkpoint.size == shown.checkpoint.size) {
    return held.checkpoint.root == shown.checkpoint.root ? Result<void>{} : split_view(held, shown, folder);
  }
  const bool grown = held.checkpoint.size < shown.checkpoint.size;
  const Sighting& shorter = grown ? held : shown;
  const Sighting& longer = grown ? shown : held;
  const NodeReader nodes = tile_nodes(*longer.log, longer.checkpoint.size);
  const auto end = log_root(longer.checkpoint.size, nodes);
  if (!end) {
    return std::unexpected(end.error());
  }
  if (*end != longer.checkpoint.root) {
    return fail(Reason::PROOF_INVALID, longer.log->name(),
                "its hash tiles give the root " + end->hex() + ", its checkpoint says " + longer.checkpoint.root.hex());
  }
  const auto begin = log_root(shorter.checkpoint.size, nodes);
  if (!begin) {
    return std::unexpected(begin.error());
  }
  // Both were computed from tiles that were read one by one: that they are of one log is to be proven as well, or
  // whoever serves a false tile would accuse the signers.
  const auto proof = consistency_proof(shorter.checkpoint.size, longer.checkpoint.size, nodes);
  if (!proof) {
    return std::unexpected(proof.error());
  }
  if (auto one =
          verify_consistency(shorter.checkpoint.size, *begin, longer.checkpoint.size, longer.checkpoint.root, *proof);
      !one) {
    return fail(Reason::PROOF_INVALID, longer.log->name(), "its hash tiles do not fit one another");
  }
  return *begin == shorter.checkpoint.root ? Result<void>{} : split_view(held, shown, folder);
}

}  // namespace kimberlite::cli
