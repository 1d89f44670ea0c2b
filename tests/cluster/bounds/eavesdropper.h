// Connections of a liar to all nodes but the attacked one, on which it does nothing but listen. Thread-safe.
#pragma once

#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster/bounds/attack.h"

namespace kimberlite::bounds {

class Eavesdropper {
 public:
  /// Connects at once, and again when a connection ends. Both outlive it.
  Eavesdropper(const Scene& scene, const Liar& liar);

  /// Payloads of all frames since the last call.
  std::vector<std::string> take();

 private:
  void listen(const Scene& scene, const Liar& liar, const std::string& code, const std::stop_token& stop);

  std::mutex mutex_;
  std::vector<std::string> heard_;
  std::vector<std::jthread> threads_;
};

}  // namespace kimberlite::bounds
