// One Watch stream: first the stored leaves from an index on, then each new one as it becomes final. A slow reader is
// read for at its own pace: nothing is buffered but one page of leaves.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "kimberlite/v1/service.grpc.pb.h"
#include "node/runtime/node.h"

namespace kimberlite::api {

/// Leaves read from the store at once for a stream.
inline constexpr std::size_t kWatchPageLeaves = 256;
inline constexpr std::size_t kWatchPageBytes = 1024 * 1024;

class WatchReactor final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  /// Deletes itself when gRPC is done with it. `open` counts the streams.
  WatchReactor(runtime::Node& node, boost::asio::thread_pool& thread, std::atomic<std::size_t>& open, LogIndex from);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void wake(std::shared_ptr<WatchReactor> self);
  void advance();

  runtime::Node& node_;
  boost::asio::thread_pool& thread_;
  std::atomic<std::size_t>& open_;
  std::shared_ptr<WatchReactor> self_;  ///< read by gRPC's reactions alone, which OnDone follows
  std::uint64_t listener_{};
  std::mutex mutex_;
  std::uint64_t next_;
  std::deque<std::string> page_;
  v1::WatchResponse current_;
  bool writing_{};
  bool finished_{};
};

}  // namespace kimberlite::api
