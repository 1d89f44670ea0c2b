#include "tests/simulation/whole_node/liars/conspiracy.h"

#include <algorithm>

#include "kimberlite/v1/peer.pb.h"

namespace kimberlite::whole_node {

using consensus::VoteKind;

bool Conspiracy::has(NodeId id) const {
  return std::ranges::any_of(members_, [id](const Mouth* member) { return member->id() == id; });
}

void Conspiracy::support(Epoch epoch, View view, const std::map<PublicKey, Digest>& shown) const {
  for (const Mouth* member : members_) {
    member->later(0, [member, epoch, view, shown] {
      if (!member->place(epoch)) return;
      for (const auto& [peer, block] : shown) {
        member->say(peer, member->vote_message(member->vote(VoteKind::kNotarize, epoch, view, block)));
        member->say(peer, member->vote_message(member->vote(VoteKind::kFinalize, epoch, view, block)));
      }
    });
  }
}

}  // namespace kimberlite::whole_node
