#include "node/runtime/pool.h"

#include <algorithm>
#include <utility>

namespace kimberlite::runtime {

Pool::Added Pool::add(EnvelopePtr envelope, Height checked_at, bool needed) {
  const Digest id = envelope->id();
  if (by_id_.contains(id)) return Added::kKnown;
  const std::size_t size = envelope->signed_bytes().size();
  while (needed && !fits(size, false) && !doubted_.empty()) drop_oldest_doubted();
  if (!fits(size, needed)) return Added::kFull;
  entries_.push_back({std::move(envelope), checked_at, false, false, std::nullopt});
  ++workable_;
  by_id_.emplace(id, std::prev(entries_.end()));
  bytes_ += size;
  return Added::kNew;
}

bool Pool::fits(std::size_t bytes, bool needed) const {
  return entries_.size() < envelopes_max_ + (needed ? kNeededEnvelopesMax : 0) &&
         bytes_ + bytes <= kPoolBytesMax + (needed ? kNeededBytesMax : 0);
}

void Pool::drop_oldest_doubted() {
  const auto oldest = std::ranges::find_if(entries_, [](const Entry& entry) { return entry.doubted_from.has_value(); });
  remove(Digest(oldest->envelope->id()));
}

EnvelopePtr Pool::find(const Digest& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second->envelope;
}

void Pool::remove(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  if (it->second->workable()) --workable_;
  trust(*it->second);
  bytes_ -= it->second->envelope->signed_bytes().size();
  entries_.erase(it->second);
  by_id_.erase(it);
}

void Pool::block(const Digest& id) {
  const auto it = by_id_.find(id);
  if (it != by_id_.end()) set(*it->second, true, it->second->decided);
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

void Pool::trust(Entry& entry) {
  if (!entry.doubted_from) return;
  const auto it = doubted_.find(*std::exchange(entry.doubted_from, std::nullopt));
  if (--it->second == 0) doubted_.erase(it);
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
    trust(entry);
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
