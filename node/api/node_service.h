// kimberlite.v1.Node over a node: status, genesis, epochs, evidence. Thread-safe.
#pragma once

#include "kimberlite/v1/service.grpc.pb.h"
#include "node/api/counted_answer.h"
#include "node/runtime/node.h"

namespace kimberlite::api {

class NodeService final : public v1::Node::CallbackService {
 public:
  /// Both outlive it.
  NodeService(runtime::Node& node, AnswerBudget& answers) : node_(node), answers_(answers) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* GetGenesis(grpc::CallbackServerContext* context, const v1::GetGenesisRequest* request,
                                       v1::GetGenesisResponse* response) override;
  grpc::ServerUnaryReactor* GetEpochs(grpc::CallbackServerContext* context, const v1::GetEpochsRequest* request,
                                      v1::EpochChain* response) override;
  grpc::ServerUnaryReactor* GetEvidence(grpc::CallbackServerContext* context, const v1::GetEvidenceRequest* request,
                                        v1::GetEvidenceResponse* response) override;

 private:
  runtime::Node& node_;
  AnswerBudget& answers_;
};

}  // namespace kimberlite::api
