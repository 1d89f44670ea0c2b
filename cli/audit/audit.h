// The audit of a whole log from a tile source: checkpoint, every leaf, every hash tile, every signature, every rule and
// every block record, from genesis on. Trusts nothing but the genesis document. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/audit/finding.h"
#include "cli/tile_source.h"
#include "proto/error.h"
#include "proto/genesis.h"
#include "proto/types.h"

namespace kimberlite::cli {

/// Findings listed before an audit stops listing; the count goes on.
inline constexpr std::size_t kFindingsMax = 20;

struct AuditReport {
  LogSize size;
  Digest log_root;                   ///< of the checkpoint
  Digest state_root;                 ///< recomputed
  std::vector<std::string> signers;  ///< participants whose signatures on the checkpoint hold
  std::size_t signers_needed{};      ///< f + 1
  Epoch epoch;                       ///< that votes on the next block, recomputed
  std::uint64_t envelopes{};
  std::uint64_t blocks{};
  TimeMs last_block_time_ms;
  std::uint64_t tiles{};                              ///< hash tiles and bundles read
  std::map<std::string, std::uint64_t> certificates;  ///< by state
  std::vector<Finding> findings;                      ///< empty: everything holds
  std::uint64_t finding_count{};
};

/// Called with leaves done and leaves in all.
using AuditProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Audits the log. Errors only where nothing could be read (UNAVAILABLE, STORE_IO); what does not hold is a finding.
Result<AuditReport> audit_log(TileSource& source, const GenesisDocument& genesis, const AuditProgress& progress);

}  // namespace kimberlite::cli
