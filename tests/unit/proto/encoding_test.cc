#include "proto/encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace kimberlite {
namespace {

TEST(Encoding, Hex) {
  EXPECT_EQ(to_hex(std::string_view("\x00\x7f\x80\xff", 4)), "007f80ff");
  EXPECT_EQ(from_hex("007F80ff"), std::string("\x00\x7f\x80\xff", 4));
  EXPECT_EQ(from_hex(""), "");
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
  EXPECT_EQ(from_hex("0x"), std::nullopt);
  EXPECT_EQ(from_hex(" 00"), std::nullopt);
}

TEST(Encoding, Base64OfRfc4648Section10) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
}

TEST(Encoding, Base64InAnyOtherFormIsRefused) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zg==\n", " Zg==", "Zm 9v",
                           "Zm9v====", "Zg==Zg==", "-_8=", "Zh==", "Zm9=", "Zm9v=", "Z=g="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Encoding, EveryByteStringRoundTrips) {
  EXPECT_TRUE(rc::check("hex and base64 round trip", [](const std::string& bytes) {
    RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
    RC_ASSERT(from_base64(to_base64(bytes)) == bytes);
  }));
}

TEST(Encoding, WhatDecodesIsCanonical) {
  EXPECT_TRUE(rc::check("a text that decodes is the encoding of its bytes", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgwZ048+/=")));
    const std::optional<std::string> bytes = from_base64(text);
    RC_ASSERT((!bytes || to_base64(*bytes) == text));  // in one piece: RapidCheck's own "or" evaluates both sides
  }));
}

}  // namespace
}  // namespace kimberlite
