// The gRPC side: submit, read, list, watch, prove, status; health and reflection beside them. Owns its threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "node/runtime/node.h"
#include "proto/error.h"

namespace kimberlite::api {

/// Largest request: an envelope and its framing.
inline constexpr int kGrpcRequestBytesMax = 128 * 1024;
/// Memory that gRPC may take for all connections and calls; above it new connections are refused.
inline constexpr std::size_t kGrpcBytesMax = 256 * 1024 * 1024;
/// A connection that has not said what it is by then is closed.
inline constexpr int kGrpcHandshakeTimeoutMs = 10'000;
/// One without a call is closed; clients connect again by themselves.
inline constexpr int kGrpcIdleTimeoutMs = 300'000;
/// Calls of one connection at once; further ones wait at the client.
inline constexpr int kGrpcCallsEachMax = 1'024;
/// Streams of Watch at once; more are refused with OVERLOADED.
inline constexpr std::size_t kWatchersMax = 256;
/// A submission waits at most this long for finality, whatever the client's deadline.
inline constexpr std::int64_t kSubmitWaitMaxMs = 60'000;
/// The answer "pending" leaves this long before the client's deadline, so that it arrives.
inline constexpr std::int64_t kSubmitMarginMs = 100;
/// Items of one ListState page.
inline constexpr std::uint32_t kPageDefault = 100;
inline constexpr std::uint32_t kPageMax = 1'000;

class GrpcServer {
 public:
  /// Binds `listen` (host:port) and serves `node`, which outlives the server. BAD_CONFIGURATION if it cannot be bound.
  static Result<std::unique_ptr<GrpcServer>> start(const std::string& listen, runtime::Node& node);
  /// Health turns NOT_SERVING, running calls end, then the threads. Call node.drain() before.
  virtual ~GrpcServer() = default;
  [[nodiscard]] virtual int port() const = 0;
};

}  // namespace kimberlite::api
