#include "proto/internal/genesis_check.h"

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "kimberlite/v1/genesis.pb.h"
#include "proto/digest.h"
#include "proto/ed25519.h"
#include "proto/encoding.h"
#include "proto/internal/formats.h"
#include "proto/strict.h"
#include "proto/utf8.h"

namespace kimberlite::internal {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kNetworkNameBytesMax = 128;
constexpr std::size_t kValidatorsMin = 4;
constexpr std::string_view kProtocolTags = "kimberlite/v1/";
constexpr std::int64_t kHeartbeatMinMs = 100;
constexpr std::int64_t kHeartbeatMaxMs = 24LL * 3600 * 1000;
constexpr std::int64_t kViewTimeoutMinMs = 10;
constexpr std::int64_t kViewTimeoutMaxMs = 600'000;
constexpr std::int32_t kDaysMax = 3650;
constexpr std::int32_t kSlackDaysMax = 31;
constexpr std::int32_t kRestHoursMax = 24 * 31;
constexpr std::int32_t kBasisPointsMax = 10'000;
constexpr std::int32_t kPercentMax = 100;

std::string at(std::string_view list, int index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

// Half-open, to 0 for ever.
bool overlap(std::int64_t from_a, std::int64_t to_a, std::int64_t from_b, std::int64_t to_b) {
  return (to_b == 0 || from_a < to_b) && (to_a == 0 || from_b < to_a);
}

class Checker {
 public:
  explicit Checker(const v1::Genesis& genesis) : genesis_(genesis) {}

  std::vector<GenesisFault> run() && {
    collect_parties();
    check_network();
    check_parameters();
    for (int i = 0; i < genesis_.participants_size(); ++i) {
      check_participant(at("participants", i), genesis_.participants(i));
    }
    for (int i = 0; i < genesis_.observers_size(); ++i) check_observer(at("observers", i), genesis_.observers(i));
    check_dated("prefixes", genesis_.prefixes(), [](const v1::GenesisPrefix& entry) { return entry.prefix(); });
    check_dated("territories", genesis_.territories(),
                [](const v1::GenesisTerritory& entry) { return entry.territory(); });
    for (int i = 0; i < genesis_.measures_size(); ++i) check_measure(at("measures", i), genesis_.measures(i));
    for (int i = 0; i < genesis_.lots_size(); ++i) check_lot(at("lots", i), genesis_.lots(i));
    check_chair();
    check_validators();
    return std::move(faults_);
  }

 private:
  void fault(std::string path, std::string what) { faults_.push_back({std::move(path), std::move(what)}); }

  void require(bool holds, const std::string& path, std::string_view what) {
    if (!holds) fault(path, std::string(what));
  }

  void collect_parties() {
    for (const auto& participant : genesis_.participants()) participants_.insert(participant.code());
    for (const auto& observer : genesis_.observers()) observers_.insert(observer.code());
    for (const auto& territory : genesis_.territories()) territories_.insert(territory.territory());
  }

  [[nodiscard]] bool is_participant(const std::string& code) const { return participants_.contains(code); }

  void require_participant(const std::string& code, const std::string& path) {
    require(is_participant(code), path, "'" + code + "' is not on the roll");
  }

  void require_unique(std::set<std::string>& seen, const std::string& value, const std::string& path) {
    require(seen.insert(value).second, path, "'" + value + "' appears twice");
  }

  void check_text(const std::string& text, const std::string& path) {
    require(text.size() <= kTextBytesMax, path, "longer than 512 bytes");
  }

  void check_key(const std::string& key, const std::string& path) {
    if (key.size() != PublicKey::kSize) {
      return fault(path, std::to_string(key.size()) + " bytes instead of 32");
    }
    const auto [first, is_new] = key_paths_.emplace(key, path);
    require(is_new, path, "the key " + to_hex(key) + " is also " + first->second);
  }

  void check_period(std::int64_t from_ms, std::int64_t to_ms, const std::string& path) {
    require(from_ms >= 0, path + ".from_ms", "negative");
    require(to_ms == 0 || to_ms > from_ms, path + ".to_ms", "not later than from_ms, nor 0 for open");
  }

  void check_network() {
    require(genesis_.format() == kFormat, "format", "this release reads format 1");
    require(is_network_name(genesis_.network_name()), "network_name",
            "1 to 128 bytes without white space, control characters or +, not beginning with kimberlite/v1/");
    require(genesis_.genesis_time_ms() > 0, "genesis_time_ms", "not set");
    require(genesis_.clock() == v1::CLOCK_WALL || genesis_.clock() == v1::CLOCK_REPLAY, "clock",
            "CLOCK_WALL or CLOCK_REPLAY");
    require(genesis_.log_readers() == v1::LOG_READERS_MEMBERS || genesis_.log_readers() == v1::LOG_READERS_PUBLIC,
            "log_readers", "LOG_READERS_MEMBERS or LOG_READERS_PUBLIC");
    require(genesis_.heartbeat_ms() >= kHeartbeatMinMs && genesis_.heartbeat_ms() <= kHeartbeatMaxMs, "heartbeat_ms",
            "from 100 to 86400000");
    require(genesis_.view_timeout_ms() >= kViewTimeoutMinMs && genesis_.view_timeout_ms() <= kViewTimeoutMaxMs,
            "view_timeout_ms", "from 10 to 600000");
    if (genesis_.clock() == v1::CLOCK_REPLAY) check_key(genesis_.clock_key(), "clock_key");
    if (genesis_.clock() == v1::CLOCK_WALL) {
      require(genesis_.clock_key().empty(), "clock_key", "a network on the wall clock has none");
    }
    if (!genesis_.sanctions_key().empty()) check_key(genesis_.sanctions_key(), "sanctions_key");
  }

  // The name is the origin of checkpoints and the name of their keys, so the forms of both apply. Under a protocol tag
  // as origin a checkpoint's text could be mistaken for a tagged message.
  static bool is_network_name(std::string_view name) {
    if (name.empty() || name.size() > kNetworkNameBytesMax || name.starts_with(kProtocolTags)) return false;
    while (!name.empty()) {
      const CodePoint next = first_code_point(name);
      if (next.bytes == 0 || next.value < 0x20 || next.value == '+' || is_unicode_space(next.value)) return false;
      name.remove_prefix(next.bytes);
    }
    return true;
  }

  void check_parameters() {
    const v1::Parameters& parameters = genesis_.parameters();
    const auto within = [this](std::string_view name, std::int32_t value, std::int32_t least, std::int32_t most) {
      require(value >= least && value <= most, "parameters." + std::string(name),
              "from " + std::to_string(least) + " to " + std::to_string(most));
    };
    within("validity_days", parameters.validity_days(), 1, kDaysMax);
    within("tolerance_basis_points", parameters.tolerance_basis_points(), 0, kBasisPointsMax);
    within("confirmation_clock_days", parameters.confirmation_clock_days(), 1, kDaysMax);
    within("correction_percent", parameters.correction_percent(), 0, kPercentMax);
    within("issue_date_slack_days", parameters.issue_date_slack_days(), 0, kSlackDaysMax);
    within("node_change_rest_hours", parameters.node_change_rest_hours(), 0, kRestHoursMax);
  }

  void check_participant(const std::string& path, const v1::GenesisParticipant& participant) {
    require(is_participant_code(participant.code()), path + ".code", "two capital letters");
    require_unique(parties_seen_, participant.code(), path + ".code");
    require(!participant.name().empty(), path + ".name", "not set");
    check_text(participant.name(), path + ".name");
    check_text(participant.role(), path + ".role");
    require(participant.admitted_ms() >= 0, path + ".admitted_ms", "negative");
    check_key(participant.root_key(), path + ".root_key");
    for (int i = 0; i < participant.bodies_size(); ++i) {
      const std::string body = path + "." + at("bodies", i);
      check_holder(body, participant.bodies(i));
      require(participant.bodies(i).exporting() || participant.bodies(i).importing(), body,
              "neither exporting nor importing");
    }
    for (int i = 0; i < participant.traders_size(); ++i) {
      check_holder(path + "." + at("traders", i), participant.traders(i));
    }
    if (!participant.node_key().empty()) check_key(participant.node_key(), path + ".node_key");
    if (!participant.node_address().empty()) {
      require(!participant.node_key().empty(), path + ".node_address", "an address without a node key");
      require(is_host_port(participant.node_address()), path + ".node_address", "host:port");
    }
    check_policies(path, participant);
  }

  void check_holder(const std::string& path, const v1::GenesisKey& key) {
    require(is_holder_code(key.holder()), path + ".holder", "1 to 32 capital letters, digits and hyphens");
    check_key(key.public_key(), path + ".public_key");
    check_period(key.from_ms(), key.to_ms(), path);
    require(key.private_digest().empty() || key.private_digest().size() == Digest::kSize, path + ".private_digest",
            "empty or 32 bytes");
  }

  void check_policies(const std::string& path, const v1::GenesisParticipant& participant) {
    for (int i = 0; i < participant.receipt_policies_size(); ++i) {
      const std::string policy_path = path + "." + at("receipt_policies", i);
      const v1::DatedReceiptPolicy& policy = participant.receipt_policies(i);
      require(policy.policy() != v1::RECEIPT_POLICY_UNSPECIFIED && v1::ReceiptPolicy_IsValid(policy.policy()),
              policy_path + ".policy", "not set");
      require(policy.from_ms() >= 0, policy_path + ".from_ms", "negative");
      require(i == 0 || participant.receipt_policies(i - 1).from_ms() < policy.from_ms(), policy_path + ".from_ms",
              "not later than the policy before");
    }
  }

  void check_observer(const std::string& path, const v1::GenesisObserver& observer) {
    require(is_party_code(observer.code()), path + ".code", "two to eight capital letters");
    require_unique(parties_seen_, observer.code(), path + ".code");
    require(!observer.name().empty(), path + ".name", "not set");
    check_text(observer.name(), path + ".name");
    check_text(observer.kind(), path + ".kind");
    check_key(observer.public_key(), path + ".public_key");
  }

  template <typename Entries, typename CodeOf>
  void check_dated(std::string_view list, const Entries& entries, CodeOf code_of) {
    std::map<std::string, std::vector<int>> by_code;
    for (int i = 0; i < entries.size(); ++i) {
      const std::string path = at(list, i);
      const std::string code = code_of(entries[i]);
      require(is_participant_code(code), path, "'" + code + "' is not two capital letters");
      require_participant(entries[i].participant(), path + ".participant");
      check_period(entries[i].from_ms(), entries[i].to_ms(), path);
      std::vector<int>& earlier = by_code[code];
      for (const int other : earlier) {
        require(!overlap(entries[other].from_ms(), entries[other].to_ms(), entries[i].from_ms(), entries[i].to_ms()),
                path, "'" + code + "' is also held in " + at(list, other) + " at that time");
      }
      earlier.push_back(i);
    }
  }

  void check_measure(const std::string& path, const v1::GenesisMeasure& measure) {
    require(is_record_id(measure.id()), path + ".id", "1 to 32 letters, digits and hyphens");
    require_unique(measures_seen_, measure.id(), path + ".id");
    require(measure.kind() != v1::MEASURE_KIND_UNSPECIFIED && v1::MeasureKind_IsValid(measure.kind()), path + ".kind",
            "not set");
    // Stones of a territory outside the scheme can be embargoed, and a removed participant is no longer on the roll.
    const bool anywhere =
        measure.kind() == v1::MEASURE_KIND_EMBARGO_ORIGIN || measure.kind() == v1::MEASURE_KIND_REMOVAL;
    require(anywhere ? is_participant_code(measure.target())
                     : is_participant(measure.target()) || territories_.contains(measure.target()),
            path + ".target", "'" + measure.target() + "' is neither on the roll nor a territory");
    const std::string& by = measure.imposed_by();
    require(by == "UNSC" || by == "PLENARY" || by == "CHAIR" || is_participant(by), path + ".imposed_by",
            "UNSC, PLENARY, CHAIR or a participant on the roll");
    for (int i = 0; i < measure.approvers_size(); ++i) {
      const std::string& approver = measure.approvers(i);
      require(is_participant(approver) || observers_.contains(approver), path + "." + at("approvers", i),
              "'" + approver + "' is neither a participant nor an observer");
    }
    require(measure.from_ms() >= 0, path + ".from_ms", "negative");
  }

  void check_lot(const std::string& path, const v1::GenesisLot& lot) {
    require(is_holder_code(lot.lot()) && !is_certificate_number(lot.lot()), path + ".lot",
            "1 to 32 capital letters, digits and hyphens, not in the form of a certificate number");
    require_unique(lots_seen_, lot.lot(), path + ".lot");
    require_participant(lot.holder(), path + ".holder");
    require(lot.origin().empty() || is_participant_code(lot.origin()), path + ".origin",
            "empty for mixed, or two capital letters");
    require(lot.weight_centicarats() > 0, path + ".weight_centicarats", "not positive");
  }

  void check_chair() {
    require_participant(genesis_.chair().chair(), "chair.chair");
    const std::string& vice_chair = genesis_.chair().vice_chair();
    if (!vice_chair.empty()) require_participant(vice_chair, "chair.vice_chair");
  }

  void check_validators() {
    std::size_t nodes = 0;
    for (const auto& participant : genesis_.participants()) nodes += participant.node_key().empty() ? 0 : 1;
    const std::size_t least = genesis_.development() ? 1 : kValidatorsMin;
    require(nodes >= least, "participants",
            std::to_string(nodes) + " participants have a node key, at least " + std::to_string(least) + " are needed" +
                (genesis_.development() ? "" : " unless development is true"));
  }

  const v1::Genesis& genesis_;
  std::vector<GenesisFault> faults_;
  std::set<std::string> participants_;
  std::set<std::string> observers_;
  std::set<std::string> territories_;
  std::map<std::string, std::string> key_paths_;
  std::set<std::string> parties_seen_;
  std::set<std::string> measures_seen_;
  std::set<std::string> lots_seen_;
};

}  // namespace

std::vector<GenesisFault> check_genesis(const v1::Genesis& genesis) {
  return Checker(genesis).run();
}

}  // namespace kimberlite::internal
