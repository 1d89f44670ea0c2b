// Framing on a peer connection: a 4-byte big-endian length, then that many bytes of payload. Pure: no sockets, no
// clock. Invariant: a decoder never holds more than one unfinished frame, and memory grows with what arrived, not with
// what was announced. One owner a decoder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/net/peer_network.h"
#include "proto/error.h"

namespace kimberlite::net {

inline constexpr std::size_t kFrameHeaderBytes = 4;

/// The four bytes that precede a payload. REQUIRES: 1 to kFrameBytesMax.
std::array<char, kFrameHeaderBytes> frame_header(std::size_t payload_bytes);

/// Cuts a byte stream into payloads.
class FrameDecoder {
 public:
  /// Payloads longer than `payload_bytes_max` are refused; it is at most kFrameBytesMax.
  explicit FrameDecoder(std::size_t payload_bytes_max) : payload_bytes_max_(payload_bytes_max) {}

  /// Takes bytes off the front of `input`: the next whole payload, or nullopt once the input is used up. MALFORMED for
  /// a length of zero or above the limit; the decoder must not be used after that.
  Result<std::optional<std::string>> next(std::string_view& input);

  /// The limit for frames whose header has not been read yet.
  void set_payload_bytes_max(std::size_t bytes) { payload_bytes_max_ = bytes; }
  /// False while a frame has begun and not ended: a connection that closes now was cut.
  [[nodiscard]] bool between_frames() const { return header_bytes_ == 0; }

 private:
  std::size_t payload_bytes_max_;
  std::array<char, kFrameHeaderBytes> header_{};
  std::size_t header_bytes_{};
  std::size_t payload_bytes_{};
  std::string payload_;
};

}  // namespace kimberlite::net
