// Clients that submit certificates without a pause, through all nodes in turn, and remember what they were answered.
// An envelope that got no final answer is submitted again, byte for byte, to the next node until it gets one.
// start, stop and the figures may be used from the test's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proto/digest.h"
#include "tests/cluster/daemon_network.h"

namespace kimberlite::cluster {

/// What a client was told: this envelope is final, here.
struct FinalAnswer {
  Digest id;
  std::uint64_t height{};
  std::uint64_t log_index{};
};

class Load {
 public:
  /// Signs `envelopes` certificates with numbers from `first_number` on and starts submitting with `clients` threads.
  Load(DaemonNetwork& network, std::uint64_t first_number, std::size_t envelopes, std::size_t clients = 3);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Waits until `count` more envelopes were answered final, or all were.
  bool wait_more(std::size_t count, std::int64_t timeout_ms = 120'000) const;
  /// Ends the clients after their current submission.
  void stop();
  /// After stop: every answer "final".
  [[nodiscard]] const std::vector<FinalAnswer>& final_answers() const { return final_; }
  /// After stop: answers "refused", with their reasons; there should be none.
  [[nodiscard]] const std::vector<std::string>& refusals() const { return refusals_; }
  /// Ids of all envelopes, submitted or not.
  [[nodiscard]] const std::vector<Digest>& ids() const { return ids_; }

 private:
  void run(std::size_t client);
  bool submit(cli::NodeClient& node, std::size_t index);

  std::vector<std::string> signed_;
  std::vector<Digest> ids_;
  std::vector<cli::NodeAddress> nodes_;
  std::atomic<std::size_t> next_{};
  std::atomic<std::size_t> answered_{};
  std::atomic<bool> stopping_{};
  std::mutex mutex_;
  std::vector<FinalAnswer> final_;
  std::vector<std::string> refusals_;
  std::vector<std::thread> threads_;
};

}  // namespace kimberlite::cluster
