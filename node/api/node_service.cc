#include "node/api/node_service.h"

#include <limits>

#include "kimberlite/v1/genesis.pb.h"
#include "node/api/epoch_links.h"
#include "node/api/grpc_status.h"
#include "proto/assert.h"

namespace kimberlite::api {
namespace {

// Pairs in one answer.
constexpr int kEvidencePageMax = 500;

}  // namespace

grpc::ServerUnaryReactor* NodeService::GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
                                                 v1::GetStatusResponse* response) {
  auto* reactor = context->DefaultReactor();
  const auto& genesis = node_.genesis();
  response->set_network_name(genesis.genesis->network_name());
  response->set_chain_id(std::string(genesis.chain_id.view()));
  response->set_clock(genesis.genesis->clock());
  response->set_participant(node_.participant());
  response->set_software(node_.software());
  node_.status([context, response, reactor](const Result<runtime::NodeStatus>& answer) {
    if (!answer) return reactor->Finish(to_status(answer.error(), *context));
    const runtime::NodeStatus& status = *answer;
    response->set_validator(status.core.votes);
    response->set_epoch(status.core.epoch.value);
    response->set_view(status.core.replica.view.value);
    response->set_final_height(status.tip.height.value);
    response->set_log_size(status.tip.log_size.value);
    response->set_log_root(std::string(status.tip.log_root.view()));
    response->set_state_root(std::string(status.tip.state_root.view()));
    response->set_block_time_ms(status.tip.block_time_ms.value);
    response->set_ledger_time_ms(status.ledger_time_ms.value);
    response->set_pool_envelopes(status.core.pool_envelopes);
    response->set_checkpoint_size(status.checkpoint.size.value);
    response->set_checkpoint_signatures(static_cast<std::uint32_t>(status.checkpoint.signatures));
    response->set_progressing(status.core.progressing);
    response->set_why(status.core.role.empty() ? status.core.why : status.core.role);
    response->set_evidence(status.core.evidence);
    response->set_synced_writes(status.synced_writes);
    response->set_peer_bytes_sent(status.peer_bytes_sent);
    for (const auto& leader : status.core.skipped_leaders) response->add_skipped_leaders(leader);
    for (const auto& peer : status.peers) {
      auto& out = *response->add_peers();
      out.set_participant(peer.participant);
      out.set_address(peer.address);
      out.set_connected(peer.connected);
    }
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* NodeService::GetGenesis(grpc::CallbackServerContext* context, const v1::GetGenesisRequest*,
                                                  v1::GetGenesisResponse* response) {
  response->set_document(node_.genesis().bytes);
  auto* reactor = new CountedAnswer(answers_);
  reactor->answer(*context, *response);
  return reactor;
}

grpc::ServerUnaryReactor* NodeService::GetEpochs(grpc::CallbackServerContext* context, const v1::GetEpochsRequest*,
                                                 v1::EpochChain* response) {
  add_epoch_links(*node_.snapshot(), LogSize{std::numeric_limits<std::uint64_t>::max()}, *response->mutable_links());
  auto* reactor = new CountedAnswer(answers_);
  reactor->answer(*context, *response);
  return reactor;
}

grpc::ServerUnaryReactor* NodeService::GetEvidence(grpc::CallbackServerContext* context,
                                                   const v1::GetEvidenceRequest* request,
                                                   v1::GetEvidenceResponse* response) {
  const auto pairs = node_.evidence();
  for (std::size_t at = request->page_token(); at < pairs.size(); ++at) {
    if (response->pairs_size() == kEvidencePageMax) {
      response->set_next_page_token(static_cast<std::uint32_t>(at));
      break;
    }
    const bool parsed = response->add_pairs()->ParseFromString(pairs[at]);
    KIMBERLITE_ASSERT(parsed, "stored evidence parses");
  }
  auto* reactor = new CountedAnswer(answers_);
  reactor->answer(*context, *response);
  return reactor;
}

}  // namespace kimberlite::api
