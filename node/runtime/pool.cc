#include "node/runtime/pool.h"

#include <algorithm>
#include <utility>

#include "kimberlite/v1/envelope.pb.h"

namespace kimberlite::runtime {

Pool::Added Pool::add(EnvelopePtr envelope, Height checked_at, std::optional<std::size_t> untried_from, bool needed) {
  const Digest id = envelope->id();
  if (by_id_.contains(id)) return Added::kKnown;
  const std::size_t size = envelope->signed_bytes().size();
  if (!fits(size, needed) || (!needed && has_its_share(*envelope))) return Added::kFull;
  auto& share = of_participant_[envelope->envelope().participant()];
  ++share.envelopes;
  share.bytes += size;
  const std::uint64_t arrival = ++arrivals_;
  entries_.push_back({std::move(envelope), checked_at, arrival, untried_from, needed});
  const auto entry = std::prev(entries_.end());
  by_id_.emplace(id, entry);
  bytes_ += size;
  if (untried_from) {
    untried_by_arrival_.emplace(arrival, entry);
    untried_bytes_ += size;
  } else {
    ++work_;
  }
  return Added::kNew;
}

bool Pool::fits(std::size_t bytes, bool needed) const {
  return entries_.size() < envelopes_max_ + (needed ? kNeededEnvelopesMax : 0) &&
         bytes_ + bytes <= kPoolBytesMax + (needed ? kNeededBytesMax : 0);
}

// Otherwise one that sends without end would leave no room for anybody.
bool Pool::has_its_share(const OpenedEnvelope& envelope) const {
  if (entries_.size() < envelopes_max_ / 2 && bytes_ < kPoolBytesMax / 2) return false;
  const auto share = of_participant_.find(envelope.envelope().participant());
  return share != of_participant_.end() &&
         (share->second.envelopes >= envelopes_max_ / 4 || share->second.bytes >= kPoolBytesMax / 4);
}

void Pool::make_room_for(const std::set<Digest>& wanted) {
  if (wanted.empty() || fits(0, false)) return;
  std::vector<Digest> left;
  for (const Entry& entry : entries_) {
    const Digest& id = entry.envelope->id();
    if ((entry.needed || entry.doubted_from) && !entry.decided && !wanted.contains(id)) left.push_back(id);
  }
  for (const Digest& id : left) remove(id);
}

EnvelopePtr Pool::find(const Digest& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second->envelope;
}

void Pool::remove(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  const auto entry = it->second;
  if (entry->is_work()) --work_;
  end_trial(*entry);
  end_doubt(*entry);
  const std::size_t size = entry->envelope->signed_bytes().size();
  bytes_ -= size;
  const auto share = of_participant_.find(entry->envelope->envelope().participant());
  share->second.bytes -= size;
  if (--share->second.envelopes == 0) of_participant_.erase(share);
  entries_.erase(entry);
  by_id_.erase(it);
}

std::optional<Pool::Untried> Pool::next_untried() const {
  if (untried_by_arrival_.empty()) return std::nullopt;
  const Entry& oldest = *untried_by_arrival_.begin()->second;
  return Untried{oldest.envelope, *oldest.untried_from, oldest.needed};
}

void Pool::trust(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  update(*it->second, [this](Entry& entry) {
    end_trial(entry);
    end_doubt(entry);
    entry.blocked = false;
  });
}

void Pool::block(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  update(*it->second, [this](Entry& entry) {
    end_trial(entry);
    entry.blocked = true;
  });
}

void Pool::doubt(const Digest& id, std::size_t peer) {
  block(id);
  const auto it = by_id_.find(id);
  if (it == by_id_.end() || it->second->doubted_from) return;
  it->second->doubted_from = peer;
  ++doubted_[peer];
}

std::size_t Pool::doubted(std::size_t peer) const {
  const auto it = doubted_.find(peer);
  return it == doubted_.end() ? 0 : it->second;
}

void Pool::decide(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  update(*it->second, [this](Entry& entry) {
    end_trial(entry);
    entry.decided = true;
  });
}

template <typename Change>
void Pool::update(Entry& entry, Change change) {
  if (entry.is_work()) --work_;
  change(entry);
  if (entry.is_work()) ++work_;
}

void Pool::end_trial(Entry& entry) {
  if (!entry.untried_from) return;
  entry.untried_from.reset();
  untried_by_arrival_.erase(entry.arrival);
  untried_bytes_ -= entry.envelope->signed_bytes().size();
}

void Pool::end_doubt(Entry& entry) {
  if (!entry.doubted_from) return;
  const auto it = doubted_.find(*std::exchange(entry.doubted_from, std::nullopt));
  if (--it->second == 0) doubted_.erase(it);
}

std::vector<EnvelopePtr> Pool::on_final(Height height) {
  std::vector<Entry*> stale;
  std::vector<Entry*> waiting;
  for (auto& entry : entries_) {
    if (entry.decided) continue;
    // One that a leader refused is tried at once, so that its submitter has its answer; others have had their chance
    // in the block that follows their arrival, and are looked at again only when two blocks went by without them.
    if (entry.blocked) {
      stale.push_back(&entry);
    } else if (entry.checked_at.value + 2 <= height.value) {
      waiting.push_back(&entry);
    }
  }
  if (waiting.size() > kRetriedMax) {
    const auto longest = [](const Entry* entry) { return std::pair(entry->checked_at, entry->arrival); };
    std::ranges::nth_element(waiting, waiting.begin() + kRetriedMax, {}, longest);
    waiting.resize(kRetriedMax);
  }
  stale.insert(stale.end(), waiting.begin(), waiting.end());
  std::ranges::sort(stale, {}, &Entry::arrival);
  std::vector<EnvelopePtr> envelopes;
  for (Entry* entry : stale) {
    entry->checked_at = height;
    envelopes.push_back(entry->envelope);
  }
  return envelopes;
}

std::vector<EnvelopePtr> Pool::in_order(std::size_t count) const {
  std::vector<EnvelopePtr> all;
  for (const auto& entry : entries_) {
    if (all.size() == count) break;
    if (!entry.decided) all.push_back(entry.envelope);
  }
  return all;
}

std::vector<EnvelopePtr> Pool::candidates() const {
  auto all = workable(entries_.size());
  for (const auto& entry : entries_)
    if (entry.blocked && !entry.decided) all.push_back(entry.envelope);
  return all;
}

std::vector<EnvelopePtr> Pool::workable(std::size_t count) const {
  std::vector<EnvelopePtr> all;
  for (const auto& entry : entries_) {
    if (all.size() == count) break;
    if (!entry.blocked && !entry.decided) all.push_back(entry.envelope);
  }
  return all;
}

}  // namespace kimberlite::runtime
