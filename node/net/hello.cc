#include "node/net/hello.h"

#include "kimberlite/v1/peer.pb.h"
#include "proto/strict.h"

namespace kimberlite::net {

std::string encode_hello(const Digest& chain_id, std::string_view software, TimeMs now, std::uint64_t final_height) {
  v1::PeerMessage message;
  v1::Hello& hello = *message.mutable_hello();
  hello.set_chain_id(chain_id.view().data(), Digest::kSize);
  hello.set_protocol(kPeerProtocol);
  hello.set_software(software.data(), software.size());
  hello.set_clock_ms(now.value);
  hello.set_final_height(final_height);
  return serialize_canonical(message);
}

Result<PeerHello> read_hello(std::string_view frame, const Digest& chain_id, TimeMs now) {
  v1::PeerMessage message;
  if (const auto parsed = parse_strict(frame, message); !parsed) return std::unexpected(parsed.error());
  if (!message.has_hello()) return fail(Reason::MALFORMED, "hello", "the first frame must be a Hello");
  const v1::Hello& hello = message.hello();
  const auto their_chain = Digest::from_bytes(hello.chain_id());
  if (!their_chain) return fail(Reason::FIELD_OUT_OF_RANGE, "hello.chain_id", "a chain id of 32 bytes was expected");
  if (*their_chain != chain_id) {
    return fail(Reason::WRONG_NETWORK, "hello.chain_id",
                "the peer is on network " + their_chain->hex() + ", this node on " + chain_id.hex());
  }
  if (hello.protocol() != kPeerProtocol) {
    return fail(Reason::WRONG_NETWORK, "hello.protocol",
                "the peer speaks protocol " + std::to_string(hello.protocol()) + ", this node protocol " +
                    std::to_string(kPeerProtocol));
  }
  if (hello.clock_ms() < 0) {
    return fail(Reason::FIELD_OUT_OF_RANGE, "hello.clock_ms",
                "a clock after 1970, not " + std::to_string(hello.clock_ms()));
  }
  return PeerHello{hello.software(), hello.clock_ms() - now.value, hello.final_height()};
}

}  // namespace kimberlite::net
