#include "node/runtime/pool.h"

#include <utility>

namespace kimberlite::runtime {

Pool::Added Pool::add(EnvelopePtr envelope, Height checked_at) {
  const Digest id = envelope->id();
  if (by_id_.contains(id)) return Added::kKnown;
  const std::size_t size = envelope->signed_bytes().size();
  if (entries_.size() >= envelopes_max_ || bytes_ + size > kPoolBytesMax) return Added::kFull;
  entries_.push_back({std::move(envelope), checked_at});
  ++workable_;
  by_id_.emplace(id, std::prev(entries_.end()));
  bytes_ += size;
  return Added::kNew;
}

EnvelopePtr Pool::find(const Digest& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second->envelope;
}

void Pool::remove(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  if (it->second->workable()) --workable_;
  bytes_ -= it->second->envelope->signed_bytes().size();
  entries_.erase(it->second);
  by_id_.erase(it);
}

void Pool::block(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it != by_id_.end()) set(*it->second, true, it->second->decided);
}

void Pool::decide(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it != by_id_.end()) set(*it->second, it->second->blocked, true);
}

void Pool::set(Entry& entry, bool blocked, bool decided) {
  if (entry.workable()) --workable_;
  entry.blocked = blocked;
  entry.decided = decided;
  if (entry.workable()) ++workable_;
}

std::vector<EnvelopePtr> Pool::on_final(Height height) {
  std::vector<EnvelopePtr> stale;
  for (auto& entry : entries_) {
    // One that a leader refused is tried at once, so that its submitter has its answer; others have had their chance
    // in the block that follows their arrival, and are looked at again only when two blocks went by without them.
    if (entry.decided) continue;
    if (entry.blocked || entry.checked_at.value + 2 <= height.value) {
      stale.push_back(entry.envelope);
      entry.checked_at = height;
    }
    set(entry, false, false);
  }
  return stale;
}

std::vector<EnvelopePtr> Pool::in_order(std::size_t count) const {
  std::vector<EnvelopePtr> all;
  for (const auto& entry : entries_) {
    if (all.size() == count) break;
    if (!entry.decided) all.push_back(entry.envelope);
  }
  return all;
}

std::vector<EnvelopePtr> Pool::workable(std::size_t count) const {
  std::vector<EnvelopePtr> all;
  for (const auto& entry : entries_) {
    if (all.size() == count) break;
    if (entry.workable()) all.push_back(entry.envelope);
  }
  return all;
}

}  // namespace kimberlite::runtime
