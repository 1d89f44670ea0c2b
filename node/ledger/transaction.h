// The writes of one envelope over the state it began with: later events of the envelope see what earlier ones wrote,
// and nothing reaches the state unless every event passed. Records are read and written as messages; their bytes are
// canonical, so that every replica computes the same state root. Not thread-safe: one envelope, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/error.h"
#include "proto/state_reader.h"

namespace google::protobuf {
class Message;
}

namespace kimberlite::ledger {

/// What it costs to find a record, or to put one into the map, in bytes that could be parsed meanwhile.
inline constexpr std::uint64_t kRecordAccessBytes = 512;
/// Most work of one envelope, in bytes of records that every node reads and writes for it. Its events are few and
/// small, but each may touch the same large records again and again: without a bound an envelope of 5 KB takes longer
/// than a leader's time.
inline constexpr std::uint64_t kEnvelopeWorkBytesMax = 4UL * 1024 * 1024;

class Transaction {
 public:
  /// REQUIRES: `base` outlives the transaction and does not change meanwhile.
  explicit Transaction(const StateReader& base) : base_(base) {}

  /// True if there is a record under the key.
  [[nodiscard]] bool contains(std::string_view key) const;

  /// The record under the key, as written last; nullopt if there is none.
  template <typename Record>
  [[nodiscard]] std::optional<Record> load(std::string_view key) const {
    Record record;
    if (!read(key, record)) return std::nullopt;
    return record;
  }

  /// Puts the record under the key.
  void store(std::string key, const google::protobuf::Message& record);

  /// What the envelope costs each node so far: bytes of records looked for, read and written, one that is read again
  /// counted again, and kRecordAccessBytes for each access.
  [[nodiscard]] std::uint64_t work_bytes() const { return work_bytes_; }
  /// TOO_COSTLY above kEnvelopeWorkBytesMax. To be asked before each event, and in events that draw on many records.
  [[nodiscard]] Result<void> check_work() const;

  /// All writes, in key order. The transaction is spent.
  [[nodiscard]] StateChanges take() && { return std::move(writes_); }

 private:
  void count(std::size_t record_bytes) const;
  bool read(std::string_view key, google::protobuf::Message& record) const;

  const StateReader& base_;
  StateChanges writes_;
  mutable std::uint64_t work_bytes_{};
};

}  // namespace kimberlite::ledger
