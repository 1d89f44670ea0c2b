#include "tests/cluster/raw_call.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <vector>

namespace kimberlite::cluster {
namespace {

constexpr std::chrono::seconds kPatience{60};

/// Waits for the one operation under way.
bool done(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

std::string flatten(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  for (const auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

RawAnswer raw_call(const std::string& address, const std::string& method, const std::string& request) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  done(queue);
  const grpc::Slice slice(request);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  done(queue);
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  const bool answered = done(queue);
  grpc::Status status;
  call->Finish(&status, nullptr);
  done(queue);
  RawAnswer out{status.error_code(), {}, answered ? flatten(answer) : std::string()};
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto reason = trailers.find("kimberlite-reason"); reason != trailers.end()) {
    out.reason.assign(reason->second.data(), reason->second.size());
  }
  return out;
}

}  // namespace kimberlite::cluster
