// Opening a store: every inconsistent pair that can be told from a sound one without reading everything, as a table of
// cases. Each row has a test in tests/unit/storage/open_test.cc.
#include <rocksdb/env.h>

#include <array>
#include <system_error>
#include <utility>

#include "proto/assert.h"
#include "storage/internal/database_store.h"
#include "storage/internal/genesis_batch.h"

namespace kimberlite::storage {
namespace {

// What the checks look at.
struct Opened {
  const StoreOptions& options;
  const Database& database;
  const TipRecord& record;
  const DatabaseSnapshot& snapshot;

  [[nodiscard]] const Tip& tip() const { return record.tip; }
  [[nodiscard]] std::uint64_t size() const { return record.tip.log_size.value; }
  [[nodiscard]] bool at_genesis() const { return record.tip.height.value == 0; }
};

// A row: what is wrong with the store when `holds` says false.
struct Case {
  Family family;
  std::string_view wrong;
  Result<bool> (*holds)(const Opened& opened);
};

Result<bool> has_key(const Opened& opened, Family family, std::string_view key) {
  const Result<std::optional<std::string>> value = opened.snapshot.read(family, key);
  if (!value) return std::unexpected(value.error());
  return value->has_value();
}

// The record leaf of a height, by way of the block index; empty if index or leaf is missing.
Result<std::string> record_at(const Opened& opened, Height height) {
  const Result<std::optional<LogIndex>> index = opened.snapshot.record_index(height);
  if (!index) return std::unexpected(index.error());
  if (!*index) return std::string();
  const Result<std::optional<std::string>> leaf = opened.snapshot.read(Family::kLeaves, encode_number((*index)->value));
  if (!leaf) return std::unexpected(leaf.error());
  return leaf->value_or("");
}

Result<bool> genesis_is_empty(const Opened& opened) {
  const Tip& tip = opened.tip();
  if (!opened.at_genesis()) return tip.log_size.value > 0;
  return tip.log_size.value == 0 && tip.block == opened.options.chain_id && tip.view.value == 0 &&
         tip.state_root == genesis_overlay(opened.options.genesis_state)->state_root();
}

Result<bool> last_leaf_is_there(const Opened& opened) {
  if (opened.at_genesis()) return true;
  return has_key(opened, Family::kLeaves, encode_number(opened.size() - 1));
}

Result<bool> no_leaf_after_the_tip(const Opened& opened) {
  const Result<bool> found = has_key(opened, Family::kLeaves, encode_number(opened.size()));
  if (!found) return found;
  return !*found;
}

Result<bool> last_leaf_is_the_tips_record(const Opened& opened) {
  if (opened.at_genesis()) return true;
  const Result<std::optional<std::string>> leaf =
      opened.snapshot.read(Family::kLeaves, encode_number(opened.size() - 1));
  if (!leaf) return std::unexpected(leaf.error());
  const Result<BlockHeader> header = decode_block_leaf(leaf->value_or(""));
  const Tip& tip = opened.tip();
  return header && block_digest(**leaf) == tip.block && header->chain_id == opened.options.chain_id &&
         header->height == tip.height && header->view == tip.view && header->time_ms == tip.block_time_ms &&
         header->log_size() == tip.log_size && header->state_root == tip.state_root;
}

Result<bool> tiles_have_the_tips_root(const Opened& opened) {
  const Result<Digest> root = log_root(opened.tip().log_size, [&opened](unsigned level, std::uint64_t index) {
    return opened.snapshot.log_node(level, index);
  });
  if (!root) return std::unexpected(root.error());
  return *root == opened.tip().log_root;
}

Result<bool> record_names_the_log_before_it(const Opened& opened) {
  if (opened.at_genesis()) return true;
  const Result<std::string> leaf = record_at(opened, opened.tip().height);
  if (!leaf) return std::unexpected(leaf.error());
  const Result<BlockHeader> header = decode_block_leaf(*leaf);
  const Result<Digest> root = log_root(LogSize{opened.size() - 1}, [&opened](unsigned level, std::uint64_t index) {
    return opened.snapshot.log_node(level, index);
  });
  if (!root) return std::unexpected(root.error());
  return header && header->events_root == *root;
}

Result<bool> no_hash_after_the_tip(const Opened& opened) {
  for (unsigned level = 0; level < 64 / kTileBits; ++level) {
    const Result<bool> found = has_key(opened, Family::kTiles, tile_key(level, opened.size() >> (kTileBits * level)));
    if (!found) return found;
    if (*found) return false;
  }
  return true;
}

Result<bool> block_index_has_the_tip(const Opened& opened) {
  if (opened.at_genesis()) return true;
  const Result<std::optional<std::string>> index =
      opened.snapshot.read(Family::kBlocks, height_key(opened.tip().height));
  if (!index) return std::unexpected(index.error());
  const Result<std::optional<std::string>> height =
      opened.snapshot.read(Family::kBlocks, digest_key(opened.tip().block));
  if (!height) return std::unexpected(height.error());
  return *index == encode_number(opened.size() - 1) && *height == encode_number(opened.tip().height.value);
}

Result<bool> no_block_after_the_tip(const Opened& opened) {
  const Result<bool> found = has_key(opened, Family::kBlocks, height_key(Height{opened.tip().height.value + 1}));
  if (!found) return found;
  return !*found;
}

Result<bool> parent_is_there(const Opened& opened) {
  if (opened.at_genesis()) return true;
  const Result<std::string> leaf = record_at(opened, opened.tip().height);
  if (!leaf) return std::unexpected(leaf.error());
  const Result<BlockHeader> header = decode_block_leaf(*leaf);
  if (!header) return false;
  if (opened.tip().height.value == 1) return header->parent == opened.options.chain_id;
  const Result<std::string> parent = record_at(opened, Height{opened.tip().height.value - 1});
  if (!parent) return std::unexpected(parent.error());
  return !parent->empty() && block_digest(*parent) == header->parent;
}

Result<bool> map_has_the_tips_root(const Opened& opened) {
  const Result<MapPagePtr> page = opened.snapshot.read_page(MapPageId{});
  if (!page) return std::unexpected(page.error());
  return (*page ? (*page)->hash() : Digest{}) == opened.tip().state_root;
}

Result<bool> finalization_is_there(const Opened& opened) {
  const Result<bool> found = has_key(opened, Family::kCertificates, kFinalizationKey);
  if (!found) return found;
  return *found != opened.at_genesis();
}

Result<bool> body_keys_are_sound(const Opened& opened) {
  const std::unique_ptr<rocksdb::Iterator> items(
      opened.database.rocks().NewIterator({}, opened.database.family(Family::kBodies)));
  for (items->SeekToFirst(); items->Valid(); items->Next()) {
    if (!decode_body_key(view(items->key()))) return false;
  }
  if (!items->status().ok()) return database_error(items->status(), "bodies");
  return true;
}

constexpr std::array kCases = {
    Case{Family::kMeta,
         "the tip does not agree with its height: an empty log and the genesis state at height 0, leaves above",
         genesis_is_empty},
    Case{Family::kLeaves, "the tip's last leaf is missing", last_leaf_is_there},
    Case{Family::kLeaves, "there is a leaf after the tip", no_leaf_after_the_tip},
    Case{Family::kLeaves, "the last leaf is not the record that the tip was written from",
         last_leaf_is_the_tips_record},
    Case{Family::kBlocks, "the block index does not lead to the tip", block_index_has_the_tip},
    Case{Family::kBlocks, "there is a block after the tip", no_block_after_the_tip},
    Case{Family::kBlocks, "the tip's parent is missing or another", parent_is_there},
    Case{Family::kTiles, "the stored hashes do not lead to the tip's log root", tiles_have_the_tips_root},
    Case{Family::kTiles, "the stored hashes do not lead to the events root in the tip's record",
         record_names_the_log_before_it},
    Case{Family::kTiles, "there is a hash after the tip", no_hash_after_the_tip},
    Case{Family::kMap, "the map does not have the tip's state root", map_has_the_tips_root},
    Case{Family::kCertificates, "a finalization belongs to every tip but genesis", finalization_is_there},
    Case{Family::kBodies, "the key of a body is not its height and digest", body_keys_are_sound},
};

std::string name_of(Family family) {
  return std::string(kFamilyNames[static_cast<std::size_t>(family)]);
}

Result<void> check_content(const Opened& opened) {
  for (const Case& row : kCases) {
    const Result<bool> holds = row.holds(opened);
    if (!holds) return std::unexpected(holds.error());
    if (!*holds) return fail(Reason::STORE_CORRUPT, name_of(row.family), std::string(row.wrong));
  }
  return {};
}

// The format of a store that exists; nullopt if the record is missing.
Result<std::optional<std::uint32_t>> read_format(const Database& database) {
  const Result<std::optional<std::string>> bytes = database.get({}, Family::kMeta, kFormatKey);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<std::uint32_t>();
  const std::optional<std::uint32_t> format = decode_format(**bytes);
  if (!format || *format == 0) return fail(Reason::STORE_CORRUPT, "default", "the format record is not a format");
  if (*format > kStoreFormat) {
    return fail(Reason::STORE_NEWER_FORMAT, "default",
                "the store has format " + std::to_string(*format) + ", this release knows formats up to " +
                    std::to_string(kStoreFormat));
  }
  return format;
}

// A store without a format record is one whose creation was cut short: then it holds nothing at all.
Result<void> check_holds_nothing(const Database& database) {
  for (std::size_t index = 0; index < kFamilies; ++index) {
    const auto family = static_cast<Family>(index);
    if (!database.has(family)) continue;
    const Result<bool> empty = database.is_empty(family);
    if (!empty) return std::unexpected(empty.error());
    if (!*empty) return fail(Reason::STORE_CORRUPT, name_of(family), "there is data, but no format record");
  }
  return {};
}

Result<TipRecord> read_tip(const Database& database, const Digest& chain_id) {
  const Result<std::optional<std::string>> chain = database.get({}, Family::kMeta, kChainIdKey);
  if (!chain) return std::unexpected(chain.error());
  const std::optional<Digest> stored = Digest::from_bytes(chain->value_or(""));
  if (!stored) return fail(Reason::STORE_CORRUPT, "default", "the chain id is missing or damaged");
  if (*stored != chain_id) {
    return fail(Reason::STORE_OTHER_NETWORK, "default",
                "the store belongs to the network " + stored->hex() + ", expected " + chain_id.hex());
  }
  const Result<std::optional<std::string>> tip = database.get({}, Family::kMeta, kTipKey);
  if (!tip) return std::unexpected(tip.error());
  std::optional<TipRecord> record = decode_tip(tip->value_or(""));
  if (!record) return fail(Reason::STORE_CORRUPT, "default", "the tip is missing or damaged");
  return std::move(*record);
}

Result<std::shared_ptr<Database>> open_or_create(const StoreOptions& options, rocksdb::Env& env) {
  const Result<Database::Contents> contents = Database::inspect(options.directory, env);
  if (!contents) return std::unexpected(contents.error());
  if (contents->files_without_current) {
    return fail(Reason::STORE_CORRUPT, options.directory.string(), "there are tables or logs, but no CURRENT file");
  }
  if (contents->exists) {
    Result<std::shared_ptr<Database>> database = Database::open(options.directory, env, false);
    if (!database) return database;
    const Result<std::optional<std::uint32_t>> format = read_format(**database);
    if (!format) return std::unexpected(format.error());
    if (*format) {
      if (contents->unknown_family) {
        return fail(Reason::STORE_CORRUPT, options.directory.string(), "there is a column family that no format has");
      }
      if (contents->family_missing) {
        return fail(Reason::STORE_CORRUPT, options.directory.string(), "a column family of this format is missing");
      }
      return database;
    }
    if (const Result<void> nothing = check_holds_nothing(**database); !nothing) {
      return std::unexpected(nothing.error());
    }
  }
  Result<std::shared_ptr<Database>> database = Database::open(options.directory, env, true);
  if (!database) return database;
  if (const Result<void> written = write_genesis(**database, options); !written) {
    return std::unexpected(written.error());
  }
  return database;
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const StoreOptions& options, rocksdb::Env& env) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) return fail(Reason::STORE_IO, options.directory.string(), "cannot be created: " + error.message());

  if (auto room = check_room(options.directory, env); !room) return std::unexpected(room.error());
  const Result<std::shared_ptr<Database>> database = open_or_create(options, env);
  if (!database) return std::unexpected(database.error());
  Result<TipRecord> record = read_tip(**database, options.chain_id);
  if (!record) return std::unexpected(record.error());
  const DatabaseSnapshot snapshot(*database, std::make_shared<PageCache>(record->tip.height), *record);
  if (const Result<void> sound = check_content({options, **database, *record, snapshot}); !sound) {
    return std::unexpected(sound.error());
  }
  return std::make_unique<DatabaseStore>(options.directory, options.chain_id, *database, std::move(*record));
}

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
  return open_store(options, *rocksdb::Env::Default());
}

}  // namespace kimberlite::storage
