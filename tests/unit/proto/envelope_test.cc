#include "proto/envelope.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "proto/strict.h"
#include "samples.h"

namespace kimberlite {
namespace {

// Signs any payload, however wrong.
std::string sign_payload(const std::string& payload, const SecretKey& key = test::sample_key(1)) {
  v1::SignedEnvelope outside;
  outside.set_payload(payload);
  outside.set_public_key(std::string(key.public_key().view()));
  outside.set_signature(std::string(key.sign_tagged(kEnvelopeSignatureTag, payload).view()));
  return serialize_canonical(outside);
}

v1::SignedEnvelope sample_outside() {
  v1::SignedEnvelope outside;
  outside.ParseFromString(sign_envelope(test::sample_envelope(), test::sample_key(1)));
  return outside;
}

void expect_refused(const std::string& bytes, Reason reason, const std::string& field) {
  const auto opened = open_envelope(bytes, test::sample_chain_id());
  ASSERT_FALSE(opened.has_value()) << reason_name(reason) << " " << field;
  EXPECT_EQ(opened.error().reason, reason) << opened.error().to_string();
  EXPECT_EQ(opened.error().field, field) << opened.error().to_string();
  EXPECT_FALSE(opened.error().message.empty());
}

TEST(Envelope, OpensWhatWasSigned) {
  const v1::Envelope envelope = test::sample_envelope();
  const SecretKey key = test::sample_key(1);
  const std::string bytes = sign_envelope(envelope, key);
  const auto opened = open_envelope(bytes, test::sample_chain_id());
  ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
  EXPECT_EQ((*opened)->signed_bytes(), bytes);
  EXPECT_EQ((*opened)->key(), key.public_key());
  EXPECT_EQ((*opened)->id(), tagged_digest("kimberlite/v1/envelope", bytes));
  EXPECT_EQ((*opened)->id(), envelope_id(bytes));
  EXPECT_EQ((*opened)->envelope().ShortDebugString(), envelope.ShortDebugString());
}

TEST(Envelope, EveryKindOfEventIsTaken) {
  v1::Envelope envelope = test::sample_envelope();
  for (const v1::Event& event : test::sample_events()) *envelope.add_events() = event;
  EXPECT_TRUE(open_envelope(sign_envelope(envelope, test::sample_key(1)), test::sample_chain_id()).has_value());
}

TEST(Envelope, EveryFlippedBitIsRefused) {
  const std::string bytes = sign_envelope(test::sample_envelope(), test::sample_key(1));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(open_envelope(flipped, test::sample_chain_id()).has_value()) << "bit " << bit;
  }
}

TEST(Envelope, EveryTruncationAndExtensionIsRefused) {
  const std::string bytes = sign_envelope(test::sample_envelope(), test::sample_key(1));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(open_envelope(bytes.substr(0, size), test::sample_chain_id()).has_value()) << size;
  }
  EXPECT_FALSE(open_envelope(bytes + bytes, test::sample_chain_id()).has_value());
  EXPECT_FALSE(open_envelope(bytes + std::string(1, '\0'), test::sample_chain_id()).has_value());
}

TEST(Envelope, AnyChangeOfAByteIsRefused) {
  const std::string bytes = sign_envelope(test::sample_envelope(), test::sample_key(1));
  EXPECT_TRUE(rc::check("an altered byte", [&bytes] {
    std::string altered = bytes;
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    altered[at] = *rc::gen::distinctFrom(bytes[at]);
    RC_ASSERT(!open_envelope(altered, test::sample_chain_id()).has_value());
  }));
}

TEST(Envelope, UnverifiedOpeningLeavesTheSignatureToTheCaller) {
  v1::SignedEnvelope outside = sample_outside();
  const auto good = open_envelope_unverified(serialize_canonical(outside), test::sample_chain_id());
  ASSERT_TRUE(good.has_value());
  EXPECT_TRUE(verify_envelope_signature(**good));
  outside.set_signature(std::string(64, 'x'));
  const auto bad = open_envelope_unverified(serialize_canonical(outside), test::sample_chain_id());
  ASSERT_TRUE(bad.has_value());
  EXPECT_FALSE(verify_envelope_signature(**bad));
  EXPECT_NE((*bad)->id(), (*good)->id()) << "of other bytes";
}

TEST(Envelope, SignatureOverOtherBytesOrByAnotherKey) {
  v1::SignedEnvelope outside = sample_outside();
  outside.set_signature(std::string(test::sample_key(1).sign(outside.payload()).view()));
  expect_refused(serialize_canonical(outside), Reason::BAD_SIGNATURE, "signature");  // without the tag
  outside = sample_outside();
  outside.set_public_key(test::sample_public_key(2));
  expect_refused(serialize_canonical(outside), Reason::BAD_SIGNATURE, "signature");
  outside = sample_outside();
  v1::Envelope other = test::sample_envelope();
  other.set_nonce("fedcba9876543210");
  outside.set_payload(serialize_canonical(other));
  expect_refused(serialize_canonical(outside), Reason::BAD_SIGNATURE, "signature");
}

