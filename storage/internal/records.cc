#include "storage/internal/records.h"

#include <bit>
#include <utility>
#include <vector>

namespace kimberlite::storage {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kFormatBytes = 4;

std::string big_endian(std::uint64_t number, std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t at = bytes; at-- > 0; number >>= 8) out[at] = static_cast<char>(number & 0xff);
  return out;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

std::string encode_number(std::uint64_t number) {
  return big_endian(number, kNumberBytes);
}

std::optional<std::uint64_t> decode_number(std::string_view bytes) {
  if (bytes.size() != kNumberBytes) return std::nullopt;
  return from_big_endian(bytes);
}

std::string encode_format(std::uint32_t format) {
  return big_endian(format, kFormatBytes);
}

std::optional<std::uint32_t> decode_format(std::string_view bytes) {
  if (bytes.size() != kFormatBytes) return std::nullopt;
  return static_cast<std::uint32_t>(from_big_endian(bytes));
}

std::string tile_key(unsigned tile_level, std::uint64_t index) {
  return std::string(1, static_cast<char>(tile_level)) + encode_number(index);
}

std::string height_key(Height height) {
  return "h" + encode_number(height.value);
}

std::string digest_key(const Digest& block) {
  return std::string("d").append(block.view());
}

std::string body_key(Height height, const Digest& block) {
  return encode_number(height.value).append(block.view());
}

std::optional<BodyKey> decode_body_key(std::string_view bytes) {
  if (bytes.size() != kNumberBytes + Digest::kSize) return std::nullopt;
  return BodyKey{Height{from_big_endian(bytes.substr(0, kNumberBytes))},
                 *Digest::from_bytes(bytes.substr(kNumberBytes))};
}

std::string journal_key(const PublicKey& node_key) {
  return std::string("journal").append(node_key.view());
}

std::string retired_key(const PublicKey& node_key) {
  return std::string("retired").append(node_key.view());
}

std::string kept_key(const Digest& certificate) {
  return std::string(kKeptPrefix) + std::string(certificate.view());
}

std::string epoch_key(Epoch epoch) {
  return "epoch" + encode_number(epoch.value);
}

std::string encode_location(const EnvelopeLocation& location) {
  return encode_number(location.height.value) + encode_number(location.index.value);
}

std::optional<EnvelopeLocation> decode_location(std::string_view bytes) {
  if (bytes.size() != 2 * kNumberBytes) return std::nullopt;
  return EnvelopeLocation{Height{from_big_endian(bytes.substr(0, kNumberBytes))},
                          LogIndex{from_big_endian(bytes.substr(kNumberBytes))}};
}

std::string encode_tip(const Tip& tip, const CompactRange& range) {
  std::string out = encode_number(tip.height.value);
  out.append(tip.block.view());
  out.append(encode_number(tip.view.value));
  out.append(encode_number(static_cast<std::uint64_t>(tip.block_time_ms.value)));
  out.append(encode_number(tip.log_size.value));
  out.append(tip.state_root.view());
  for (const Digest& peak : range.peaks()) out.append(peak.view());
  return out;
}

std::optional<TipRecord> decode_tip(std::string_view bytes) {
  constexpr std::size_t kFixed = 4 * kNumberBytes + 2 * Digest::kSize;
  if (bytes.size() < kFixed) return std::nullopt;
  const auto number = [&bytes] {
    const std::uint64_t value = from_big_endian(bytes.substr(0, kNumberBytes));
    bytes.remove_prefix(kNumberBytes);
    return value;
  };
  const auto digest = [&bytes] {
    const Digest value = *Digest::from_bytes(bytes.substr(0, Digest::kSize));
    bytes.remove_prefix(Digest::kSize);
    return value;
  };
  TipRecord record;
  record.tip.height = Height{number()};
  record.tip.block = digest();
  record.tip.view = View{number()};
  record.tip.block_time_ms = TimeMs{static_cast<std::int64_t>(number())};
  record.tip.log_size = LogSize{number()};
  record.tip.state_root = digest();
  const auto peak_count = static_cast<std::size_t>(std::popcount(record.tip.log_size.value));
  if (bytes.size() != peak_count * Digest::kSize) return std::nullopt;
  std::vector<Digest> peaks(peak_count);
  for (Digest& peak : peaks) peak = digest();
  record.range = CompactRange(record.tip.log_size, std::move(peaks));
  record.tip.log_root = record.range.root();
  return record;
}

}  // namespace kimberlite::storage
