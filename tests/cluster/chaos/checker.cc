// The promises, one function each: see checker.h.
#include "tests/cluster/chaos/checker.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "proto/merkle_log.h"

namespace kimberlite::chaos {
namespace {

struct Place {
  std::uint64_t height{};
  std::uint64_t log_index{};
};

class Judge {
 public:
  Judge(const History& history, const std::vector<NodeLog>& logs) : history_(history), logs_(logs) {
    for (const auto& log : logs) {
      if (longest_ == nullptr || log.leaves.size() > longest_->leaves.size()) longest_ = &log;
    }
    if (longest_ == nullptr) return;
    for (std::size_t i = 0; i < longest_->leaves.size(); ++i) {
      const auto& leaf = longest_->leaves[i];
      if (leaf.envelope) places_.emplace(*leaf.envelope, Place{leaf.height, i});
    }
  }

  Verdict run() && {
    logs_are_prefixes();
    events_are_once();
    events_were_submitted();
    finality_is_true();
    nothing_is_refused();
    reads_are_not_stale();
    order_follows_time();
    roots_are_true();
    heights_do_not_sink();
    nobody_honest_is_accused();
    return std::move(verdict_);
  }

 private:
  void found(Violation violation, const std::string& sentence) {
    ++verdict_.counts[violation];
    if (verdict_.sentences.size() < kSentencesMax) {
      verdict_.sentences.push_back(std::string(violation_name(violation)) + ": " + sentence);
    }
  }

  [[nodiscard]] std::string name(std::size_t node) const {
    return node < logs_.size() ? logs_[node].node : "node " + std::to_string(node);
  }

  void logs_are_prefixes() {
    for (const auto& log : logs_) {
      for (std::size_t i = 0; i < log.leaves.size(); ++i) {
        if (log.leaves[i].hash == longest_->leaves[i].hash) continue;
        found(Violation::kFork, log.node + " and " + longest_->node + " differ from leaf " + std::to_string(i) + " on");
        break;
      }
    }
  }

  void events_are_once() {
    for (const auto& log : logs_) {
      std::unordered_set<Digest, DigestHash> seen;
      for (std::size_t i = 0; i < log.leaves.size(); ++i) {
        const auto& id = log.leaves[i].envelope;
        if (id && !seen.insert(*id).second) {
          found(Violation::kDoubledEvent, id->hex() + " again at " + std::to_string(i) + " of " + log.node);
        }
      }
    }
  }

  void events_were_submitted() {
    std::unordered_set<Digest, DigestHash> submitted;
    for (const auto& call : history_.envelopes) {
      if (call.question == Question::kSubmit) submitted.insert(call.id);
    }
    for (const auto& [id, place] : places_) {
      if (!submitted.contains(id)) {
        found(Violation::kInventedEvent, id.hex() + " at " + std::to_string(place.log_index));
      }
    }
  }

  void finality_is_true() {
    std::unordered_set<Digest, DigestHash> lost;
    for (const auto& call : history_.envelopes) {
      if (call.answer != Answer::kFinal) continue;
      const auto place = places_.find(call.id);
      if (place == places_.end()) {
        if (lost.insert(call.id).second)
          found(Violation::kLostEvent, call.id.hex() + ", final at " + name(call.call.node));
        continue;
      }
      if (call.question == Question::kState) continue;
      if (call.height == place->second.height && call.log_index == place->second.log_index) continue;
      found(Violation::kFalseFinality, name(call.call.node) + " says that " + call.id.hex() + " is at height " +
                                           std::to_string(call.height) + ", index " + std::to_string(call.log_index) +
                                           "; it is at " + std::to_string(place->second.height) + ", " +
                                           std::to_string(place->second.log_index));
    }
  }

  void nothing_is_refused() {
    for (const auto& call : history_.envelopes) {
      if (call.answer != Answer::kRefused) continue;
      found(Violation::kRefused, name(call.call.node) + " refused " + call.id.hex() + ": " + call.reason);
    }
  }

  // A node answers from what is final there. What it has shown once it may not deny in the same life.
  void reads_are_not_stale() {
    std::map<std::pair<std::size_t, Life>, std::unordered_map<Digest, std::int64_t, DigestHash>> shown;
    for (const auto& call : history_.envelopes) {
      if (call.answer != Answer::kFinal || call.call.life == kBetweenLives) continue;
      auto& since = shown[{call.call.node, call.call.life}].try_emplace(call.id, call.call.answered_us).first->second;
      since = std::min(since, call.call.answered_us);
    }
    for (const auto& call : history_.envelopes) {
      if (call.answer != Answer::kPending && call.answer != Answer::kUnknown) continue;
      const auto known = shown.find({call.call.node, call.call.life});
      if (known == shown.end()) continue;
      const auto since = known->second.find(call.id);
      if (since == known->second.end() || since->second >= call.call.invoked_us) continue;
      found(Violation::kStaleRead, name(call.call.node) + " denies " + call.id.hex() + " " +
                                       std::to_string((call.call.invoked_us - since->second) / 1000) +
                                       " ms after it showed it as final");
    }
  }

