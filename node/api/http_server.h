// The HTTP side: C2SP tlog-tiles (/checkpoint, /tile/...), /metrics, /livez, /readyz. Read-only. Owns its threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "proto/error.h"
#include "storage/store.h"

namespace kimberlite::api {

inline constexpr std::size_t kHttpConnectionsMax = 256;
inline constexpr std::size_t kHttpRequestBytesMax = 16 * 1024;
inline constexpr std::int64_t kHttpIdleTimeoutMs = 30'000;
/// Bodies of all answers being sent at once; a further one is answered 503.
inline constexpr std::size_t kHttpAnswerBytesMax = 256 * 1024 * 1024;

/// Readiness: whether the node makes progress, and if not, why, in one sentence with names.
struct Readiness {
  bool ready{};
  std::string why;
};

/// Where the answers come from; every function is called on HTTP threads and must be thread-safe.
struct HttpSources {
  std::function<std::shared_ptr<const storage::Snapshot>()> snapshot;
  /// The published checkpoint note; empty: none yet.
  std::function<std::string()> checkpoint;
  /// Prometheus text.
  std::function<std::string()> metrics;
  std::function<Readiness()> readiness;
  /// The genesis document.
  std::function<std::string()> genesis;
};

class HttpServer {
 public:
  /// Binds `listen` (host:port) and serves. BAD_CONFIGURATION if it cannot be bound.
  static Result<std::unique_ptr<HttpServer>> start(const std::string& listen, HttpSources sources);
  virtual ~HttpServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace kimberlite::api
