// What this replica knows of each other validator: how far it has come, when it was last heard, what it is owed. A
// fixed record a validator, whatever it sends. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "consensus/types.h"

namespace kimberlite::consensus {

/// Most lost turns that are counted: a leader in doubt gets time in every 1,024th turn at the least.
inline constexpr std::uint8_t kDoubtMax = 10;

/// One validator as seen from here.
struct Peer {
  View reached;              ///< it has entered this view at the least
  View final_view;           ///< highest final view it spoke of
  View heard;                ///< highest view in which a vote of it was seen
  std::uint8_t doubt{};      ///< turns that it lost, less those in which it got a block certified
  bool to_be_asked{};        ///< it told of a view above ours since we last asked
  bool owed_certificate{};   ///< it voted in a view that is over: send it the certificate of ours
  bool owed_finalization{};  ///< it votes above our newest finalization without knowing it
};

class PeerBook {
 public:
  explicit PeerBook(std::size_t validators) : peers_(validators) {}

  [[nodiscard]] Peer& operator[](ValidatorIndex validator) { return peers_[validator]; }
  [[nodiscard]] const Peer& operator[](ValidatorIndex validator) const { return peers_[validator]; }
  [[nodiscard]] ValidatorIndex size() const { return static_cast<ValidatorIndex>(peers_.size()); }

  /// A vote by this validator was seen, directly or inside a certificate.
  void heard(ValidatorIndex validator, View view);
  /// Everyone counts as heard in this view: silence is measured from here on.
  void all_heard(View view);
  /// Whether a validator was silent since `since` while at least `quorum_size` validators were not.
  [[nodiscard]] bool silent_alone(ValidatorIndex validator, View since, std::size_t quorum_size) const;
  /// Its turn passed without a certified block, although it got time and there was work.
  void lost_turn(ValidatorIndex validator);
  /// A block was certified in its turn.
  void used_turn(ValidatorIndex validator);
  /// Whether its turn of this number goes without time: with doubt d it gets time in every 2^d-th. Nobody is in doubt
  /// while more than `faulty_max` are: then it is the network, or we ourselves.
  [[nodiscard]] bool in_doubt(ValidatorIndex validator, std::uint64_t turn, std::size_t faulty_max) const;
  /// How many validators have reached a view above this one.
  [[nodiscard]] std::size_t ahead_of(View view) const;

 private:
  std::vector<Peer> peers_;
};

}  // namespace kimberlite::consensus
