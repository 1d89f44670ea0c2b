// Where an audit reads a log from: a node's HTTP side or a folder, both laid out as C2SP tlog-tiles.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite::cli {

/// Name of the file, or path at a node, that holds how the epochs ended (a serialised EpochChain).
inline constexpr std::string_view kEpochsFile = "epochs";

class TileSource {
 public:
  virtual ~TileSource() = default;
  /// The resource at a relative path: "checkpoint", "tile/0/000", "genesis.json", "epochs". NOT_FOUND, UNAVAILABLE,
  /// STORE_IO.
  virtual Result<std::string> get(const std::string& path) = 0;
  /// URL or folder, for people.
  [[nodiscard]] virtual std::string name() const = 0;
};

/// A folder if `url_or_folder` is one; otherwise "http://HOST:PORT[/PREFIX]" or "HOST:PORT". BAD_REQUEST for other
/// schemes.
Result<std::unique_ptr<TileSource>> open_tiles(const std::string& url_or_folder, std::int64_t timeout_ms);

}  // namespace kimberlite::cli
