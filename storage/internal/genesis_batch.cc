#include "storage/internal/genesis_batch.h"

#include <rocksdb/options.h>

#include "storage/internal/block_batch.h"
#include "storage/internal/records.h"

namespace kimberlite::storage {
namespace {

class EmptyState final : public StateSource {
 public:
  [[nodiscard]] std::optional<std::string> get(std::string_view /*key*/) const override { return std::nullopt; }
  [[nodiscard]] MapPagePtr page(const MapPageId& /*id*/) const override { return nullptr; }
  [[nodiscard]] Digest state_root() const override { return {}; }
};

}  // namespace

std::shared_ptr<const StateOverlay> genesis_overlay(const StateChanges& genesis_state) {
  auto overlay = std::make_shared<StateOverlay>(std::make_shared<const EmptyState>());
  overlay->apply(genesis_state);
  overlay->seal();
  return overlay;
}

Result<void> write_genesis(const Database& database, const StoreOptions& options) {
  const std::shared_ptr<const StateOverlay> state = genesis_overlay(options.genesis_state);
  TipRecord record;
  record.tip.block = options.chain_id;
  record.tip.log_root = record.range.root();
  record.tip.state_root = state->state_root();

  BlockBatch batch(database, options.chain_id, record);
  batch.put(Family::kMeta, kFormatKey, encode_format(kStoreFormat));
  batch.put(Family::kMeta, kChainIdKey, options.chain_id.view());
  batch.put(Family::kMeta, kTipKey, encode_tip(record.tip, record.range));
  for (const auto& [key, value] : state->changes()) batch.put(Family::kState, key, value);
  for (const auto& [id, changed] : state->page_changes()) batch.put_page(id, changed);

  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status status = database.rocks().Write(synced, &batch.batch());
  if (!status.ok()) return database_error(status, options.directory.string());
  return {};
}

}  // namespace kimberlite::storage
