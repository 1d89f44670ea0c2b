// Fuzzes what a peer's bytes meet first: the frame decoder, fed in pieces, then the Hello and the strict parser.
// The first input byte chooses the size of the pieces; the rest is the stream inside TLS. Not covered: TLS itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kimberlite/v1/peer.pb.h"
#include "node/net/frame.h"
#include "node/net/hello.h"
#include "proto/assert.h"
#include "proto/strict.h"

namespace {

using kimberlite::net::FrameDecoder;

void parse(const std::string& payload) {
  const kimberlite::Digest chain_id;
  static_cast<void>(kimberlite::net::read_hello(payload, chain_id, kimberlite::TimeMs{1}));
  kimberlite::v1::PeerMessage message;
  if (!kimberlite::parse_strict(payload, message)) return;
  KIMBERLITE_ASSERT(kimberlite::serialize_canonical(message) == payload, "what parses has one encoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_bytes = std::size_t{1} + data[0];
  std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  FrameDecoder decoder(kimberlite::net::kFrameBytesMax);
  while (!stream.empty()) {
    std::string_view piece = stream.substr(0, piece_bytes);
    stream.remove_prefix(piece.size());
    for (;;) {
      const auto payload = decoder.next(piece);
      if (!payload) return 0;
      if (!*payload) break;
      KIMBERLITE_ASSERT(!(*payload)->empty() && (*payload)->size() < size, "a frame is a part of the stream");
      parse(**payload);
    }
    KIMBERLITE_ASSERT(piece.empty(), "the decoder takes all that it is given");
  }
  return 0;
}
