// Unary answers whose bytes are counted until gRPC has let go of them: a client that asks and does not read makes the
// node hold what it asked for, which gRPC's own quota leaves out. Thread-safe.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstddef>

#include "node/api/grpc_status.h"

namespace kimberlite::api {

/// Bytes of all counted answers under way; a further one is refused with OVERLOADED.
inline constexpr std::size_t kGrpcAnswerBytesMax = 64 * 1024 * 1024;

/// What is under way.
class AnswerBudget {
 public:
  /// False if that would be too many; then nothing is taken.
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { bytes_ -= bytes; }

 private:
  std::atomic<std::size_t> bytes_{0};
};

/// Deletes itself when gRPC is done with it. `budget` outlives it.
class CountedAnswer final : public grpc::ServerUnaryReactor {
 public:
  explicit CountedAnswer(AnswerBudget& budget) : budget_(budget) {}

  /// Answers with the response, or, where too much is under way, with OVERLOADED and without it. Called once, instead
  /// of Finish.
  template <typename Response>
  void answer(grpc::CallbackServerContext& context, Response& response) {
    constexpr std::size_t kCopies = 2;  // the message, and its serialised bytes
    const std::size_t bytes = kCopies * response.ByteSizeLong();
    if (budget_.take(bytes)) {
      taken_ = bytes;
      return Finish(grpc::Status::OK);
    }
    Response empty;
    response.Swap(&empty);
    Finish(to_status({Reason::OVERLOADED, "answer", "as many bytes of answers are under way as the node allows"},
                     context));
  }
  void OnDone() override;

 private:
  AnswerBudget& budget_;
  std::size_t taken_{};
};

}  // namespace kimberlite::api
