#include "tests/simulation/blocks.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/simulation/random.h"

namespace kimberlite::simulation {

namespace {

std::uint64_t head(const Digest& digest) {
  std::uint64_t word = 0;
  std::memcpy(&word, digest.bytes.data(), sizeof word);
  return word;
}

}  // namespace

Epoch epoch_after(const ModelBlock& block) {
  return Epoch{block.epoch.value + (block.closes ? 1 : 0)};
}

Blocks::Blocks(const Digest& genesis) : genesis_(genesis) {
  blocks_.emplace(genesis, ModelBlock{{genesis, {}, Height{0}, View{0}, true}, Epoch{0}, true, {}, true});
}

const ModelBlock& Blocks::make(const consensus::BlockRef& parent, View view, std::vector<EventId> events,
                               std::uint64_t salt, bool valid) {
  std::uint64_t hash = mix(head(parent.digest), view.value);
  hash = mix(hash, salt);
  for (const EventId event : events) hash = mix(hash, event);
  hash = mix(hash, valid ? 1 : 0);
  Digest digest;
  for (std::size_t word = 0; word < 4; ++word) {
    const std::uint64_t part = mix(hash, word);
    std::memcpy(digest.bytes.data() + word * sizeof part, &part, sizeof part);
  }
  const bool closes = std::ranges::any_of(events, [](EventId event) { return (event & kChangesValidators) != 0; });
  const consensus::BlockRef ref{digest, parent.digest, Height{parent.height.value + 1}, view,
                                closes && !hides_closing_};
  return blocks_
      .emplace(digest, ModelBlock{ref, epoch_after(blocks_.at(parent.digest)), closes, std::move(events), valid})
      .first->second;
}

}  // namespace kimberlite::simulation
