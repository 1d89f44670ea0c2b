// The first frame: what it says, and every way in which it is refused.
#include "node/net/hello.h"

#include <gtest/gtest.h>

#include <limits>

#include "kimberlite/v1/peer.pb.h"
#include "proto/strict.h"

namespace kimberlite::net {
namespace {

const Digest kOurs = sha256("our network");
const Digest kTheirs = sha256("their network");
constexpr TimeMs kNow{1'000'000};

TEST(Hello, SaysWhoSpeaks) {
  const auto hello = read_hello(encode_hello(kOurs, "kimberlited 0.1", TimeMs{1'002'500}, 77), kOurs, kNow);
  ASSERT_TRUE(hello.has_value()) << hello.error().to_string();
  EXPECT_EQ(hello->software, "kimberlited 0.1");
  EXPECT_EQ(hello->clock_apart_ms, 2500);
  EXPECT_EQ(hello->final_height, 77U);
}

TEST(Hello, FitsItsLimitWithTheLongestText) {
  EXPECT_LE(encode_hello(kOurs, std::string(kTextBytesMax, 'x'), kNow, ~std::uint64_t{0}).size(), kHelloBytesMax);
}

TEST(Hello, OtherChainIsRefusedNamingBoth) {
  const auto hello = read_hello(encode_hello(kTheirs, "x", kNow, 0), kOurs, kNow);
  ASSERT_FALSE(hello.has_value());
  EXPECT_EQ(hello.error().reason, Reason::WRONG_NETWORK);
  EXPECT_EQ(hello.error().field, "hello.chain_id");
  EXPECT_NE(hello.error().message.find(kOurs.hex()), std::string::npos);
  EXPECT_NE(hello.error().message.find(kTheirs.hex()), std::string::npos);
}

/// A Hello with one thing changed.
std::string altered(const std::function<void(v1::Hello&)>& alter) {
  v1::PeerMessage message;
  EXPECT_TRUE(message.ParseFromString(encode_hello(kOurs, "x", kNow, 1)));
  alter(*message.mutable_hello());
  return serialize_canonical(message);
}

TEST(Hello, OtherProtocolIsRefusedNamingBoth) {
  const auto hello = read_hello(altered([](v1::Hello& h) { h.set_protocol(2); }), kOurs, kNow);
  ASSERT_FALSE(hello.has_value());
  EXPECT_EQ(hello.error().reason, Reason::WRONG_NETWORK);
  EXPECT_EQ(hello.error().field, "hello.protocol");
  EXPECT_NE(hello.error().message.find("protocol 2"), std::string::npos);
  EXPECT_NE(hello.error().message.find("protocol 1"), std::string::npos);
}

TEST(Hello, ChainIdOfAnotherLengthIsRefused) {
  const auto hello = read_hello(altered([](v1::Hello& h) { h.set_chain_id("short"); }), kOurs, kNow);
  ASSERT_FALSE(hello.has_value());
  EXPECT_EQ(hello.error().reason, Reason::FIELD_OUT_OF_RANGE);
  EXPECT_EQ(hello.error().field, "hello.chain_id");
}

TEST(Hello, ClockBefore1970IsRefused) {
  const auto bytes = altered([](v1::Hello& h) { h.set_clock_ms(std::numeric_limits<std::int64_t>::min()); });
  const auto hello = read_hello(bytes, kOurs, kNow);
  ASSERT_FALSE(hello.has_value());
  EXPECT_EQ(hello.error().reason, Reason::FIELD_OUT_OF_RANGE);
  EXPECT_EQ(hello.error().field, "hello.clock_ms");
}

TEST(Hello, FarFutureClockIsTakenAndMeasured) {
  constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();
  const auto hello = read_hello(altered([](v1::Hello& h) { h.set_clock_ms(kLatest); }), kOurs, kNow);
  ASSERT_TRUE(hello.has_value());
  EXPECT_EQ(hello->clock_apart_ms, kLatest - kNow.value);
}

TEST(Hello, AnotherMessageIsRefused) {
  v1::PeerMessage message;
  message.mutable_block_request()->set_digest(kOurs.view().data(), Digest::kSize);
  const auto hello = read_hello(serialize_canonical(message), kOurs, kNow);
  ASSERT_FALSE(hello.has_value());
  EXPECT_EQ(hello.error().reason, Reason::MALFORMED);
}

TEST(Hello, BytesThatAreNoMessageAreRefused) {
  EXPECT_FALSE(read_hello("GET / HTTP/1.1\r\n\r\n", kOurs, kNow).has_value());
  EXPECT_FALSE(read_hello("", kOurs, kNow).has_value());
}

TEST(Hello, TrailingUnknownFieldIsRefused) {
  const auto hello = read_hello(encode_hello(kOurs, "x", kNow, 1) + std::string("\xfa\x07\x00", 3), kOurs, kNow);
  ASSERT_FALSE(hello.has_value());
  EXPECT_EQ(hello.error().reason, Reason::UNKNOWN_FIELD);
}

}  // namespace
}  // namespace kimberlite::net
