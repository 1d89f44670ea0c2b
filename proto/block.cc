#include "proto/block.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "kimberlite/v1/log.pb.h"
#include "proto/internal/shape.h"
#include "proto/merkle_log.h"
#include "proto/strict.h"

namespace kimberlite {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using internal::Shape;

constexpr char kAcceptedTag = 0x0a;  // field 1 of LogEntry, length-delimited
constexpr char kBlockTag = 0x12;     // field 2 of LogEntry, length-delimited

Digest digest_or_zero(const std::string& bytes) {
  return Digest::from_bytes(bytes).value_or(Digest{});
}

Shape check_record(const v1::BlockRecord& record) {
  Shape shape;
  shape.bytes("chain_id", record.chain_id(), Digest::kSize);
  shape.set("epoch", record.epoch() != 0);
  shape.set("view", record.view() != 0);
  shape.set("height", record.height() != 0);
  shape.bytes("parent", record.parent(), Digest::kSize);
  shape.time("time_ms", record.time_ms());
  shape.participant_code("proposer", record.proposer());
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  shape.in_range("count", record.count() < kMax - record.first_index(), "first_index + count + 1 must fit 64 bits");
  shape.bytes("events_root", record.events_root(), Digest::kSize);
  shape.bytes("state_root", record.state_root(), Digest::kSize);
  shape.bytes("validators", record.validators(), Digest::kSize);
  shape.optional_bytes("next_validators", record.next_validators(), Digest::kSize);
  shape.in_range("next_validators",
                 record.next_validators().empty() || !digest_or_zero(record.next_validators()).is_zero(),
                 "an absent set is left out, not zero");
  return shape;
}

// The bytes of the one length-delimited field that `leaf` consists of; nullopt unless it is exactly that.
std::optional<std::string_view> only_field(std::string_view leaf, char tag) {
  constexpr std::size_t kLeafBytesMax = std::numeric_limits<int>::max();
  if (leaf.size() < 2 || leaf.size() > kLeafBytesMax || leaf.front() != tag) return std::nullopt;
  const std::string_view rest = leaf.substr(1);
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(rest.data()), static_cast<int>(rest.size()));
  std::uint32_t size = 0;
  if (!input.ReadVarint32(&size)) return std::nullopt;
  const auto header = static_cast<std::size_t>(input.CurrentPosition());
  if (header != CodedOutputStream::VarintSize32(size) || rest.size() - header != size) return std::nullopt;
  return rest.substr(header);
}

}  // namespace

std::string encode_block_leaf(const BlockHeader& header) {
  v1::LogEntry entry;
  v1::BlockRecord& record = *entry.mutable_block();
  record.set_chain_id(std::string(header.chain_id.view()));
  record.set_epoch(header.epoch.value);
  record.set_view(header.view.value);
  record.set_height(header.height.value);
  record.set_parent(std::string(header.parent.view()));
  record.set_time_ms(header.time_ms.value);
  record.set_proposer(header.proposer);
  record.set_first_index(header.first_index.value);
  record.set_count(header.count);
  record.set_events_root(std::string(header.events_root.view()));
  record.set_state_root(std::string(header.state_root.view()));
  record.set_validators(std::string(header.validators.view()));
  if (!header.next_validators.is_zero()) record.set_next_validators(std::string(header.next_validators.view()));
  return serialize_canonical(entry);
}

Result<BlockHeader> decode_block_leaf(std::string_view leaf) {
  v1::LogEntry entry;
  if (Result<void> parsed = parse_strict(leaf, entry); !parsed) return std::unexpected(std::move(parsed.error()));
  if (!entry.has_block()) return fail(Reason::MALFORMED, "block", "the leaf is not a block record");
  const v1::BlockRecord& record = entry.block();
  Shape shape = check_record(record);
  shape.move_under("block");
  if (shape.fault()) return std::unexpected(*shape.fault());
  BlockHeader header;
  header.chain_id = digest_or_zero(record.chain_id());
  header.epoch = Epoch{record.epoch()};
  header.view = View{record.view()};
  header.height = Height{record.height()};
  header.parent = digest_or_zero(record.parent());
  header.time_ms = TimeMs{record.time_ms()};
  header.proposer = record.proposer();
  header.first_index = LogIndex{record.first_index()};
  header.count = record.count();
  header.events_root = digest_or_zero(record.events_root());
  header.state_root = digest_or_zero(record.state_root());
  header.validators = digest_or_zero(record.validators());
  header.next_validators = digest_or_zero(record.next_validators());
  return header;
}

Digest block_digest(std::string_view leaf) {
  return leaf_hash(leaf);
}

std::string encode_accepted_leaf(std::string_view signed_envelope) {
  std::uint8_t size[5];
  const std::uint8_t* end =
      CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(signed_envelope.size()), size);
  std::string leaf;
  leaf.reserve(1 + sizeof size + signed_envelope.size());
  leaf.push_back(kAcceptedTag);
  leaf.append(reinterpret_cast<const char*>(size), static_cast<std::size_t>(end - size));
  return leaf.append(signed_envelope);
}

Result<std::string> decode_accepted_leaf(std::string_view leaf) {
  if (const auto envelope = only_field(leaf, kAcceptedTag); envelope && !envelope->empty())
    return std::string(*envelope);
  if (const auto record = only_field(leaf, kBlockTag); record && !record->empty()) return std::string();
  return fail(Reason::MALFORMED, "", "the leaf is neither an accepted envelope nor a block record");
}

}  // namespace kimberlite
