// One node over gRPC: see client.h.
#include "cli/client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <string>

#include "kimberlite/v1/service.grpc.pb.h"

namespace kimberlite::cli {

namespace {

constexpr int kReconnectMinMs = 50;
constexpr int kReconnectMaxMs = 500;
/// gRPC takes GRPC_ARG_MIN_RECONNECT_BACKOFF_MS as how long one attempt to connect may last.
constexpr int kConnectTimeoutMs = 5'000;

/// The failure of a call: as the node explains it in the status' details, else by the status alone.
Error error_of(const grpc::Status& status, const std::string& address) {
  v1::RefusalDetail detail;
  if (detail.ParseFromString(status.error_details())) {
    if (const auto reason = reason_from_name(detail.reason())) {
      return {*reason, detail.field().empty() ? address : detail.field(), detail.message()};
    }
  }
  const auto reason = [&] {
    switch (status.error_code()) {
      case grpc::StatusCode::NOT_FOUND:
        return Reason::NOT_FOUND;
      case grpc::StatusCode::RESOURCE_EXHAUSTED:
        return Reason::OVERLOADED;
      case grpc::StatusCode::INVALID_ARGUMENT:
      case grpc::StatusCode::OUT_OF_RANGE:
      case grpc::StatusCode::FAILED_PRECONDITION:
      case grpc::StatusCode::UNIMPLEMENTED:
        return Reason::BAD_REQUEST;
      default:
        return Reason::UNAVAILABLE;
    }
  }();
  return {reason, address, status.error_message()};
}

void set_deadline(grpc::ClientContext& context, std::int64_t timeout_ms) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(timeout_ms));
}

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kResponseBytesMax);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

struct NodeClient::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : ledger(v1::Ledger::NewStub(channel)), node(v1::Node::NewStub(channel)) {}

  std::unique_ptr<v1::Ledger::Stub> ledger;
  std::unique_ptr<v1::Node::Stub> node;

  /// One call: `method` is a pointer to the stub's method.
  template <typename Response, typename Stub, typename Request, typename Method>
  static Result<Response> call(Stub& stub, Method method, const Request& request, std::int64_t timeout_ms,
                               const std::string& address) {
    grpc::ClientContext context;
    set_deadline(context, timeout_ms);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) {
      return std::unexpected(error_of(status, address));
    }
    return response;
  }
};

NodeClient::NodeClient(const NodeAddress& address, std::int64_t timeout_ms)
    : address_(address), timeout_ms_(timeout_ms), stubs_(std::make_unique<Stubs>(connect(address.grpc))) {}

NodeClient::~NodeClient() = default;

Result<v1::SubmitResponse> NodeClient::submit(const std::string& signed_bytes, std::int64_t timeout_ms) {
  v1::SubmitRequest request;
  if (!request.mutable_envelope()->ParseFromString(signed_bytes)) {
    return fail(Reason::MALFORMED, "envelope", "these bytes are not a signed envelope");
  }
  return Stubs::call<v1::SubmitResponse>(*stubs_->ledger, &v1::Ledger::Stub::Submit, request, timeout_ms,
                                         address_.grpc);
}

Result<v1::GetEnvelopeResponse> NodeClient::envelope(const Digest& id) {
  v1::GetEnvelopeRequest request;
  request.set_envelope_id(std::string(id.view()));
  return Stubs::call<v1::GetEnvelopeResponse>(*stubs_->ledger, &v1::Ledger::Stub::GetEnvelope, request, timeout_ms_,
                                              address_.grpc);
}

Result<v1::GetStateResponse> NodeClient::state(const std::string& key) {
  v1::GetStateRequest request;
  request.set_key(key);
  return Stubs::call<v1::GetStateResponse>(*stubs_->ledger, &v1::Ledger::Stub::GetState, request, timeout_ms_,
                                           address_.grpc);
}

Result<v1::ListStateResponse> NodeClient::list(const std::string& prefix, const std::string& page_token,
                                               std::uint32_t page_size) {
  v1::ListStateRequest request;
  request.set_prefix(prefix);
  request.set_page_token(page_token);
  request.set_page_size(page_size);
  return Stubs::call<v1::ListStateResponse>(*stubs_->ledger, &v1::Ledger::Stub::ListState, request, timeout_ms_,
                                            address_.grpc);
}

Result<v1::StateProof> NodeClient::prove(const std::string& key) {
  v1::ProveRequest request;
  request.set_key(key);
  auto response =
      Stubs::call<v1::ProveResponse>(*stubs_->ledger, &v1::Ledger::Stub::Prove, request, timeout_ms_, address_.grpc);
  if (!response) {
    return std::unexpected(response.error());
  }
  return std::move(*response->mutable_proof());
}

Result<v1::GetStatusResponse> NodeClient::status() {
  return Stubs::call<v1::GetStatusResponse>(*stubs_->node, &v1::Node::Stub::GetStatus, v1::GetStatusRequest(),
                                            timeout_ms_, address_.grpc);
}

Result<std::vector<v1::EvidencePair>> NodeClient::evidence() {
  std::vector<v1::EvidencePair> pairs;
  v1::GetEvidenceRequest request;
  do {
    auto page = Stubs::call<v1::GetEvidenceResponse>(*stubs_->node, &v1::Node::Stub::GetEvidence, request, timeout_ms_,
                                                     address_.grpc);
    if (!page) {
      return std::unexpected(page.error());
    }
    std::ranges::move(*page->mutable_pairs(), std::back_inserter(pairs));
    request.set_page_token(page->next_page_token());
  } while (request.page_token() != 0);
  return pairs;
}

Result<v1::EpochChain> NodeClient::epochs() {
  return Stubs::call<v1::EpochChain>(*stubs_->node, &v1::Node::Stub::GetEpochs, v1::GetEpochsRequest(), timeout_ms_,
                                     address_.grpc);
}

Result<std::string> NodeClient::genesis() {
  auto response = Stubs::call<v1::GetGenesisResponse>(*stubs_->node, &v1::Node::Stub::GetGenesis,
                                                      v1::GetGenesisRequest(), timeout_ms_, address_.grpc);
  if (!response) {
    return std::unexpected(response.error());
  }
  return std::move(*response->mutable_document());
}

Result<void> NodeClient::watch(std::uint64_t from_index, const std::function<bool(const v1::WatchResponse&)>& each) {
  grpc::ClientContext context;
  v1::WatchRequest request;
  request.set_from_index(from_index);
  const auto stream = stubs_->ledger->Watch(&context, request);
  v1::WatchResponse response;
  while (stream->Read(&response)) {
    if (!each(response)) {
      context.TryCancel();
      stream->Finish();
      return {};
    }
  }
  if (const grpc::Status status = stream->Finish(); !status.ok()) {
    return std::unexpected(error_of(status, address_.grpc));
  }
  return {};
}

}  // namespace kimberlite::cli
