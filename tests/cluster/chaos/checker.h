// Decides from the logs of all nodes and from what clients were told whether the network kept its promises. Pure: no
// node, no clock, no file. Every promise has a test in checker_test.cc that breaks it. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "tests/cluster/chaos/history.h"

namespace kimberlite::chaos {

/// Sentences that a verdict lists; the counts go on.
inline constexpr std::size_t kSentencesMax = 20;

/// What can be found.
enum class Violation : std::uint8_t {
  kLostEvent,      ///< reported final, and on no log
  kDoubledEvent,   ///< twice on one log
  kInventedEvent,  ///< on the log, and never submitted
  kFork,           ///< two logs of which neither is a prefix of the other
  kFalseFinality,  ///< reported final at a place where the log has something else
  kFalseRoot,      ///< a log root that is not the log's at that size
  kStaleRead,      ///< a node denies what it has shown
  kBackwards,      ///< a node's final height sinks
  kOutOfOrder,     ///< submitted after another was final, and stands before it
  kRefused,        ///< a valid envelope was refused
  kEvidence,       ///< a node holds evidence against a key that nothing made vote twice
};
std::string_view violation_name(Violation violation);

/// One leaf of a node's log.
struct LogLeaf {
  Digest hash;                     ///< RFC 6962 leaf hash
  std::optional<Digest> envelope;  ///< id of the accepted envelope; empty: a block's record
  std::uint64_t height{};          ///< of the block that it belongs to
};

struct NodeLog {
  std::string node;
  std::vector<LogLeaf> leaves;
};

struct Verdict {
  std::map<Violation, std::uint64_t> counts;  ///< empty: every promise was kept
  std::vector<std::string> sentences;         ///< the first kSentencesMax, "lost_event: ..."

  [[nodiscard]] std::uint64_t total() const;
};

/// Judges. `logs` are read after the network has come to rest; the longest one is what calls are compared with.
Verdict check(const History& history, const std::vector<NodeLog>& logs);

}  // namespace kimberlite::chaos
