#include "proto/vote_payload.h"

#include <cstdint>

namespace kimberlite {

namespace {

void append_big_endian(std::string& bytes, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}

}  // namespace

std::string vote_payload(const Digest& chain_id, Epoch epoch, View view, const Digest& block) {
  std::string payload;
  payload.reserve(2 * Digest::kSize + 16);
  payload.append(chain_id.view());
  append_big_endian(payload, epoch.value);
  append_big_endian(payload, view.value);
  payload.append(block.view());
  return payload;
}

}  // namespace kimberlite
