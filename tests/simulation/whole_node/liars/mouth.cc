#include "tests/simulation/whole_node/liars/mouth.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "proto/block.h"

namespace kimberlite::whole_node {

using consensus::Vote;
using consensus::VoteKind;

void Mouth::later(std::int64_t delay_ms, std::function<void()> action) const {
  scene_.world.after(delay_ms, [this, action = std::move(action)] {
    if (scene_.wires.terminal(id_).up()) action();
  });
}

std::vector<PublicKey> Mouth::some_peers() const {
  std::vector<PublicKey> chosen = peers();
  if (random().chance(400)) return chosen;
  const std::uint64_t per_mille = random().between(100, 900);
  std::erase_if(chosen, [&](const PublicKey&) { return !random().chance(per_mille); });
  return chosen;
}

void Mouth::say(const PublicKey& to, const v1::PeerMessage& message) const {
  say(to, std::make_shared<const std::string>(message.SerializeAsString()));
}

void Mouth::say(const std::vector<PublicKey>& to, const v1::PeerMessage& message) const {
  const auto bytes = std::make_shared<const std::string>(message.SerializeAsString());
  for (const PublicKey& peer : to) say(peer, bytes);
}

const SecretKey& Mouth::key() const {
  return scene_.cast.secret(scene_.wires.terminal(id_).key());
}

std::optional<consensus::ValidatorIndex> Mouth::place(Epoch epoch) const {
  const ValidatorSet* voters = scene_.log.voters(epoch);
  const auto index = voters == nullptr ? std::nullopt : voters->index_of(key().public_key());
  return index ? std::optional(static_cast<consensus::ValidatorIndex>(*index)) : std::nullopt;
}

Vote Mouth::vote(VoteKind kind, Epoch epoch, View view, const Digest& block) const {
  Vote vote{kind, epoch, view, kind == VoteKind::kNullify ? Digest{} : block, place(epoch).value_or(0), {}};
  vote.signature = consensus::Ed25519VoteSigner(scene_.cast.genesis().chain_id, key()).sign(vote);
  return vote;
}

v1::PeerMessage Mouth::vote_message(const Vote& vote) const {
  v1::PeerMessage message;
  runtime::encode(vote, *message.mutable_vote()->mutable_vote());
  return message;
}

void Mouth::sign(v1::Vote& vote) const {
  auto changed = runtime::decode(vote);
  if (!changed) return;
  changed->signature = consensus::Ed25519VoteSigner(scene_.cast.genesis().chain_id, key()).sign(*changed);
  runtime::encode(*changed, vote);
}

std::string Mouth::random_bytes(std::size_t size) const {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random().below(256));
  return bytes;
}

Digest Mouth::random_digest() const {
  return *Digest::from_bytes(random_bytes(Digest::kSize));
}

Digest Mouth::final_block() const {
  const std::uint64_t height = random().below(scene_.log.height().value + 1);
  return height == 0 ? scene_.cast.genesis().chain_id : block_digest(scene_.log.record_leaf(Height{height}));
}

void Mouth::flip_bit(std::string& bytes) const {
  if (bytes.empty()) return;
  char& byte = bytes[random().below(bytes.size())];
  byte = static_cast<char>(byte ^ (1 << random().below(8)));
}

void Mouth::spoken(Epoch epoch, View view) {
  if (std::pair(epoch, view) > std::pair(epoch_, view_)) std::tie(epoch_, view_) = std::pair(epoch, view);
}

}  // namespace kimberlite::whole_node
