#include "storage/state_snapshot.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include "proto/assert.h"
#include "storage/internal/database.h"
#include "storage/internal/records.h"

namespace kimberlite::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestFile = "manifest";
constexpr std::string_view kUnfinished = ".new";
constexpr std::size_t kItemsPerRead = 1'000;
/// Beside each item's bytes its two lengths, and beside each file's the rest of its last block.
constexpr std::uint64_t kItemOverheadBytes = 16;
constexpr std::uint64_t kFileOverheadBytes = 4'096;
constexpr std::size_t kHeightDigits = 20;

void append_field(std::string& out, std::string_view bytes) {
  out += encode_number(bytes.size());
  out += bytes;
}

// Takes fields from the front.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::optional<std::string_view> take() {
    if (bytes_.size() < 8) return std::nullopt;
    const auto size = decode_number(bytes_.substr(0, 8));
    if (!size || *size > bytes_.size() - 8) return std::nullopt;
    const auto field = bytes_.substr(8, *size);
    bytes_.remove_prefix(8 + *size);
    return field;
  }

 private:
  std::string_view bytes_;
};

std::string file_name(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kHeightDigits - digits.size(), '0') + digits;
}

std::optional<std::string> read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

bool append_file(const fs::path& file, std::string_view bytes) {
  std::ofstream stream(file, std::ios::binary | std::ios::app);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.flush();  // a full disk may show only now
  return stream.good();
}

template <typename Visit>
void for_each_item(const Snapshot& state, const Visit& visit) {
  std::string after;
  while (true) {
    const auto items = state.list("", after, kItemsPerRead);
    for (const StateItem& item : items) visit(item);
    if (items.size() < kItemsPerRead) return;
    after = items.back().key;
  }
}

// Items by chunk, written to the chunks' files whenever too many wait.
class ChunkWriter {
 public:
  explicit ChunkWriter(fs::path folder) : folder_(std::move(folder)) {}

  void add(std::uint32_t chunk, const StateItem& item) {
    const std::string bytes = encode_items({&item, 1});
    bytes_ += bytes.size();
    waiting_[chunk] += bytes;
    if (bytes_ >= kTakeBufferBytes) flush();
  }
  /// False if anything could not be written.
  bool finish() {
    flush();
    return good_;
  }

 private:
  void flush() {
    for (const auto& [chunk, bytes] : waiting_) good_ = good_ && append_file(folder_ / file_name(chunk), bytes);
    waiting_.clear();
    bytes_ = 0;
  }

  fs::path folder_;
  std::map<std::uint32_t, std::string> waiting_;
  std::size_t bytes_{};
  bool good_ = true;
};

// Whole snapshots, newest first. Anything else in the folder is removed.
std::vector<fs::path> whole_ones(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == kUnfinished) {
      std::error_code ignored;
      fs::remove_all(entry.path(), ignored);
    } else {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found, std::greater());
  return found;
}

}  // namespace

std::string encode_manifest(const SnapshotManifest& manifest) {
  std::string out = encode_number(manifest.depth);
  append_field(out, manifest.record_leaf);
  append_field(out, manifest.finalization);
  for (const auto& page : manifest.top) append_field(out, page);
  return out;
}

std::optional<SnapshotManifest> decode_manifest(std::string_view bytes) {
  SnapshotManifest manifest;
  const auto depth = decode_number(bytes.substr(0, 8));
  if (!depth || *depth > kChunkDepthMax) return std::nullopt;
  manifest.depth = static_cast<unsigned>(*depth);
  Fields fields(bytes.substr(8));
  const auto record = fields.take();
  const auto finalization = fields.take();
  if (!record || !finalization) return std::nullopt;
  manifest.record_leaf = *record;
  manifest.finalization = *finalization;
  while (!fields.empty()) {
    const auto page = fields.take();
    if (!page) return std::nullopt;
    manifest.top.emplace_back(*page);
  }
  return manifest;
}

std::string encode_items(std::span<const StateItem> items) {
  std::string out;
  for (const StateItem& item : items) {
    append_field(out, item.key);
    append_field(out, item.value);
  }
  return out;
}

