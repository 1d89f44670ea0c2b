// The frame decoder: whole, split and coalesced frames, and the lengths it refuses.
#include "node/net/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace kimberlite::net {
namespace {

std::string framed(const std::string& payload) {
  const auto header = frame_header(payload.size());
  return std::string(header.data(), header.size()) + payload;
}

TEST(Frame, HeaderIsBigEndian) {
  const auto header = frame_header(0x00010203);
  EXPECT_EQ(std::string(header.data(), header.size()), std::string("\x00\x01\x02\x03", 4));
}

TEST(Frame, LimitIsFourMebibytesInclusive) {
  FrameDecoder decoder(kFrameBytesMax);
  const std::string payload(kFrameBytesMax, 'x');
  const std::string bytes = framed(payload);
  std::string_view input = bytes;
  const auto read = decoder.next(input);
  ASSERT_TRUE(read.has_value());
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ(**read, payload);
  EXPECT_TRUE(decoder.between_frames());
}

TEST(Frame, OneByteAboveTheLimitIsRefused) {
  FrameDecoder decoder(kFrameBytesMax);
  std::string_view input("\x00\x40\x00\x01", 4);
  const auto read = decoder.next(input);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().reason, Reason::MALFORMED);
  EXPECT_EQ(read.error().field, "frame.length");
  EXPECT_NE(read.error().message.find("4194305"), std::string::npos) << read.error().message;
}

TEST(Frame, LengthWithTheTopBitSetIsRefused) {
  FrameDecoder decoder(kFrameBytesMax);
  std::string_view input("\xff\xff\xff\xff", 4);
  EXPECT_FALSE(decoder.next(input).has_value());
}

TEST(Frame, ZeroLengthIsRefused) {
  FrameDecoder decoder(kFrameBytesMax);
  std::string_view input("\x00\x00\x00\x00", 4);
  const auto read = decoder.next(input);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().reason, Reason::MALFORMED);
}

TEST(Frame, RaisedLimitHoldsForTheNextFrame) {
  FrameDecoder decoder(2);
  const std::string bytes = framed("ab") + framed("abc");
  std::string_view input = bytes;
  ASSERT_TRUE(decoder.next(input).value().has_value());
  decoder.set_payload_bytes_max(3);
  EXPECT_EQ(decoder.next(input).value(), "abc");
}

TEST(Frame, CutFrameIsNeitherReturnedNorForgotten) {
  const std::string bytes = framed("abcd");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    FrameDecoder decoder(kFrameBytesMax);
    std::string_view first = std::string_view(bytes).substr(0, cut);
    EXPECT_FALSE(decoder.next(first).value().has_value()) << cut;
    EXPECT_TRUE(first.empty());
    EXPECT_FALSE(decoder.between_frames()) << cut;
    std::string_view rest = std::string_view(bytes).substr(cut);
    EXPECT_EQ(decoder.next(rest).value(), "abcd") << cut;
    EXPECT_TRUE(decoder.between_frames());
  }
}

TEST(Frame, AnyCuttingOfAnyFramesGivesTheSameFrames) {
  const bool holds = rc::check("frames survive any cutting", [] {
    const auto payloads = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
    const auto cuts =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 9)));
    std::string bytes;
    for (const std::string& payload : payloads) bytes += framed(payload);
    FrameDecoder decoder(kFrameBytesMax);
    std::vector<std::string> read;
    std::string_view rest = bytes;
    for (std::size_t i = 0; !rest.empty(); ++i) {
      std::string_view piece = rest.substr(0, cuts[i % cuts.size()]);
      rest.remove_prefix(piece.size());
      for (auto payload = decoder.next(piece).value(); payload; payload = decoder.next(piece).value()) {
        read.push_back(*payload);
      }
    }
    RC_ASSERT(read == payloads);
    RC_ASSERT(decoder.between_frames());
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace kimberlite::net
