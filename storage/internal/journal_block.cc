#include "storage/internal/journal_block.h"

#include "proto/assert.h"
#include "proto/digest.h"

namespace kimberlite::storage {
namespace {

constexpr std::string_view kBlockMagic = "KIMBVOTE";
constexpr std::string_view kHeaderMagic = "KIMBJRNL";
constexpr std::uint64_t kJournalFormat = 1;

void append_integer(std::string& out, std::uint64_t number, unsigned bytes) {
  for (unsigned shift = 8 * bytes; shift > 0; shift -= 8)
    out.push_back(static_cast<char>(number >> (shift - 8) & 0xff));
}

// Takes fields from the front of a block.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(std::size_t count) {
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::uint64_t integer(std::size_t bytes) {
    std::uint64_t number = 0;
    for (const char byte : take(bytes)) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
  }

 private:
  std::string_view bytes_;
};

// Pads to a whole block and closes it with the checksum.
std::string close_block(std::string block) {
  block.resize(kJournalBlockBytes - kJournalChecksumBytes, '\0');
  block.append(sha256(block).view().substr(0, kJournalChecksumBytes));
  return block;
}

// The block without its checksum; nullopt if that is not right.
std::optional<std::string_view> open_block(std::string_view bytes) {
  if (bytes.size() != kJournalBlockBytes) return std::nullopt;
  const std::string_view body = bytes.substr(0, kJournalBlockBytes - kJournalChecksumBytes);
  const Digest digest = sha256(body);
  if (bytes.substr(body.size()) != digest.view().substr(0, kJournalChecksumBytes)) return std::nullopt;
  return body;
}

}  // namespace

std::string encode_journal_block(const JournalBlock& block, const PublicKey& identity) {
  KIMBERLITE_ASSERT(block.payload.size() <= kJournalBlockPayload, "a part of a record fits its block");
  std::string out(kBlockMagic);
  out.reserve(kJournalBlockBytes);
  out.append(identity.view());
  append_integer(out, block.number, 8);
  append_integer(out, block.group_first, 8);
  append_integer(out, block.group_last, 8);
  append_integer(out, block.sequence, 8);
  append_integer(out, block.part, 2);
  append_integer(out, block.parts, 2);
  append_integer(out, block.payload.size(), 4);
  out.append(block.payload);
  return close_block(std::move(out));
}

std::optional<ReadBlock> decode_journal_block(std::string_view bytes) {
  if (!bytes.starts_with(kBlockMagic)) return std::nullopt;
  const std::optional<std::string_view> body = open_block(bytes);
  if (!body) return std::nullopt;
  Fields fields(body->substr(kBlockMagic.size()));
  ReadBlock read;
  read.identity = *PublicKey::from_bytes(fields.take(PublicKey::kSize));
  JournalBlock& block = read.block;
  block.number = fields.integer(8);
  block.group_first = fields.integer(8);
  block.group_last = fields.integer(8);
  block.sequence = fields.integer(8);
  block.part = static_cast<std::uint16_t>(fields.integer(2));
  block.parts = static_cast<std::uint16_t>(fields.integer(2));
  const std::uint64_t used = fields.integer(4);
  if (used > kJournalBlockPayload || block.part >= block.parts || block.number < block.group_first ||
      block.number > block.group_last || block.group_first == 0 ||
      block.group_last - block.group_first >= kJournalGroupBlocksMax) {
    return std::nullopt;
  }
  block.payload = fields.take(static_cast<std::size_t>(used));
  return read;
}

std::string encode_journal_header(std::uint64_t file_bytes, const PublicKey& identity) {
  std::string out(kHeaderMagic);
  append_integer(out, kJournalFormat, 8);
  append_integer(out, file_bytes, 8);
  out.append(identity.view());
  return close_block(std::move(out));
}

std::optional<JournalHeader> decode_journal_header(std::string_view bytes) {
  if (!bytes.starts_with(kHeaderMagic)) return std::nullopt;
  const std::optional<std::string_view> body = open_block(bytes);
  if (!body) return std::nullopt;
  Fields fields(body->substr(kHeaderMagic.size()));
  if (fields.integer(8) != kJournalFormat) return std::nullopt;
  JournalHeader header;
  header.file_bytes = fields.integer(8);
  header.identity = *PublicKey::from_bytes(fields.take(PublicKey::kSize));
  return header;
}

}  // namespace kimberlite::storage
