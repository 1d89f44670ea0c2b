// A Byzantine member: a whole node whose words pass through a shell that lies. The node within is an honest one, so it
// knows the network's state and has a key that votes; which lies it tells, how often and whether it can be found out by
// whoever it talks to is drawn by the seed. Liars of a run conspire (conspiracy.h). Not thread-safe.
#pragma once

#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "tests/simulation/whole_node/liars/conspiracy.h"
#include "tests/simulation/whole_node/liars/lie.h"

namespace kimberlite::whole_node {

class Liar final : public Shell {
 public:
  /// Draws the lies that it will tell. `conspiracy` outlives it.
  Liar(Scene scene, NodeId id, Conspiracy& conspiracy);

  void send(const PublicKey& to, const FrameBytes& frame) override;
  FrameBytes hear(const PublicKey& from, FrameBytes frame) override;
  [[nodiscard]] std::uint64_t height_told(std::uint64_t height) override;

 private:
  using Said = std::tuple<consensus::VoteKind, Epoch, View, Digest>;
  void draw_lies();
  void parse(const FrameBytes& frame);
  void remember_vote();
  void maybe_speak(std::uint64_t per_mille);
  [[nodiscard]] FrameBytes without_our_lies(FrameBytes frame) const;

  Mouth mouth_;
  Conspiracy& conspiracy_;
  std::vector<std::unique_ptr<Lie>> lies_;
  std::uint64_t speaks_per_mille_{};
  std::uint64_t false_heights_per_mille_{};
  std::set<Said> said_;  ///< votes that the node within cast
  FrameBytes parsed_;    ///< one frame for all peers is read once
  std::unique_ptr<v1::PeerMessage> message_;
};

}  // namespace kimberlite::whole_node
