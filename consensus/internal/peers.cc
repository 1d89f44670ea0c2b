#include "consensus/internal/peers.h"

#include <algorithm>

namespace kimberlite::consensus {

void PeerBook::heard(ValidatorIndex validator, View view) {
  peers_[validator].heard = std::max(peers_[validator].heard, view);
}

void PeerBook::all_heard(View view) {
  for (Peer& peer : peers_) peer.heard = std::max(peer.heard, view);
}

bool PeerBook::silent_alone(ValidatorIndex validator, View since, std::size_t quorum_size) const {
  if (peers_[validator].heard >= since) return false;
  const auto active =
      std::count_if(peers_.begin(), peers_.end(), [&](const Peer& peer) { return peer.heard >= since; });
  return static_cast<std::size_t>(active) >= quorum_size;
}

void PeerBook::lost_turn(ValidatorIndex validator) {
  std::uint8_t& doubt = peers_[validator].doubt;
  if (doubt < kDoubtMax) ++doubt;
}

void PeerBook::used_turn(ValidatorIndex validator) {
  std::uint8_t& doubt = peers_[validator].doubt;
  if (doubt > 0) --doubt;
}

bool PeerBook::in_doubt(ValidatorIndex validator, std::uint64_t turn, std::size_t faulty_max) const {
  const std::uint8_t doubt = peers_[validator].doubt;
  if (turn % (std::uint64_t{1} << doubt) == 0) return false;
  const auto doubted = std::count_if(peers_.begin(), peers_.end(), [](const Peer& peer) { return peer.doubt > 0; });
  return static_cast<std::size_t>(doubted) <= faulty_max;
}

std::size_t PeerBook::ahead_of(View view) const {
  return static_cast<std::size_t>(
      std::count_if(peers_.begin(), peers_.end(), [&](const Peer& peer) { return peer.reached > view; }));
}

}  // namespace kimberlite::consensus
