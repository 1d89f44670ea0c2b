// What the liars of a run share: they act as one. Not thread-safe.
#pragma once

#include <map>
#include <vector>

#include "tests/simulation/whole_node/liars/mouth.h"

namespace kimberlite::whole_node {

class Conspiracy {
 public:
  /// False: the liars behave from now on.
  bool active{true};

  void join(Mouth& mouth) { members_.push_back(&mouth); }
  [[nodiscard]] bool has(NodeId id) const;
  /// Each member that is up votes to every peer, to notarize and to finalize, for the block that this peer was shown.
  void support(Epoch epoch, View view, const std::map<PublicKey, Digest>& shown) const;

 private:
  std::vector<Mouth*> members_;
};

}  // namespace kimberlite::whole_node
