#include "node/api/grpc_status.h"

#include <grpcpp/server_context.h>

#include "kimberlite/v1/service.pb.h"

namespace kimberlite::api {

grpc::StatusCode status_code(Reason reason) {
  switch (reason) {
    case Reason::OVERLOADED:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case Reason::UNAVAILABLE:
      return grpc::StatusCode::UNAVAILABLE;
    case Reason::NOT_FOUND:
      return grpc::StatusCode::NOT_FOUND;
    case Reason::WRONG_NETWORK:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case Reason::BAD_SIGNATURE:
      return grpc::StatusCode::UNAUTHENTICATED;
    case Reason::STORE_CORRUPT:
    case Reason::STORE_IO:
      return grpc::StatusCode::DATA_LOSS;
    default:
      return grpc::StatusCode::INVALID_ARGUMENT;
  }
}

grpc::Status to_status(const Error& error, grpc::CallbackServerContext& context) {
  v1::RefusalDetail detail;
  detail.set_reason(std::string(reason_name(error.reason)));
  detail.set_field(error.field);
  detail.set_message(error.message);
  context.AddTrailingMetadata("kimberlite-reason", detail.reason());
  return {status_code(error.reason), error.to_string(), detail.SerializeAsString()};
}

}  // namespace kimberlite::api
