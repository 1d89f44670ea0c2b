// Fuzzes what a node that joins by a snapshot takes from strangers: the manifest and the items of a chunk, as bytes and
// spoilt from sound ones. Nothing but the true items of a chunk may pass.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proto/assert.h"
#include "storage/state_chunks.h"
#include "storage/state_overlay.h"
#include "storage/state_snapshot.h"
#include "tests/fuzz/edits.h"

namespace {

using namespace kimberlite;
using namespace kimberlite::storage;

constexpr unsigned kDepth = 1;

class Nothing final : public StateSource {
 public:
  [[nodiscard]] std::optional<std::string> get(std::string_view) const override { return std::nullopt; }
  [[nodiscard]] MapPagePtr page(const MapPageId&) const override { return nullptr; }
  [[nodiscard]] Digest state_root() const override { return {}; }
};

struct Sample {
  Digest root;
  std::vector<std::string> top;
  std::vector<StateItem> items;  // of the chunk below
  std::uint32_t chunk{};
};

Sample make_sample() {
  StateOverlay state(std::make_shared<Nothing>());
  std::array<std::vector<StateItem>, chunk_count(kDepth)> chunks;
  for (int i = 0; i < 40; ++i) {
    const StateItem item{"key/" + std::to_string(i), "value " + std::to_string(i)};
    state.apply({{item.key, item.value}});
    chunks[chunk_of(item.key, kDepth)].push_back(item);
  }
  state.seal();
  const auto top = ChunkTop::of(state, kDepth);
  std::uint32_t chunk = 0;
  while (chunks[chunk].size() < 2) ++chunk;
  std::ranges::sort(chunks[chunk], {}, &StateItem::key);
  return {state.state_root(), top.encode(), chunks[chunk], chunk};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sample sample = make_sample();
  if (size == 0) return 0;
  const std::string text = fuzz::text_of(data + 1, size - 1);
  if (data[0] % 3 == 0) {
    if (const auto manifest = decode_manifest(text))
      KIMBERLITE_ASSERT(encode_manifest(*manifest) == text, "what is read has one encoding");
    if (const auto items = decode_items(text))
      KIMBERLITE_ASSERT(encode_items(*items) == text, "what is read has one encoding");
    return 0;
  }
  if (data[0] % 3 == 1) {
    auto top = sample.top;
    top.front() = fuzz::edited(top.front(), data + 1, size - 1);
    const auto decoded = ChunkTop::decode(kDepth, sample.root, top);
    KIMBERLITE_ASSERT(!decoded || decoded->encode() == sample.top, "no other page has that hash");
    return 0;
  }
  const auto top = ChunkTop::decode(kDepth, sample.root, sample.top);
  KIMBERLITE_ASSERT(top, "the sample is sound");
  auto items = decode_items(fuzz::edited(encode_items(sample.items), data + 1, size - 1));
  if (!items) return 0;
  const bool passes = top->check(sample.chunk, *items).has_value();
  std::ranges::sort(*items, {}, &StateItem::key);
  KIMBERLITE_ASSERT(passes == (encode_items(*items) == encode_items(sample.items)),
                    "the true items pass, and no others");
  return 0;
}
