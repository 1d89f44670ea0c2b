// The messages that attackers make: well-formed, and signed where a signature is wanted. Thread-safe: pure.
#pragma once

#include <cstdint>
#include <string>

#include "kimberlite/v1/peer.pb.h"
#include "tests/cluster/bounds/attack.h"

namespace kimberlite::bounds {

inline constexpr std::uint64_t kFirstEpoch = 1;

/// A frame around a message.
std::string framed(const v1::PeerMessage& message);
/// `bytes` random bytes.
std::string random_bytes(std::size_t bytes);
/// A vote signed by the liar.
v1::Vote signed_vote(const Scene& scene, const Liar& liar, v1::VoteKind kind, std::uint64_t epoch, std::uint64_t view,
                     const std::string& block);
/// A frame with that vote.
std::string vote_frame(const Scene& scene, const Liar& liar, v1::VoteKind kind, std::uint64_t epoch, std::uint64_t view,
                       const std::string& block);
/// A proposal, signed by the liar, of a block that has `envelopes` envelopes which nobody has.
std::string proposal_frame(const Scene& scene, const Liar& liar, std::uint64_t epoch, std::uint64_t view,
                           std::size_t envelopes);
/// A whole envelope of about this size: its signature holds, but nobody registered the key.
std::string strangers_envelope(const Scene& scene, std::size_t bytes);

}  // namespace kimberlite::bounds
