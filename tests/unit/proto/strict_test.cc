#include "proto/strict.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "kimberlite/v1/proof.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "samples.h"

namespace kimberlite {
namespace {

// The reason and the path of the refusal; fails the test if the bytes are taken.
template <typename Message>
std::pair<std::string, std::string> refusal(const std::string& bytes, const StrictLimits& limits = {}) {
  Message message;
  const Result<void> parsed = parse_strict(bytes, message, limits);
  EXPECT_FALSE(parsed.has_value());
  if (parsed) return {};
  EXPECT_FALSE(parsed.error().message.empty());
  return {std::string(reason_name(parsed.error().reason)), parsed.error().field};
}

using Refusal = std::pair<std::string, std::string>;

// A field of wire type 2.
std::string field(int number, std::string_view bytes) {
  std::string encoded(1, static_cast<char>(number << 3 | 2));
  encoded.push_back(static_cast<char>(bytes.size()));
  return encoded.append(bytes);
}

TEST(Strict, WhatWasSerialisedCanonicallyParsesBack) {
  for (const v1::Event& event : test::sample_events()) {
    v1::Event again;
    const std::string bytes = serialize_canonical(event);
    ASSERT_TRUE(parse_strict(bytes, again)) << event.ShortDebugString();
    EXPECT_EQ(serialize_canonical(again), bytes);
  }
  const v1::Envelope envelope = test::sample_envelope();
  v1::Envelope again;
  EXPECT_TRUE(parse_strict(serialize_canonical(envelope), again));
  EXPECT_EQ(again.ShortDebugString(), envelope.ShortDebugString());
}

TEST(Strict, NoBytesAreAMessageOfDefaults) {
  v1::Event event;
  EXPECT_TRUE(parse_strict("", event));
}

TEST(Strict, BytesThatDoNotParse) {
  EXPECT_EQ(refusal<v1::Event>("\xff"), Refusal("MALFORMED", ""));
  EXPECT_EQ(refusal<v1::Event>(std::string(1, '\0')), Refusal("MALFORMED", ""));
  EXPECT_EQ(refusal<v1::Source>("\x0a\x05"
                                "ab"),
            Refusal("MALFORMED", ""));
}

TEST(Strict, EveryTruncationOfAMessageIsRefusedOrAnotherMessage) {
  const std::string bytes = serialize_canonical(test::sample_envelope());
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    v1::Envelope envelope;
    const std::string cut = bytes.substr(0, size);
    if (parse_strict(cut, envelope)) {
      EXPECT_EQ(serialize_canonical(envelope), cut);
    }
  }
}

TEST(Strict, UnknownFieldsAtEveryDepth) {
  EXPECT_EQ(refusal<v1::Source>(field(9, "x")), Refusal("UNKNOWN_FIELD", "9"));
  const std::string line = field(7, "x");
  const std::string issue = field(9, line);
  const std::string event = std::string("\xa2\x01", 2) + static_cast<char>(issue.size()) + issue;
  EXPECT_EQ(refusal<v1::Event>(event), Refusal("UNKNOWN_FIELD", "certificate_issue.hs_lines[0].7"));
  EXPECT_EQ(refusal<v1::Envelope>(field(5, event)),
            Refusal("UNKNOWN_FIELD", "events[0].certificate_issue.hs_lines[0].7"));
}

TEST(Strict, UnknownFieldsOfEveryWireType) {
  EXPECT_EQ(refusal<v1::Source>(std::string("\x48\x00", 2)), Refusal("UNKNOWN_FIELD", "9"));
  EXPECT_EQ(refusal<v1::Source>(std::string("\x49") + std::string(8, '\0')), Refusal("UNKNOWN_FIELD", "9"));
  EXPECT_EQ(refusal<v1::Source>(std::string("\x4d") + std::string(4, '\0')), Refusal("UNKNOWN_FIELD", "9"));
  EXPECT_EQ(refusal<v1::Source>("\x4b\x4c"), Refusal("UNKNOWN_FIELD", "9"));
}

TEST(Strict, DeeplyNestedGroupsAreRefusedWithoutHarm) {
  EXPECT_EQ(refusal<v1::Source>(std::string(100'000, '\x4b')), Refusal("MALFORMED", ""));
}

TEST(Strict, TextThatIsNotUtf8) {
  EXPECT_EQ(refusal<v1::Source>(field(1, "\xff")), Refusal("NOT_UTF8", "number"));
  EXPECT_EQ(refusal<v1::Source>(field(1, "\xc0\x80")), Refusal("NOT_UTF8", "number")) << "overlong";
  EXPECT_EQ(refusal<v1::Source>(field(1, "\xed\xa0\x80")), Refusal("NOT_UTF8", "number")) << "surrogate";
  EXPECT_EQ(refusal<v1::Source>(field(1, "\xf4\x90\x80\x80")), Refusal("NOT_UTF8", "number")) << "above U+10FFFF";
  EXPECT_EQ(refusal<v1::MeasureImpose>(field(5, "GH") + field(5, "\xe2\x82")), Refusal("NOT_UTF8", "approvers[1]"));
  v1::Source source;
  EXPECT_TRUE(parse_strict(field(1, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x8e"), source));
}

TEST(Strict, BytesFieldsMayHoldAnything) {
  v1::KeyRevoke revoke;
  EXPECT_TRUE(parse_strict(field(1, "\xff\xfe"), revoke));
}

TEST(Strict, TextAtAndOverItsLimit) {
  v1::Source source;
  source.set_number(std::string(kTextBytesMax, 'x'));
  v1::Source again;
  EXPECT_TRUE(parse_strict(serialize_canonical(source), again));
  source.set_number(std::string(kTextBytesMax + 1, 'x'));
  EXPECT_EQ(refusal<v1::Source>(serialize_canonical(source)), Refusal("TEXT_TOO_LONG", "number"));
  EXPECT_TRUE(parse_strict(serialize_canonical(source), again, {.text_bytes_max = kTextBytesMax + 1}));
}

TEST(Strict, EntriesAtAndOverTheirLimit) {
  v1::MapProof proof;
  for (std::size_t i = 0; i < kRepeatedMax; ++i) proof.add_siblings("x");
  v1::MapProof again;
  EXPECT_TRUE(parse_strict(serialize_canonical(proof), again));
  proof.add_siblings("x");
  EXPECT_EQ(refusal<v1::MapProof>(serialize_canonical(proof)), Refusal("FIELD_OUT_OF_RANGE", "siblings"));
  EXPECT_TRUE(parse_strict(serialize_canonical(proof), again, {.repeated_max = kRepeatedMax + 1}));
}

TEST(Strict, EnumValuesThatNoOneDefined) {
  v1::KeyRegister key;
  key.set_kind(static_cast<v1::KeyKind>(99));
  EXPECT_EQ(refusal<v1::KeyRegister>(serialize_canonical(key)), Refusal("FIELD_OUT_OF_RANGE", "kind"));
  key.set_kind(static_cast<v1::KeyKind>(-1));
  EXPECT_EQ(refusal<v1::KeyRegister>(serialize_canonical(key)), Refusal("FIELD_OUT_OF_RANGE", "kind"));
  v1::Event event;
  event.mutable_certificate_issue()->set_basis(static_cast<v1::Basis>(3));
  EXPECT_EQ(refusal<v1::Event>(serialize_canonical(event)), Refusal("FIELD_OUT_OF_RANGE", "certificate_issue.basis"));
}

TEST(Strict, NestingAtAndOverItsLimit) {
  google::protobuf::DescriptorProto type;
  google::protobuf::DescriptorProto* innermost = &type;
  for (int depth = 1; depth < kNestingMax; ++depth) innermost = innermost->add_nested_type();
  google::protobuf::DescriptorProto again;
  EXPECT_TRUE(parse_strict(serialize_canonical(type), again));
  innermost->add_nested_type();
  Refusal found = refusal<google::protobuf::DescriptorProto>(serialize_canonical(type));
  EXPECT_EQ(found.first, "MALFORMED");
  EXPECT_TRUE(found.second.starts_with("nested_type[0].nested_type[0]"));
}

TEST(Strict, OneValueHasOneEncoding) {
  v1::Source source;
  EXPECT_TRUE(parse_strict(field(1, "OPEN") + "\x10\x05", source));
  EXPECT_EQ(refusal<v1::Source>("\x10\x05" + field(1, "OPEN")), Refusal("MALFORMED", "")) << "order of fields";
  EXPECT_EQ(refusal<v1::Source>(field(1, "OPEN") + std::string("\x10\x85\x00", 3)), Refusal("MALFORMED", ""))
      << "long varint";
  EXPECT_EQ(refusal<v1::Source>(field(1, "OPEN") + std::string("\x10\x00", 2)), Refusal("MALFORMED", ""))
      << "default written";
  EXPECT_EQ(refusal<v1::Source>(field(1, "A") + field(1, "OPEN")), Refusal("MALFORMED", "")) << "field twice";
  EXPECT_EQ(refusal<v1::Source>(field(1, "")), Refusal("MALFORMED", "")) << "empty text written";
  EXPECT_EQ(refusal<v1::Source>(std::string("\x8a\x00\x04", 3) + "OPEN"), Refusal("MALFORMED", "")) << "long tag";
}

TEST(Strict, TwoKindsOfAOneofAreRefused) {
  v1::Event first;
  first.mutable_advance_clock()->set_to_ms(1);
  v1::Event second;
  second.mutable_certificate_arrive()->set_number("BW-0002601");
  EXPECT_EQ(refusal<v1::Event>(serialize_canonical(first) + serialize_canonical(second)), Refusal("MALFORMED", ""));
}

TEST(Strict, AMessageIsNotMergedWithWhatWasThere) {
  v1::Source source;
  source.set_number("OLD");
  ASSERT_TRUE(parse_strict("\x10\x05", source));
  EXPECT_EQ(source.number(), "");
}

}  // namespace
}  // namespace kimberlite
