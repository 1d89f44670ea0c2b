// One gRPC call with bytes as they come: what a client can send that no generated stub would. Thread-safe.
#pragma once

#include <string>

namespace kimberlite::cluster {

/// How a call ended.
struct RawAnswer {
  int status{};        ///< grpc::StatusCode
  std::string reason;  ///< trailing metadata "kimberlite-reason"; may be empty
  std::string bytes;   ///< the first message of the answer; may be empty
};

/// Calls `method`, such as "/kimberlite.v1.Ledger/Submit", with one message. Of a stream it reads the first answer.
RawAnswer raw_call(const std::string& address, const std::string& method, const std::string& request);

}  // namespace kimberlite::cluster
