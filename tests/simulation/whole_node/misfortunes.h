// Faults that joined the simulation after those of chaos.h. They are drawn apart from everything else: a seed that does
// not meet them plays as it did before. They keep to what chaos keeps to: at most f nodes are impaired at any time.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/simulation/random.h"
#include "tests/simulation/whole_node/deployment.h"

namespace kimberlite::whole_node {

class Misfortunes {
 public:
  /// `deployment` outlives it, and it outlives the world's events.
  Misfortunes(Deployment& deployment, std::uint64_t seed);
  /// In some runs, as the seed says, they come from now on.
  void begin();
  /// In this run they come from now on, and often.
  void begin_certainly();
  /// No more of them but a last one.
  void end();

 private:
  void lose_stores(std::int64_t times);
  void lose_store();
  void kill_joining();
  /// Whoever may lose its store: within f, and nobody who is impaired for another reason.
  [[nodiscard]] std::optional<NodeId> victim();

  Deployment& deployment_;
  simulation::Random random_;
  std::optional<NodeId> last_;
  bool active_{};
};

}  // namespace kimberlite::whole_node
