// What survives a crash of a simulated node: the synced vote journal (a ring), bodies of undecided blocks, the final
// log. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "consensus/actions.h"
#include "tests/simulation/blocks.h"

namespace kimberlite::simulation {

struct Disk {
  std::deque<consensus::JournalRecord> journal;
  std::set<Digest> bodies;
  std::vector<Digest> log;  ///< final blocks, height 1 first
  std::optional<consensus::Certificate> finalization;
  std::vector<consensus::Certificate> kept;          ///< above the log's end, as the replica asked for
  std::map<Epoch, consensus::Certificate> closings;  ///< finalizations of the blocks that closed epochs

  /// Appends a record; the ring holds the latest `capacity`.
  void append(const consensus::JournalRecord& record, std::size_t capacity) {
    journal.push_back(record);
    if (journal.size() > capacity) journal.pop_front();
  }
};

}  // namespace kimberlite::simulation
