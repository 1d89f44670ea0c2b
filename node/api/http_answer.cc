#include "node/api/http_answer.h"

#include <limits>
#include <utility>

#include "kimberlite/v1/proof.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/api/epoch_links.h"
#include "node/api/tile_path.h"
#include "node/ledger/state_key.h"
#include "proto/strict.h"

namespace kimberlite::api {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kBytes = "application/octet-stream";
constexpr std::string_view kNever = "no-cache";
// Tiles never change: a partial one is the beginning of the full one, under a path of its own.
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

v1::NetworkRecord network_record(const storage::Snapshot& snapshot) {
  v1::NetworkRecord record;
  if (const auto value = snapshot.get(ledger::kNetworkKey)) record.ParseFromString(*value);
  return record;
}

HttpAnswer tile_answer(const HttpSources& sources, std::string_view path) {
  const auto tile = parse_tile_path(path);
  if (!tile) return plain_answer(400, "tile paths are /tile/<L>/<N>[.p/<W>] and /tile/entries/<N>[.p/<W>]");
  const auto snapshot = sources.snapshot();
  if (network_record(*snapshot).log_readers() != v1::LOG_READERS_PUBLIC) {
    return plain_answer(403, "the log of this network is for its members");
  }
  if (!tile_exists(*tile, snapshot->tip().log_size.value)) {
    return plain_answer(404,
                        "the log has " + std::to_string(snapshot->tip().log_size.value) + " entries: no such tile");
  }
  auto bytes = tile->entries ? snapshot->entry_bundle(tile->index, tile->width)
                             : snapshot->tile(tile->level, tile->index, tile->width);
  if (!bytes) return plain_answer(500, bytes.error().to_string());
  return {200, kBytes, kForEver, true, *std::move(bytes)};
}

HttpAnswer checkpoint_answer(const HttpSources& sources) {
  auto note = sources.checkpoint();
  if (note.empty()) return plain_answer(404, "no checkpoint is published yet");
  return {200, kText, kNever, true, std::move(note)};
}

HttpAnswer epochs_answer(const HttpSources& sources) {
  v1::EpochChain chain;
  add_epoch_links(*sources.snapshot(), LogSize{std::numeric_limits<std::uint64_t>::max()}, *chain.mutable_links());
  return {200, kBytes, kNever, true, serialize_canonical(chain)};
}

HttpAnswer readiness_answer(const HttpSources& sources) {
  auto readiness = sources.readiness();
  return readiness.ready ? plain_answer(200, "ready") : plain_answer(503, std::move(readiness.why));
}

}  // namespace

HttpAnswer plain_answer(unsigned status, std::string sentence) {
  return {status, kText, kNever, false, std::move(sentence) + "\n"};
}

HttpAnswer answer_get(const HttpSources& sources, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.starts_with("/tile/")) return tile_answer(sources, path);
  if (path == "/checkpoint") return checkpoint_answer(sources);
  if (path == "/genesis") return {200, "application/json", kNever, true, sources.genesis()};
  if (path == "/epochs") return epochs_answer(sources);
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", kNever, false, sources.metrics()};
  if (path == "/livez") return plain_answer(200, "alive");
  if (path == "/readyz") return readiness_answer(sources);
  if (path == "/") {
    const auto snapshot = sources.snapshot();
    return {200, "text/html; charset=utf-8", kNever, false,
            index_page(network_record(*snapshot).network_name(), snapshot->tip())};
  }
  return plain_answer(404, "there is nothing here; / lists what there is");
}

}  // namespace kimberlite::api
