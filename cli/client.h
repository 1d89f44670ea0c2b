// One node over gRPC: blocking calls with a deadline, errors as values. A call that fails names the node's address in
// `field` and carries the reason that the node gave. Thread-safe, as gRPC stubs are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/home.h"
#include "kimberlite/v1/service.pb.h"
#include "proto/digest.h"
#include "proto/error.h"

namespace kimberlite::cli {

inline constexpr int kResponseBytesMax = 64 * 1024 * 1024;

class NodeClient {
 public:
  /// Connects lazily. `timeout_ms`: for each answer.
  NodeClient(const NodeAddress& address, std::int64_t timeout_ms);
  ~NodeClient();
  NodeClient(const NodeClient&) = delete;
  NodeClient& operator=(const NodeClient&) = delete;

  [[nodiscard]] const NodeAddress& address() const { return address_; }

  /// Submits a serialised SignedEnvelope and waits for finality, at most `timeout_ms`.
  Result<v1::SubmitResponse> submit(const std::string& signed_bytes, std::int64_t timeout_ms);
  Result<v1::GetEnvelopeResponse> envelope(const Digest& id);
  Result<v1::GetStateResponse> state(const std::string& key);
  Result<v1::ListStateResponse> list(const std::string& prefix, const std::string& page_token, std::uint32_t page_size);
  Result<v1::StateProof> prove(const std::string& key);
  Result<v1::GetStatusResponse> status();
  /// All evidence of equivocation that the node keeps.
  Result<std::vector<v1::EvidencePair>> evidence();
  /// How the epochs ended, as the node has it: for walk_epochs, which proves it.
  Result<v1::EpochChain> epochs();
  /// The genesis document's bytes.
  Result<std::string> genesis();
  /// Calls `each` for every leaf from `from_index` on until it answers false or the stream ends.
  Result<void> watch(std::uint64_t from_index, const std::function<bool(const v1::WatchResponse&)>& each);

 private:
  struct Stubs;
  NodeAddress address_;
  std::int64_t timeout_ms_;
  std::unique_ptr<Stubs> stubs_;
};

}  // namespace kimberlite::cli
