// The faults that a simulated run can meet, by name, and how often each was injected. Thread-safe: plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kimberlite::simulation {

enum class Fault : std::uint8_t {
  // To single messages.
  kLostMessage,
  kDuplicatedMessage,
  kClog,              ///< one message much later than the others
  kReplay,            ///< old messages once more, also from before a restart
  kForgery,           ///< Byzantine: a signature, a signer or an epoch that is none
  kFarView,           ///< Byzantine: votes of views far ahead, claims of a final view far ahead
  kStaleCertificate,  ///< Byzantine: certificates and votes of others from long ago, under its own name
  kRubbish,           ///< Byzantine: proposals and requests that fit nowhere
  kEquivocation,      ///< Byzantine: two blocks in one view
  kDoubleVote,        ///< Byzantine: votes that contradict one another
  kWithheldBody,      ///< Byzantine: a block whose content only some are shown, the others later or never
  kSelectiveSend,     ///< Byzantine: a message to some only
  kNoProposal,        ///< Byzantine: a proposal that is made and not sent
  kLateReveal,        ///< Byzantine: what was withheld, much later
  kNoAnswer,          ///< Byzantine: a request left without an answer
  kBadProposal,       ///< Byzantine: a proposal that breaks a rule, or another's with other content
  kBadCertificate,    ///< Byzantine: a certificate whose signers, signatures or subject are others
  kFalseRange,        ///< Byzantine: a stretch of the log that is not what its proof says
  kFalseBlock,        ///< Byzantine: a block that is not what its record says
  kFalseCheckpoint,   ///< Byzantine: a checkpoint of a log that does not exist
  kFalseSnapshot,     ///< Byzantine: an offer of a snapshot, a chunk or links of epochs that are not what they say
  kFalseHeight,       ///< Byzantine: a greeting that says another final height
  kBadEnvelope,       ///< Byzantine: an envelope that no block may hold
  kOtherEpoch,        ///< Byzantine: a message of an epoch that is over or has not begun
  kFlood,             ///< Byzantine: many requests at once
  // To links and nodes: what is meant by "faults a run".
  kWeather,  ///< loss a link, duplication, delay, speed of disks and of execution drawn anew
  kLongDelay,
  kPartition,
  kIsolation,
  kLeaderCutOff,
  kOneWay,
  kBridge,
  kPairCut,
  kRandomCuts,
  kLinkCut,
  kLinksRestored,
  kCrash,
  kCrashInStep,
  kLostWrites,
  kTornJournal,
  kRestart,
  kRestartStorm,
  kPowerCut,
  kDiskStall,
  kDiskLost,
  kStoreLost,  ///< the vote journal is still there
  kRolledBack,
  kPause,
  kClockJump,
  kClockDrift,
  kValidatorChange,  ///< an event that changes the validators is handed in
  kSnapshotBegun,    ///< a node without a store asks for a snapshot
  kSnapshotDone,     ///< and has made its store from it
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(Fault::kSnapshotDone) + 1;

/// Whether one fault of this kind concerns one message.
constexpr bool concerns_message(Fault fault) {
  return fault < Fault::kWeather;
}
/// Its name in tables: "messages lost".
std::string_view fault_name(Fault fault);

class FaultCounts {
 public:
  void add(Fault fault, std::uint64_t times = 1) { counts_[static_cast<std::size_t>(fault)] += times; }
  void add(const FaultCounts& others);
  [[nodiscard]] std::uint64_t of(Fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }
  /// All that concern links and nodes.
  [[nodiscard]] std::uint64_t injected() const;
  /// Two columns, one line a kind; those that never happened too.
  [[nodiscard]] std::string table() const;

 private:
  std::array<std::uint64_t, kFaultKinds> counts_{};
};

}  // namespace kimberlite::simulation
