// The load of a chaos run. Each node has a client that issues certificates through it, one after another; one that gets
// no final answer is sent again, byte for byte, to the next node, until it has one. Readers ask any node what became of
// certificates that were reported final, and where it stands. Every call is recorded.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proto/digest.h"
#include "tests/cluster/chaos/stage.h"

namespace kimberlite::chaos {

/// Certificates that readers choose from: the newest.
inline constexpr std::size_t kRememberedMax = 1'000;

class Clients {
 public:
  /// Starts the threads. `stage` outlives them; what readers ask is drawn from `seed`.
  Clients(Stage& stage, std::uint64_t seed);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  /// Ends the threads after their current call.
  void stop();

 private:
  struct Certificate {
    std::string number;
    std::string envelope;  ///< signed
    Digest id;
  };
  void write(std::size_t home, const cli::Signer& signer);
  void read(std::uint64_t seed);
  void remember(const Certificate& certificate);
  [[nodiscard]] Certificate recall(std::uint64_t chance);

  Stage& stage_;
  std::vector<std::string> codes_;
  std::vector<cli::NodeAddress> addresses_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<Certificate> final_;  // guarded by mutex_; a ring
  std::size_t next_final_ = 0;      // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace kimberlite::chaos