TEST(Envelope, OutsideFieldsOfWrongLength) {
  v1::SignedEnvelope outside = sample_outside();
  outside.clear_payload();
  expect_refused(serialize_canonical(outside), Reason::MISSING_FIELD, "payload");
  outside = sample_outside();
  outside.clear_public_key();
  expect_refused(serialize_canonical(outside), Reason::MISSING_FIELD, "public_key");
  outside.set_public_key(std::string(31, 'x'));
  expect_refused(serialize_canonical(outside), Reason::MALFORMED, "public_key");
  outside = sample_outside();
  outside.clear_signature();
  expect_refused(serialize_canonical(outside), Reason::MISSING_FIELD, "signature");
  outside.set_signature(std::string(65, 'x'));
  expect_refused(serialize_canonical(outside), Reason::MALFORMED, "signature");
}

TEST(Envelope, OtherNetwork) {
  const std::string bytes = sign_envelope(test::sample_envelope(), test::sample_key(1));
  const auto opened = open_envelope(bytes, sha256("another network"));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().reason, Reason::WRONG_NETWORK);
  EXPECT_NE(opened.error().message.find(test::sample_chain_id().hex()), std::string::npos);
  EXPECT_NE(opened.error().message.find(sha256("another network").hex()), std::string::npos);
}

TEST(Envelope, UnknownFieldsInsideAndOutside) {
  expect_refused(sign_payload("\x7a\x01x"), Reason::UNKNOWN_FIELD, "15");
  v1::SignedEnvelope outside = sample_outside();
  outside.GetReflection()->MutableUnknownFields(&outside)->AddVarint(4, 1);
  expect_refused(serialize_canonical(outside), Reason::UNKNOWN_FIELD, "4");
  v1::Envelope envelope = test::sample_envelope();
  v1::CertificateIssue& issue = *envelope.mutable_events(0)->mutable_certificate_issue();
  issue.GetReflection()->MutableUnknownFields(&issue)->AddVarint(99, 1);
  expect_refused(sign_envelope(envelope, test::sample_key(1)), Reason::UNKNOWN_FIELD, "events[0].certificate_issue.99");
}

TEST(Envelope, PayloadThatIsNoEnvelope) {
  expect_refused(sign_payload("\xff\xff"), Reason::MALFORMED, "");
  expect_refused("not an envelope", Reason::MALFORMED, "");
}

TEST(Envelope, TextThatIsNotUtf8) {
  std::string payload = serialize_canonical(test::sample_envelope());
  const std::size_t at = payload.find("BW-AUTHORITY");
  payload[at] = '\xff';
  expect_refused(sign_payload(payload), Reason::NOT_UTF8, "events[0].certificate_issue.body");
}

TEST(Envelope, OverlongText) {
  v1::Envelope envelope = test::sample_envelope();
  envelope.mutable_events(0)->mutable_certificate_void()->set_number("BW-0002601");
  envelope.mutable_events(0)->mutable_certificate_void()->set_cause(std::string(kTextBytesMax + 1, 'x'));
  expect_refused(sign_envelope(envelope, test::sample_key(1)), Reason::TEXT_TOO_LONG,
                 "events[0].certificate_void.cause");
}

TEST(Envelope, SizeAtAndOverTheLimit) {
  v1::Envelope envelope = test::sample_envelope();
  v1::Event seals;
  seals.mutable_certificate_ship()->set_number("BW-0002601");
  for (int i = 0; i < 3; ++i) seals.mutable_certificate_ship()->add_seals(std::string(500, 's'));
  std::string bytes = sign_envelope(envelope, test::sample_key(1));
  while (bytes.size() < kEnvelopeBytesMax - 2'000) {
    *envelope.add_events() = seals;
    bytes = sign_envelope(envelope, test::sample_key(1));
  }
  ASSERT_TRUE(open_envelope(bytes, test::sample_chain_id()).has_value());
  *envelope.add_events() = seals;
  *envelope.add_events() = seals;
  bytes = sign_envelope(envelope, test::sample_key(1));
  ASSERT_GT(bytes.size(), kEnvelopeBytesMax);
  expect_refused(bytes, Reason::ENVELOPE_TOO_LARGE, "");
}

TEST(Envelope, NumberOfEventsAtAndOverTheLimit) {
  v1::Envelope envelope = test::sample_envelope();
  envelope.clear_events();
  expect_refused(sign_envelope(envelope, test::sample_key(1)), Reason::TOO_MANY_EVENTS, "events");
  for (std::size_t i = 0; i < kEnvelopeEventsMax; ++i) {
    envelope.add_events()->mutable_certificate_arrive()->set_number("BW-0002601");
  }
  EXPECT_TRUE(open_envelope(sign_envelope(envelope, test::sample_key(1)), test::sample_chain_id()).has_value());
  envelope.add_events()->mutable_certificate_arrive()->set_number("BW-0002601");
  expect_refused(sign_envelope(envelope, test::sample_key(1)), Reason::TOO_MANY_EVENTS, "events");
}

}  // namespace
}  // namespace kimberlite
