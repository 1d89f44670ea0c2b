// Our errors as gRPC statuses: one code a reason, the stable reason in the trailing metadata "kimberlite-reason" and,
// with the field, in the status details (a serialised kimberlite.v1.RefusalDetail). Thread-safe.
#pragma once

#include <grpcpp/support/status.h>

#include "proto/error.h"

namespace grpc {
class CallbackServerContext;
}

namespace kimberlite::api {

/// The status code of a reason.
grpc::StatusCode status_code(Reason reason);
/// The whole status; adds the metadata to `context`.
grpc::Status to_status(const Error& error, grpc::CallbackServerContext& context);

}  // namespace kimberlite::api
