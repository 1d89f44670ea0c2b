// Replaying a log from genesis: see replay.h.
#include "cli/audit/replay.h"

#include <algorithm>

#include "cli/message_json.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/genesis_state.h"
#include "node/ledger/rules.h"

namespace kimberlite::cli {

namespace {

constexpr std::string_view kCertificatePrefix = "certificate/";

std::string leaf_name(std::uint64_t index) {
  return "leaf " + std::to_string(index);
}

/// `index`: where the record stands, whatever it says of itself.
Finding block_finding(std::uint64_t index, const BlockHeader& header, std::string_view field,
                      const std::string& expected, const std::string& found, const std::string& cause) {
  return {.reason = Reason::LOG_INCONSISTENT,
          .link = "block record",
          .place = leaf_name(index) + ", block " + std::to_string(header.height.value) + " " + std::string(field),
          .expected = expected,
          .found = found,
          .cause = cause};
}

}  // namespace

Replay::Replay(const GenesisDocument& genesis) : genesis_(genesis), last_digest_(genesis.chain_id) {
  state_.apply(ledger::genesis_state(genesis));
  voters_ = ledger::voting_set(state_);
}

std::optional<Finding> Replay::feed(std::string_view leaf, const CompactRange& before) {
  if (stopped_) {
    return std::nullopt;
  }
  std::optional<Finding> finding;
  const auto accepted = decode_accepted_leaf(leaf);
  if (!accepted) {
    finding = Finding{.reason = accepted.error().reason,
                      .link = "entry bundle",
                      .place = leaf_name(before.size().value),
                      .expected = "an accepted envelope or a block record",
                      .found = accepted.error().to_string(),
                      .cause = "no honest node appends such a leaf: the leaf was altered or its signers are dishonest"};
  } else if (accepted->empty()) {
    finding = take_block(leaf, before);
  } else {
    finding = take_envelope(*accepted, before.size().value);
  }
  stopped_ = finding.has_value();
  return finding;
}

std::optional<Finding> Replay::finish() const {
  if (stopped_ || pending_.empty()) {
    return std::nullopt;
  }
  return Finding{.reason = Reason::LOG_INCONSISTENT,
                 .link = "block record",
                 .place = "end of the log",
                 .expected = "a block record that closes the last envelopes",
                 .found = std::to_string(pending_.size()) + " envelopes after the last record",
                 .cause = "the checkpoint does not stand at the end of a block; its signers vouch for half a block"};
}

std::optional<Finding> Replay::take_envelope(std::string_view signed_bytes, std::uint64_t index) {
  auto opened = open_envelope(signed_bytes, genesis_.chain_id);
  const auto finding = [&](Reason reason, std::string expected, std::string found, std::string cause) {
    return Finding{.reason = reason,
                   .link = "envelope",
                   .place = leaf_name(index),
                   .expected = std::move(expected),
                   .found = std::move(found),
                   .cause = std::move(cause)};
  };
  if (!opened) {
    const bool network = opened.error().reason == Reason::WRONG_NETWORK;
    return finding(opened.error().reason,
                   network ? "chain id " + genesis_.chain_id.hex() : "an envelope that its signer signed",
                   opened.error().to_string(),
                   network ? "this log belongs to another network, or the genesis document was altered"
                           : "the nodes that signed the checkpoint accepted what they must refuse");
  }
  if (!ids_.insert((*opened)->id()).second) {
    return finding(Reason::ENVELOPE_REPLAYED, "an id that is not on the log yet", (*opened)->id().hex(),
                   "the nodes that signed the checkpoint accepted an envelope twice");
  }
  pending_.push_back({index, std::move(*opened)});
  ++envelopes_;
  return std::nullopt;
}

std::optional<Finding> Replay::take_block(std::string_view leaf, const CompactRange& before) {
  const auto header = decode_block_leaf(leaf);
  if (!header) {
    return Finding{.reason = header.error().reason,
                   .link = "block record",
                   .place = leaf_name(before.size().value),
                   .expected = "a well-formed record",
                   .found = header.error().to_string(),
                   .cause = "no honest node proposes such a record"};
  }
  if (auto finding = check_header(*header, before)) {
    return finding;
  }
  if (auto finding = execute(*header)) {
    return finding;
  }
  last_ = *header;
  last_digest_ = leaf_hash(leaf);
  ++blocks_;
  return std::nullopt;
}

std::optional<Finding> Replay::check_header(const BlockHeader& header, const CompactRange& before) const {
  const std::string dishonest =
      "more than a third of the validators are dishonest, or the log was written by other software";
  const auto differ = [&](std::string_view field, const std::string& expected, const std::string& found,
                          const std::string& cause) -> std::optional<Finding> {
    return expected == found ? std::nullopt
                             : std::optional(block_finding(before.size().value, header, field, expected, found, cause));
  };
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  const std::uint64_t count = pending_.size();
  const auto checks = {
      differ("chain_id", genesis_.chain_id.hex(), header.chain_id.hex(),
             "this log belongs to another network, or the genesis document was altered"),
      differ("height", number(blocks_ + 1), number(header.height.value), dishonest),
      differ("parent", last_digest_.hex(), header.parent.hex(), dishonest),
      differ("first_index", number(before.size().value - count), number(header.first_index.value), dishonest),
      differ("count", number(count), number(header.count), dishonest),
      differ("events_root", before.root().hex(), header.events_root.hex(), dishonest),
      differ("epoch", number(voters_.epoch.value), number(header.epoch.value), dishonest),
      differ("validators", voters_.validators.digest().hex(), header.validators.hex(),
             "the record names another set of voting nodes than the log up to it"),
  };
  for (const auto& check : checks) {
    if (check) {
      return check;
    }
  }
  const TimeMs earliest{last_ ? last_->time_ms.value + 1 : 0};
  if (header.time_ms < earliest) {
    return block_finding(before.size().value, header, "time_ms", "at least " + std::to_string(earliest.value),
                         std::to_string(header.time_ms.value), "block time must grow: " + dishonest);
  }
  if (last_ && header.epoch == last_->epoch && header.view <= last_->view) {
    return block_finding(before.size().value, header, "view", "above " + number(last_->view.value),
                         number(header.view.value), dishonest);
  }
  const auto& validators = voters_.validators.all();
  if (std::none_of(validators.begin(), validators.end(),
                   [&](const Validator& v) { return v.participant == header.proposer; })) {
    return block_finding(before.size().value, header, "proposer", "a participant with a voting node", header.proposer,
                         dishonest);
  }
  return std::nullopt;
}

std::optional<Finding> Replay::execute(const BlockHeader& header) {
  for (const auto& [index, envelope] : pending_) {
    const auto applied = ledger::apply_envelope(state_, {header.time_ms, header.epoch}, *envelope);
    if (!applied) {
      const auto& refusal = applied.error();
      return Finding{
          .reason = refusal.reason,
          .link = "rule",
          .place = leaf_name(index) + ", envelope " + envelope->id().hex() + " " + refusal.field,
          .expected = "accepted, as it stands in the log",
          .found = std::string(reason_name(refusal.reason)) + ": " + refusal.message,
          .cause = "the nodes that signed the checkpoint broke the rules, or this program knows other rules"};
    }
    state_.apply(applied->changes);
  }
  pending_.clear();
  if (state_.root() != header.state_root) {
    auto finding =
        block_finding(header.record_index().value, header, "state_root", state_.root().hex(), header.state_root.hex(),
                      "the nodes that signed the checkpoint derived another state, or this program knows other rules");
    finding.reason = Reason::STATE_ROOT_DIFFERS;
    return finding;
  }
  const auto set = ledger::voting_set(state_);
  const Digest next = set.epoch == voters_.epoch ? Digest{} : set.validators.digest();
  if (next != header.next_validators) {
    return block_finding(header.record_index().value, header, "next_validators", next.hex(),
                         header.next_validators.hex(),
                         "the nodes that signed the checkpoint decided another set than the events before the record");
  }
  voters_ = set;
  return std::nullopt;
}

std::map<std::string, std::uint64_t> Replay::certificates() const {
  std::map<std::string, std::uint64_t> counts;
  const auto& values = state_.values();
  for (auto at = values.lower_bound(kCertificatePrefix);
       at != values.end() && at->first.starts_with(kCertificatePrefix); ++at) {
    v1::CertificateRecord record;
    if (record.ParseFromString(at->second)) {
      const auto json = message_to_json(record);
      const auto* state = json.if_contains("state");
      ++counts[state == nullptr ? "unspecified" : json_text(*state)];
    }
  }
  return counts;
}

}  // namespace kimberlite::cli
