#include "node/net/frame.h"

#include <algorithm>
#include <utility>

#include "proto/assert.h"

namespace kimberlite::net {

std::array<char, kFrameHeaderBytes> frame_header(std::size_t payload_bytes) {
  KIMBERLITE_ASSERT(payload_bytes > 0 && payload_bytes <= kFrameBytesMax, "a frame of 1 byte to 4 MiB");
  std::array<char, kFrameHeaderBytes> header{};
  for (std::size_t i = 0; i < kFrameHeaderBytes; ++i) {
    const std::size_t shift = 8 * (kFrameHeaderBytes - 1 - i);
    header[i] = static_cast<char>((payload_bytes >> shift) & 0xff);
  }
  return header;
}

Result<std::optional<std::string>> FrameDecoder::next(std::string_view& input) {
  if (header_bytes_ < kFrameHeaderBytes) {
    const std::size_t taken = std::min(kFrameHeaderBytes - header_bytes_, input.size());
    std::copy_n(input.begin(), taken, header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
    input.remove_prefix(taken);
    header_bytes_ += taken;
    if (header_bytes_ < kFrameHeaderBytes) return std::nullopt;
    payload_bytes_ = 0;
    for (const char byte : header_) payload_bytes_ = (payload_bytes_ << 8) | static_cast<unsigned char>(byte);
    if (payload_bytes_ == 0 || payload_bytes_ > payload_bytes_max_) {
      return fail(Reason::MALFORMED, "frame.length",
                  "a frame must have 1 to " + std::to_string(payload_bytes_max_) + " bytes, this one announces " +
                      std::to_string(payload_bytes_));
    }
  }
  const std::size_t taken = std::min(payload_bytes_ - payload_.size(), input.size());
  payload_.append(input.substr(0, taken));
  input.remove_prefix(taken);
  if (payload_.size() < payload_bytes_) return std::nullopt;
  header_bytes_ = 0;
  return std::exchange(payload_, {});
}

}  // namespace kimberlite::net
