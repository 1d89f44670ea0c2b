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

#include "kimberlite/v1/service.grpc.pb.h"

namespace kimberlite::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kAnswerWithin = std::chrono::seconds(30);

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
            other};
  }
};

std::unique_ptr<v1::Ledger::Stub> connect(const cluster::DaemonNetwork& network, std::size_t client) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection a client
  const auto& code = network.codes()[client % network.codes().size()];
  return v1::Ledger::NewStub(
      grpc::CreateCustomChannel(network.address(code).grpc, grpc::InsecureChannelCredentials(), arguments));
}

}  // namespace

Load::Load(cluster::DaemonNetwork& network, std::size_t clients) : network_(network), clients_(clients) {}

std::vector<std::string> Load::sign(std::size_t count) {
  const auto& codes = network_.codes();
  std::vector<std::string> envelopes;
  envelopes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = next_number_++;
    envelopes.push_back(network_.issue(codes[number % codes.size()], codes[(number + 1) % codes.size()], number));
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
    const auto answer = network_.client(network_.codes()[i % network_.codes().size()]).submit(envelopes[i], 30'000);
    if (answer) call.response = *answer;
    answers.add(call, answer ? grpc::Status::OK : grpc::Status(grpc::StatusCode::UNKNOWN, answer.error().message));
  }
  return answers.result(start, 0);
}

LoadResult Load::open_loop(double rate, double seconds) {
  const auto count = static_cast<std::size_t>(rate * seconds);
  const auto envelopes = sign(count);
  std::vector<std::unique_ptr<v1::Ledger::Stub>> stubs;
  for (std::size_t i = 0; i < clients_; ++i) stubs.push_back(connect(network_, i));
  std::vector<std::unique_ptr<Call>> calls(count);
  for (std::size_t i = 0; i < count; ++i) {
    calls[i] = std::make_unique<Call>();
    if (!calls[i]->request.mutable_envelope()->ParseFromString(envelopes[i])) throw std::runtime_error("own envelope");
  }
  Answers answers;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    Call& call = *calls[i];
    call.due = start + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(i) / rate));
    std::this_thread::sleep_until(call.due);
    call.context.set_deadline(std::chrono::system_clock::now() + kAnswerWithin);
    stubs[i % clients_]->async()->Submit(&call.context, &call.request, &call.response,
                                         [&answers, &call](const grpc::Status& status) { answers.add(call, status); });
  }
  std::unique_lock lock(answers.mutex);
  answers.changed.wait(lock, [&] { return answers.answered == count; });
  return answers.result(start, rate);
}

}  // namespace kimberlite::bench