std::optional<std::vector<StateItem>> decode_items(std::string_view bytes) {
  std::vector<StateItem> items;
  Fields fields(bytes);
  while (!fields.empty()) {
    const auto key = fields.take();
    const auto value = key ? fields.take() : std::nullopt;
    if (!value) return std::nullopt;
    items.push_back({std::string(*key), std::string(*value)});
  }
  return items;
}

StateSnapshot::StateSnapshot(fs::path folder, SnapshotManifest manifest, BlockHeader header, ChunkTop top)
    : folder_(std::move(folder)), manifest_(std::move(manifest)), header_(std::move(header)), top_(std::move(top)) {}

Result<std::shared_ptr<const StateSnapshot>> StateSnapshot::take(const fs::path& folder, const Snapshot& state,
                                                                 std::string finalization, std::size_t aim) {
  const auto record = state.record_leaf(state.tip().height);
  KIMBERLITE_ASSERT(record, "a snapshot is taken of a final block");
  std::uint64_t bytes = 0;
  std::uint64_t overhead = 0;
  for_each_item(state, [&](const StateItem& item) {
    bytes += item.key.size() + item.value.size();
    overhead += kItemOverheadBytes;
  });
  const unsigned depth = chunk_depth(bytes, aim);
  overhead += chunk_count(depth) * kFileOverheadBytes;
  std::error_code error;
  fs::create_directories(folder, error);
  const auto room = fs::space(folder, error);
  if (error || room.available < bytes + overhead + kFreeBytesMin)
    return fail(Reason::STORE_IO, folder.string(),
                "no room for " + std::to_string(bytes + overhead) + " bytes beside the store's");

  const auto older = whole_ones(folder);
  const fs::path whole = folder / file_name(state.tip().height.value);
  const fs::path unfinished = whole.string() + std::string(kUnfinished);
  fs::remove_all(unfinished, error);
  if (!fs::create_directories(unfinished, error))
    return fail(Reason::STORE_IO, unfinished.string(), "cannot be created: " + error.message());
  ChunkWriter writer(unfinished);
  for_each_item(state, [&](const StateItem& item) { writer.add(chunk_of(item.key, depth), item); });
  const SnapshotManifest manifest{*record, std::move(finalization), depth, ChunkTop::of(state, depth).encode()};
  if (!writer.finish() || !append_file(unfinished / kManifestFile, encode_manifest(manifest))) {
    fs::remove_all(unfinished, error);  // what it took is the store's again
    return fail(Reason::STORE_IO, unfinished.string(), "cannot be written");
  }
  fs::remove_all(whole, error);
  fs::rename(unfinished, whole, error);
  if (error) return fail(Reason::STORE_IO, whole.string(), error.message());
  for (const auto& one : older)
    if (one != whole) fs::remove_all(one, error);
  auto taken = open(whole);
  if (!taken) return fail(Reason::STORE_CORRUPT, whole.string(), "what was written cannot be read");
  return taken;
}

std::shared_ptr<const StateSnapshot> StateSnapshot::open(const fs::path& folder) {
  const auto bytes = read_file(folder / kManifestFile);
  auto manifest = bytes ? decode_manifest(*bytes) : std::nullopt;
  if (!manifest) return nullptr;
  auto header = decode_block_leaf(manifest->record_leaf);
  if (!header) return nullptr;
  auto top = ChunkTop::decode(manifest->depth, header->state_root, manifest->top);
  if (!top) return nullptr;
  return std::shared_ptr<const StateSnapshot>(
      new StateSnapshot(folder, *std::move(manifest), *std::move(header), *std::move(top)));
}

std::shared_ptr<const StateSnapshot> StateSnapshot::newest(const fs::path& folder) {
  for (const auto& one : whole_ones(folder))
    if (auto found = open(one)) return found;
  return nullptr;
}

Result<std::vector<StateItem>> StateSnapshot::chunk(std::uint32_t chunk) const {
  if (chunk >= chunk_count(manifest_.depth))
    return fail(Reason::FIELD_OUT_OF_RANGE, "chunk", "there are " + std::to_string(chunk_count(manifest_.depth)));
  // A chunk without items has no file.
  const fs::path file = folder_ / file_name(chunk);
  auto items = decode_items(read_file(file).value_or(std::string()));
  if (!items || !top_.check(chunk, *items)) return fail(Reason::STORE_CORRUPT, file.string(), "not what was written");
  return *std::move(items);
}

}  // namespace kimberlite::storage
