#include "proto/digest.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace kimberlite {
namespace {

TEST(Digest, Sha256OfKnownMessages) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, PartsAreConcatenated) {
  EXPECT_EQ(sha256("a", "b", "c"), sha256("abc"));
  EXPECT_EQ(sha256("", "abc"), sha256("abc"));
  EXPECT_EQ(sha256("ab", "", "c"), sha256("abc"));
}

TEST(Digest, TagIsPartedByANewline) {
  EXPECT_EQ(tagged_digest("kimberlite/v1/envelope", "payload"), sha256("kimberlite/v1/envelope\npayload"));
  EXPECT_NE(tagged_digest("kimberlite/v1/envelope", "payload"), tagged_digest("kimberlite/v1/envelopep", "ayload"));
}

TEST(Digest, BytesAndHexRoundTrip) {
  const Digest digest = sha256("abc");
  EXPECT_EQ(Digest::from_bytes(digest.view()), digest);
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
  EXPECT_EQ(Digest::from_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), digest);
}

TEST(Digest, WrongLengthsAndCharactersAreRefused) {
  EXPECT_EQ(Digest::from_bytes(""), std::nullopt);
  EXPECT_EQ(Digest::from_bytes(std::string(31, 'x')), std::nullopt);
  EXPECT_EQ(Digest::from_bytes(std::string(33, 'x')), std::nullopt);
  EXPECT_EQ(Digest::from_hex(std::string(62, '0')), std::nullopt);
  EXPECT_EQ(Digest::from_hex(std::string(63, '0')), std::nullopt);
  EXPECT_EQ(Digest::from_hex(std::string(63, '0') + "g"), std::nullopt);
}

TEST(Digest, OnlyTheZeroDigestIsZero) {
  EXPECT_TRUE(Digest{}.is_zero());
  EXPECT_FALSE(sha256("").is_zero());
}

TEST(Digest, OrderIsThatOfTheBytes) {
  Digest low;
  Digest high;
  low.bytes[31] = 255;
  high.bytes[0] = 1;
  EXPECT_LT(low, high);
}

TEST(Digest, ThreadsDoNotDisturbOneAnother) {
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < right.size(); ++thread) {
    threads.emplace_back([&right, thread] {
      const std::string message(100 + thread, static_cast<char>('a' + thread));
      const Digest expected = sha256(message);
      for (int i = 0; i < 1000; ++i) right[thread] += sha256(message) == expected ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 1000));
}

}  // namespace
}  // namespace kimberlite
