#include "node/api/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>

#include "node/api/ledger_service.h"
#include "node/api/node_service.h"

namespace kimberlite::api {
namespace {

constexpr auto kShutdownGrace = std::chrono::seconds(2);

class RunningServer final : public GrpcServer {
 public:
  explicit RunningServer(runtime::Node& node) : ledger_(node, answers_), node_(node, answers_) {}

  ~RunningServer() override {
    if (!server_) return;
    server_->GetHealthCheckService()->SetServingStatus(false);
    server_->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
    server_->Wait();
  }

  Result<void> run(const std::string& listen) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    // One node, one port: a second process must not share it silently.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(kGrpcRequestBytesMax);
    builder.SetResourceQuota(grpc::ResourceQuota("kimberlite").Resize(kGrpcBytesMax));
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kGrpcHandshakeTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kGrpcIdleTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kGrpcCallsEachMax);
    builder.RegisterService(&ledger_);
    builder.RegisterService(&node_);
    server_ = builder.BuildAndStart();
    if (!server_ || port_ == 0) {
      return fail(Reason::BAD_CONFIGURATION, "listen.grpc", listen + " cannot be bound: is it in use?");
    }
    return {};
  }

  [[nodiscard]] int port() const override { return port_; }

 private:
  AnswerBudget answers_;
  LedgerService ledger_;
  NodeService node_;
  int port_{};
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(const std::string& listen, runtime::Node& node) {
  auto server = std::make_unique<RunningServer>(node);
  if (auto run = server->run(listen); !run) return std::unexpected(run.error());
  return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace kimberlite::api
