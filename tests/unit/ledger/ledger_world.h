// A small world for the tests of the rules: a genesis with a producer, traders, a monitored and an embargoed exporter
// and a candidate, a state in memory, and envelopes that go straight to apply_envelope (the rules check no signatures;
// that is the protocol library's part and its tests'). Keys are digests of names, so that tests can name their signers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/rules.h"
#include "proto/ed25519.h"
#include "proto/state_reader.h"
#include "proto/types.h"

namespace kimberlite::ledger::test {

inline constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

/// The state map in memory. Comparable: two equal states have equal records under equal keys.
class MemoryState : public StateReader {
 public:
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  void apply(const StateChanges& changes);
  [[nodiscard]] const StateChanges& records() const { return records_; }

  /// The record under a key; fails the test run if it is absent or does not parse.
  template <typename Record>
  [[nodiscard]] Record record(const std::string& key) const {
    Record parsed;
    if (!parsed.ParseFromString(records_.at(key))) throw std::runtime_error("no such record: " + key);
    return parsed;
  }
  /// The keys whose records differ from an earlier copy of all records.
  [[nodiscard]] std::vector<std::string> changed_since(const StateChanges& before) const;
  [[nodiscard]] bool contains(std::string_view key) const { return records_.contains(key); }
  [[nodiscard]] v1::CertificateRecord certificate(const std::string& number) const;
  [[nodiscard]] v1::LotRecord lot(const std::string& id) const;
  /// All certificates, in order of their numbers.
  [[nodiscard]] std::vector<v1::CertificateRecord> certificates() const;
  [[nodiscard]] std::vector<v1::LotRecord> lots() const;

  /// Writes a record past the rules: to set up what no event can yet bring about, or to corrupt a state on purpose.
  void put(const std::string& key, const google::protobuf::Message& record);
  void put(const v1::CertificateRecord& certificate);
  void put(const v1::LotRecord& lot);

 private:
  StateChanges records_;
};

/// Who signs: the party that the envelope names, and a key.
struct Signer {
  std::string party;
  PublicKey key;
};

/// The public key of a name: its digest.
PublicKey key_named(std::string_view name);
Signer root(const std::string& participant);
Signer node(const std::string& participant);
/// A body of the participant; without a holder its usual one, which both exports and imports.
Signer body(const std::string& participant, const std::string& holder = "");
Signer trader(const std::string& participant, const std::string& holder);
Signer observer(const std::string& code);
Signer sanctions();
Signer clock_signer();
/// The usual body's code, e.g. "GJEPC" for IN.
std::string usual_body(const std::string& participant);

/// What came of an envelope.
struct Outcome {
  std::optional<Refusal> refusal;
  [[nodiscard]] bool accepted() const { return !refusal; }
  /// "accepted" or the reason's name.
  [[nodiscard]] std::string verdict() const;
};

/// The genesis of the small world, for tests that change it before they build a World of their own.
v1::Genesis small_genesis();

class World {
 public:
  /// The small world on 2007-03-01 at noon, wall clock.
  World();
  /// A world of this genesis, at its genesis time.
  explicit World(const v1::Genesis& genesis);

  /// Applies one envelope of these events; the state changes only if it is accepted.
  Outcome submit(const Signer& signer, const std::vector<v1::Event>& events);
  Outcome submit(const Signer& signer, const v1::Event& event);
  /// The same, with the envelope's own not_after.
  Outcome submit_until(const Signer& signer, const std::vector<v1::Event>& events, std::int64_t not_after_ms);

  [[nodiscard]] MemoryState& state() { return state_; }
  [[nodiscard]] const MemoryState& state() const { return state_; }
  [[nodiscard]] TimeMs now() const { return ledger_time(state_, block_time_); }
  [[nodiscard]] std::int32_t today() const;
  /// Moves block time.
  void advance_days(int days) { block_time_ = TimeMs{block_time_.value + days * kDayMs}; }
  void set_time(TimeMs time) { block_time_ = time; }
  /// The block that changed the validators is final: envelopes stand in the epoch after it.
  void begin_next_epoch() { ++epoch_.value; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }

  /// Puts a measure in force, past the rules.
  void impose(const std::string& id, const std::string& target, v1::MeasureKind kind,
              const std::string& imposed_by = "PLENARY", const std::vector<std::string>& approvers = {});

 private:
  MemoryState state_;
  TimeMs block_time_;
  Epoch epoch_{1};
};

}  // namespace kimberlite::ledger::test
