// A way to lie. Each kind lies in a file of its own; a liar draws some of them and tells them beside or in the place of
// what its node would honestly say. Not thread-safe.
#pragma once

#include "tests/simulation/whole_node/liars/mouth.h"
#include "tests/simulation/whole_node/shell.h"

namespace kimberlite::v1 {
class PeerMessage;
}  // namespace kimberlite::v1

namespace kimberlite::whole_node {

/// A message that the node honestly says to one peer.
struct Letter {
  const PublicKey& to;
  const FrameBytes& bytes;
  const v1::PeerMessage& message;
};

class Lie {
 public:
  /// `mouth` outlives it.
  explicit Lie(Mouth& mouth) : mouth_(mouth) {}
  virtual ~Lie() = default;
  Lie(const Lie&) = delete;
  Lie& operator=(const Lie&) = delete;

  /// Takes a letter on its way out. True: what leaves in its place, if anything does, was seen to.
  virtual bool take(const Letter& /*letter*/) { return false; }
  /// Lies without any occasion, now and then.
  virtual void speak() {}
  /// Overhears what a peer says to the node.
  virtual void hear(const PublicKey& /*from*/, const FrameBytes& /*bytes*/, const v1::PeerMessage& /*message*/) {}

 protected:
  [[nodiscard]] Mouth& mouth() const { return mouth_; }
  [[nodiscard]] simulation::Random& random() const { return mouth_.random(); }

 private:
  Mouth& mouth_;
};

}  // namespace kimberlite::whole_node
