#include "node/api/node_service.h"

#include "kimberlite/v1/genesis.pb.h"

namespace kimberlite::api {

grpc::ServerUnaryReactor* NodeService::GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
                                                 v1::GetStatusResponse* response) {
  auto* reactor = context->DefaultReactor();
  const auto& genesis = node_.genesis();
  response->set_network_name(genesis.genesis->network_name());
  response->set_chain_id(std::string(genesis.chain_id.view()));
  response->set_clock(genesis.genesis->clock());
  response->set_participant(node_.participant());
  response->set_software(node_.software());
  node_.status([response, reactor](const runtime::NodeStatus& status) {
    response->set_validator(status.validator);
    response->set_epoch(runtime::kFirstEpoch.value);
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
    response->set_why(status.follower_reason.empty() ? status.core.why : status.follower_reason);
    response->set_evidence(status.core.evidence);
    response->set_synced_writes(status.synced_writes);
    response->set_peer_bytes_sent(status.peer_bytes_sent);
    for (const auto& peer : status.peers) {
      auto& out = *response->add_peers();
      out.set_participant(peer.participant);
      out.set_address(peer.address);
      out.set_connected(peer.state.connected);
    }
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* NodeService::GetGenesis(grpc::CallbackServerContext* context, const v1::GetGenesisRequest*,
                                                  v1::GetGenesisResponse* response) {
  response->set_document(node_.genesis().bytes);
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace kimberlite::api
