// What may stand between a node and its wires: a liar's mouth and ears. An honest node has none. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "proto/ed25519.h"

namespace kimberlite::whole_node {

/// A serialised PeerMessage, shared and unchanged.
using FrameBytes = std::shared_ptr<const std::string>;

class Shell {
 public:
  virtual ~Shell() = default;
  /// The node sends a frame to this peer: whatever leaves instead is the shell's to send.
  virtual void send(const PublicKey& to, const FrameBytes& frame) = 0;
  /// What the node gets to see of a frame from this peer; null: nothing.
  virtual FrameBytes hear(const PublicKey& from, FrameBytes frame) = 0;
  /// What the node's Hello says, being at this height.
  [[nodiscard]] virtual std::uint64_t height_told(std::uint64_t height) = 0;
};

}  // namespace kimberlite::whole_node
