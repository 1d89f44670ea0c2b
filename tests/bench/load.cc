#include "tests/bench/load.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "kimberlite/v1/service.grpc.pb.h"

namespace kimberlite::bench {
namespace {

using Clock = std::chrono::steady_clock;

double percentile(std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  return sorted[index];
}

struct Call {
  grpc::ClientContext context;
  v1::SubmitRequest request;
  v1::SubmitResponse response;
  Clock::time_point due;
};

// Collects the answers of calls that are under way.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<double> latencies_ms;
  std::vector<cluster::FinalAnswer> finals;
  std::size_t other{};
  std::size_t answered{};
  Clock::time_point last;

  void add(const Call& call, const grpc::Status& status) {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex);
    last = now;
    ++answered;
    if (status.ok() && call.response.outcome() == v1::OUTCOME_FINAL) {
      latencies_ms.push_back(std::chrono::duration<double, std::milli>(now - call.due).count());
      finals.push_back({Digest::from_bytes(call.response.envelope_id()).value_or(Digest{}), call.response.height(),
                        call.response.log_index()});
    } else {
      ++other;
    }
    changed.notify_all();
  }

  LoadResult result(Clock::time_point start, double offered) {
    std::ranges::sort(latencies_ms);
    const double seconds = std::chrono::duration<double>(last - start).count();
    return {offered,
            static_cast<double>(latencies_ms.size()) / seconds,
            percentile(latencies_ms, 0.5),
            percentile(latencies_ms, 0.99),
            latencies_ms.size(),
            other,
            std::move(finals)};
  }
};

std::unique_ptr<v1::Ledger::Stub> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection a client
  return v1::Ledger::NewStub(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

}  // namespace

Load::Load(cluster::DaemonNetwork& network, LoadShape shape) : network_(network), shape_(std::move(shape)) {
  if (shape_.codes.empty()) shape_.codes = network.codes();
}

std::vector<std::string> Load::sign(std::size_t count) {
  const auto& issuers = network_.codes();
  std::vector<std::string> envelopes;
  envelopes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t issuer = shape_.first_number % issuers.size();
    envelopes.push_back(
        network_.issue(issuers[issuer], issuers[(issuer + 1) % issuers.size()], shape_.first_number, shape_.events));
    shape_.first_number += shape_.events;
  }
  return envelopes;
}

LoadResult Load::one_by_one(std::size_t count) {
  const auto envelopes = sign(count);
  Answers answers;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    Call call;
    call.due = Clock::now();
    const auto answer = network_.client(shape_.codes[i % shape_.codes.size()])
                            .submit(envelopes[i], std::chrono::milliseconds(shape_.patience).count());
    if (answer) call.response = *answer;
    answers.add(call, answer ? grpc::Status::OK : grpc::Status(grpc::StatusCode::UNKNOWN, answer.error().message));
  }
  return answers.result(start, 0);
}

LoadResult Load::open_loop(double rate, double seconds) {
  return open_loop(sign(static_cast<std::size_t>(rate * seconds)), rate);
}

LoadResult Load::open_loop(const std::vector<std::string>& envelopes, double rate) const {
  std::vector<std::unique_ptr<v1::Ledger::Stub>> stubs;
  for (std::size_t i = 0; i < shape_.clients; ++i)
    stubs.push_back(connect(network_.address(shape_.codes[i % shape_.codes.size()]).grpc));
  std::vector<std::unique_ptr<Call>> calls(envelopes.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    calls[i] = std::make_unique<Call>();
    if (!calls[i]->request.mutable_envelope()->ParseFromString(envelopes[i])) throw std::runtime_error("own envelope");
  }
  Answers answers;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Call& call = *calls[i];
    call.due = start + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(i) / rate));
    std::this_thread::sleep_until(call.due);
    call.context.set_deadline(std::chrono::system_clock::now() + shape_.patience);
    stubs[i % stubs.size()]->async()->Submit(
        &call.context, &call.request, &call.response,
        [&answers, &call](const grpc::Status& status) { answers.add(call, status); });
  }
  std::unique_lock lock(answers.mutex);
  answers.changed.wait(lock, [&] { return answers.answered == calls.size(); });
  return answers.result(start, rate);
}

}  // namespace kimberlite::bench