  // Who submits after an answer "final" stands behind what was answered: the log is one linear history.
  void order_follows_time() {
    std::unordered_map<Digest, std::int64_t, DigestHash> first_invoked;
    std::vector<std::pair<std::int64_t, std::uint64_t>> answered;  // time, index in the log
    for (const auto& call : history_.envelopes) {
      if (call.question == Question::kState) continue;
      if (call.question == Question::kSubmit) {
        auto& first = first_invoked.try_emplace(call.id, call.call.invoked_us).first->second;
        first = std::min(first, call.call.invoked_us);
      }
      const auto place = places_.find(call.id);
      if (call.answer == Answer::kFinal && place != places_.end()) {
        answered.emplace_back(call.call.answered_us, place->second.log_index);
      }
    }
    std::ranges::sort(answered);
    std::vector<std::pair<std::int64_t, Digest>> invoked;
    for (const auto& [id, time] : first_invoked) {
      if (places_.contains(id)) invoked.emplace_back(time, id);
    }
    std::ranges::sort(invoked);
    std::size_t next = 0;
    std::uint64_t behind = 0;  // indices below this were known before
    for (const auto& [time, id] : invoked) {
      for (; next < answered.size() && answered[next].first < time; ++next) {
        behind = std::max(behind, answered[next].second + 1);
      }
      const auto index = places_.at(id).log_index;
      if (index >= behind) continue;
      found(Violation::kOutOfOrder, id.hex() + " stands at " + std::to_string(index) + " although " +
                                        std::to_string(behind - 1) + " was final before it was first submitted");
    }
  }

  void roots_are_true() {
    std::map<std::uint64_t, std::vector<const StatusCall*>> by_size;
    for (const auto& call : history_.statuses) by_size[call.log_size].push_back(&call);
    CompactRange range;
    std::size_t leaf = 0;
    for (const auto& [size, calls] : by_size) {
      const std::size_t known = longest_ == nullptr ? 0 : longest_->leaves.size();
      while (leaf < size && leaf < known) range.append(longest_->leaves[leaf++].hash);
      const Digest root = range.size().value == 0 ? empty_log_root() : range.root();
      for (const auto* call : calls) {
        if (size <= known && call->log_root == root) continue;
        found(Violation::kFalseRoot, name(call->call.node) + " at size " + std::to_string(size) + ": " +
                                         call->log_root.hex() + "; the log has " +
                                         (size <= known ? root.hex() : "only " + std::to_string(known) + " leaves"));
      }
    }
  }

  void heights_do_not_sink() {
    std::map<std::pair<std::size_t, Life>, std::vector<const StatusCall*>> lives;
    for (const auto& call : history_.statuses) {
      if (call.call.life != kBetweenLives) lives[{call.call.node, call.call.life}].push_back(&call);
    }
    for (auto& [life, calls] : lives) {
      auto by_answer = calls;
      std::ranges::sort(calls, {}, [](const auto* call) { return call->call.invoked_us; });
      std::ranges::sort(by_answer, {}, [](const auto* call) { return call->call.answered_us; });
      std::size_t next = 0;
      std::uint64_t highest = 0;
      for (const auto* call : calls) {
        for (; by_answer[next]->call.answered_us < call->call.invoked_us; ++next) {
          highest = std::max(highest, by_answer[next]->final_height);
        }
        if (call->final_height >= highest) continue;
        found(Violation::kBackwards, name(life.first) + " was at height " + std::to_string(highest) + " and says " +
                                         std::to_string(call->final_height) + " later");
      }
    }
  }

  void nobody_honest_is_accused() {
    std::set<std::pair<std::size_t, PublicKey>> told;
    for (const auto& call : history_.statuses) {
      for (const auto& key : call.accused) {
        const auto excused = history_.excused.find(key);
        if (excused != history_.excused.end() && excused->second <= call.call.answered_us) continue;
        if (!told.emplace(call.call.node, key).second) continue;
        found(Violation::kEvidence, name(call.call.node) + " keeps conflicting votes of " + key.hex());
      }
    }
  }

  const History& history_;
  const std::vector<NodeLog>& logs_;
  const NodeLog* longest_ = nullptr;
  std::unordered_map<Digest, Place, DigestHash> places_;
  Verdict verdict_;
};

constexpr std::array<std::string_view, 11> kNames = {"lost_event",     "doubled_event", "invented_event", "fork",
                                                     "false_finality", "false_root",    "stale_read",     "backwards",
                                                     "out_of_order",   "refused",       "evidence"};

}  // namespace

std::string_view violation_name(Violation violation) {
  return kNames.at(static_cast<std::size_t>(violation));
}

std::uint64_t Verdict::total() const {
  std::uint64_t sum = 0;
  for (const auto& [violation, count] : counts) sum += count;
  return sum;
}

Verdict check(const History& history, const std::vector<NodeLog>& logs) {
  return Judge(history, logs).run();
}

}  // namespace kimberlite::chaos
