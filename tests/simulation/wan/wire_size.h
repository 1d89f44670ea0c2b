// What a simulated packet would weigh on a peer connection: the node's own encoding with a typical event in it, the
// frame's header and the TLS record. TCP and IP headers are not counted. Thread-safe: pure.
#pragma once

#include <cstddef>

#include "tests/simulation/packets.h"

namespace kimberlite::wan {

/// TLS 1.3: five bytes of record header, one of content type, sixteen of authentication tag.
inline constexpr std::size_t kTlsRecordBytes = 22;

/// Bytes of a packet on the wire, with frame and TLS record. An event stands for one envelope that issues one
/// certificate.
std::size_t wire_bytes(const simulation::Packet& packet, const simulation::Blocks& blocks);
/// Bytes of the checkpoint signature that a node sends to each peer after a final block.
std::size_t checkpoint_bytes();

}  // namespace kimberlite::wan
