#include "tests/cluster/load.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "cli/signing.h"

namespace kimberlite::cluster {
namespace {

constexpr std::int64_t kSubmitMs = 3'000;
constexpr std::chrono::milliseconds kBetweenTries{20};

}  // namespace

Load::Load(DaemonNetwork& network, std::uint64_t first_number, std::size_t envelopes, std::size_t clients) {
  const auto& codes = network.codes();
  for (const auto& code : codes) nodes_.push_back(network.address(code));
  for (std::size_t i = 0; i < envelopes; ++i) {
    signed_.push_back(network.issue(codes[i % codes.size()], codes[(i + 1) % codes.size()], first_number + i));
    ids_.push_back(cli::id_of_signed_bytes(signed_.back()));
  }
  for (std::size_t client = 0; client < clients; ++client) threads_.emplace_back([this, client] { run(client); });
}

Load::~Load() {
  stop();
}

bool Load::wait_more(std::size_t count, std::int64_t timeout_ms) const {
  const std::size_t wanted = std::min(answered_ + count, signed_.size());
  return wait_until(timeout_ms, [&] { return answered_ >= wanted; });
}

void Load::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Load::run(std::size_t client) {
  std::vector<std::unique_ptr<cli::NodeClient>> nodes;
  for (const auto& address : nodes_) nodes.push_back(std::make_unique<cli::NodeClient>(address, kSubmitMs));
  std::size_t node = client;
  while (!stopping_) {
    const std::size_t index = next_++;
    if (index >= signed_.size()) return;
    while (!stopping_ && !submit(*nodes[++node % nodes.size()], index)) std::this_thread::sleep_for(kBetweenTries);
  }
}

bool Load::submit(cli::NodeClient& node, std::size_t index) {
  const auto answer = node.submit(signed_[index], kSubmitMs);
  if (!answer) return false;
  const std::lock_guard lock(mutex_);
  if (answer->outcome() == v1::OUTCOME_REFUSED) refusals_.push_back(answer->refusal().reason());
  if (answer->outcome() == v1::OUTCOME_FINAL) final_.push_back({ids_[index], answer->height(), answer->log_index()});
  const bool done = answer->outcome() == v1::OUTCOME_FINAL || answer->outcome() == v1::OUTCOME_REFUSED;
  if (done) ++answered_;
  return done;
}

}  // namespace kimberlite::cluster
