// kimberlite.v1.Ledger over a node. Thread-safe: gRPC's threads call it, nothing blocks in it but short reads of the
// store.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>

#include "kimberlite/v1/service.grpc.pb.h"
#include "node/api/counted_answer.h"
#include "node/runtime/node.h"

namespace kimberlite::api {

/// Submit takes its request as bytes: what does not parse is refused by us with a reason, not by gRPC without one.
class LedgerService final : public v1::Ledger::WithRawCallbackMethod_Submit<v1::Ledger::CallbackService> {
 public:
  /// Both outlive it.
  LedgerService(runtime::Node& node, AnswerBudget& answers);

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetEnvelope(grpc::CallbackServerContext* context, const v1::GetEnvelopeRequest* request,
                                        v1::GetEnvelopeResponse* response) override;
  grpc::ServerUnaryReactor* GetState(grpc::CallbackServerContext* context, const v1::GetStateRequest* request,
                                     v1::GetStateResponse* response) override;
  grpc::ServerUnaryReactor* ListState(grpc::CallbackServerContext* context, const v1::ListStateRequest* request,
                                      v1::ListStateResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                     const v1::WatchRequest* request) override;
  grpc::ServerUnaryReactor* Prove(grpc::CallbackServerContext* context, const v1::ProveRequest* request,
                                  v1::ProveResponse* response) override;

 private:
  runtime::Node& node_;
  AnswerBudget& answers_;
  boost::asio::thread_pool store_thread_{1};  ///< reads what takes its time: for Watch, and for Prove
  std::atomic<std::size_t> watchers_{0};
};

}  // namespace kimberlite::api
