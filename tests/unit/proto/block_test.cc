#include "proto/block.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "kimberlite/v1/log.pb.h"
#include "proto/envelope.h"
#include "proto/merkle_log.h"
#include "proto/strict.h"
#include "samples.h"

namespace kimberlite {
namespace {

BlockHeader sample_header() {
  BlockHeader header;
  header.chain_id = test::sample_chain_id();
  header.epoch = Epoch{1};
  header.view = View{7};
  header.height = Height{5};
  header.parent = sha256("parent");
  header.time_ms = TimeMs{1'170'244'800'000};
  header.proposer = "BW";
  header.first_index = LogIndex{40};
  header.count = 3;
  header.events_root = sha256("events");
  header.state_root = sha256("state");
  header.validators = sha256("validators");
  return header;
}

v1::LogEntry sample_entry() {
  v1::LogEntry entry;
  entry.ParseFromString(encode_block_leaf(sample_header()));
  return entry;
}

TEST(Block, HeaderRoundTrips) {
  BlockHeader header = sample_header();
  EXPECT_EQ(decode_block_leaf(encode_block_leaf(header)), header);
  header.next_validators = sha256("next");
  EXPECT_EQ(decode_block_leaf(encode_block_leaf(header)), header);
  header.count = 0;
  header.first_index = LogIndex{0};
  EXPECT_EQ(decode_block_leaf(encode_block_leaf(header)), header);
}

TEST(Block, PositionsFollowFromTheHeader) {
  EXPECT_EQ(sample_header().record_index(), LogIndex{43});
  EXPECT_EQ(sample_header().log_size(), LogSize{44});
}

TEST(Block, DigestIsTheLeafHash) {
  const std::string leaf = encode_block_leaf(sample_header());
  EXPECT_EQ(block_digest(leaf), leaf_hash(leaf));
}

TEST(Block, EachFaultOfARecordIsNamed) {
  struct Case {
    std::function<void(v1::BlockRecord&)> spoil;
    Reason reason;
    std::string field;
  };
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const Case cases[] = {
      {[](auto& record) { record.clear_chain_id(); }, Reason::MISSING_FIELD, "block.chain_id"},
      {[](auto& record) { record.set_chain_id("short"); }, Reason::MALFORMED, "block.chain_id"},
      {[](auto& record) { record.clear_epoch(); }, Reason::MISSING_FIELD, "block.epoch"},
      {[](auto& record) { record.clear_view(); }, Reason::MISSING_FIELD, "block.view"},
      {[](auto& record) { record.clear_height(); }, Reason::MISSING_FIELD, "block.height"},
      {[](auto& record) { record.clear_parent(); }, Reason::MISSING_FIELD, "block.parent"},
      {[](auto& record) { record.clear_time_ms(); }, Reason::MISSING_FIELD, "block.time_ms"},
      {[](auto& record) { record.set_time_ms(-1); }, Reason::FIELD_OUT_OF_RANGE, "block.time_ms"},
      {[](auto& record) { record.clear_proposer(); }, Reason::MISSING_FIELD, "block.proposer"},
      {[](auto& record) { record.set_proposer("bw"); }, Reason::FIELD_OUT_OF_RANGE, "block.proposer"},
      {[](auto& record) { record.set_count(kMax - 40); }, Reason::FIELD_OUT_OF_RANGE, "block.count"},
      {[](auto& record) { record.set_events_root(std::string(33, 'x')); }, Reason::MALFORMED, "block.events_root"},
      {[](auto& record) { record.clear_state_root(); }, Reason::MISSING_FIELD, "block.state_root"},
      {[](auto& record) { record.clear_validators(); }, Reason::MISSING_FIELD, "block.validators"},
      {[](auto& record) { record.set_next_validators("x"); }, Reason::MALFORMED, "block.next_validators"},
      {[](auto& record) { record.set_next_validators(std::string(32, '\0')); }, Reason::FIELD_OUT_OF_RANGE,
       "block.next_validators"},
  };
  for (const Case& each : cases) {
    v1::LogEntry entry = sample_entry();
    each.spoil(*entry.mutable_block());
    const Result<BlockHeader> header = decode_block_leaf(serialize_canonical(entry));
    ASSERT_FALSE(header) << each.field;
    EXPECT_EQ(header.error().field, each.field);
    EXPECT_EQ(header.error().reason, each.reason) << each.field;
  }
}

TEST(Block, UnknownFieldsAndOtherLeavesAreRefused) {
  const std::string accepted = encode_accepted_leaf(sign_envelope(test::sample_envelope(), test::sample_key(1)));
  EXPECT_EQ(decode_block_leaf(accepted).error().reason, Reason::MALFORMED);
  EXPECT_EQ(decode_block_leaf("").error().reason, Reason::MALFORMED);
  EXPECT_EQ(decode_block_leaf(encode_block_leaf(sample_header()) + "x").error().reason, Reason::MALFORMED);
  v1::LogEntry entry = sample_entry();
  entry.mutable_block()->GetReflection()->MutableUnknownFields(entry.mutable_block())->AddVarint(14, 1);
  const Result<BlockHeader> header = decode_block_leaf(serialize_canonical(entry));
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().reason, Reason::UNKNOWN_FIELD);
  EXPECT_EQ(header.error().field, "block.14");
}

TEST(Block, EveryFlippedBitOfALeafGivesAnotherDigest) {
  const std::string leaf = encode_block_leaf(sample_header());
  for (std::size_t bit = 0; bit < 8 * leaf.size(); ++bit) {
    std::string flipped = leaf;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(block_digest(flipped), block_digest(leaf));
    const Result<BlockHeader> header = decode_block_leaf(flipped);
    if (header) {
      EXPECT_EQ(encode_block_leaf(*header), flipped);
    }
  }
}

TEST(AcceptedLeaf, HoldsTheEnvelopeByteForByte) {
  const std::string envelope = sign_envelope(test::sample_envelope(), test::sample_key(1));
  const std::string leaf = encode_accepted_leaf(envelope);
  EXPECT_EQ(decode_accepted_leaf(leaf), envelope);
  v1::LogEntry entry;
  ASSERT_TRUE(parse_strict(leaf, entry));
  EXPECT_EQ(serialize_canonical(entry.accepted()), envelope);
}

TEST(AcceptedLeaf, EnvelopesOfEveryLengthOfVarint) {
  for (const std::size_t size : {1U, 127U, 128U, 16'383U, 16'384U, 60'000U}) {
    const std::string envelope(size, 'x');
    EXPECT_EQ(decode_accepted_leaf(encode_accepted_leaf(envelope)), envelope) << size;
  }
  EXPECT_LE(encode_accepted_leaf(std::string(kEnvelopeBytesMax, 'x')).size(), 0xffffU) << "a leaf fits a tile entry";
}

TEST(AcceptedLeaf, BlockRecordIsTold) {
  EXPECT_EQ(decode_accepted_leaf(encode_block_leaf(sample_header())), "");
}

TEST(AcceptedLeaf, AnythingElseIsMalformed) {
  for (const std::string& leaf :
       {std::string(), std::string("\x0a"), std::string("\x0a\x00", 2), std::string("\x0a\x01", 2),
        std::string("\x0a\x01xy"), std::string("\x0a\x81\x00x", 4), std::string("\x1a\x01x"),
        std::string("\x12\x00", 2), std::string("\x08\x01"), std::string("\x0a\xff\xff\xff\xff\x0fx"),
        std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x")}) {
    const Result<std::string> decoded = decode_accepted_leaf(leaf);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason, Reason::MALFORMED);
  }
}

}  // namespace
}  // namespace kimberlite
