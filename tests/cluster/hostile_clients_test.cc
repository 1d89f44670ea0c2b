// What strangers and careless clients may send to a node's gRPC port: each kind of bad input is refused with a reason
// of its own, the same each time, and changes nothing on any node.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <thread>
#include <vector>

#include "cli/signing.h"
#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/event.pb.h"
#include "proto/envelope.h"
#include "proto/strict.h"
#include "tests/cluster/cluster_test.h"
#include "tests/cluster/daemon_network.h"
#include "tests/cluster/raw_call.h"
#include "tests/cluster/second_signature.h"

namespace kimberlite::cluster {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr const char* kSubmit = "/kimberlite.v1.Ledger/Submit";
/// A field that no message has: number 99, varint 1.
constexpr std::string_view kUnknownField = "\x98\x06\x01";
constexpr std::uint64_t kKnownNumber = 1;    // on the ledger, shipped to IN
constexpr std::uint64_t kUnusedNumber = 77;  // never accepted

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// A SubmitRequest around these bytes, whatever they are.
std::string request_of(const std::string& envelope) {
  std::string request = "\x0a";
  std::size_t size = envelope.size();
  for (; size >= 0x80; size >>= 7) request += static_cast<char>((size & 0x7f) | 0x80);
  request += static_cast<char>(size);
  return request + envelope;
}

std::string signed_bytes(const std::string& payload, const SecretKey& key, const std::string& over) {
  v1::SignedEnvelope envelope;
  envelope.set_payload(payload);
  envelope.set_public_key(std::string(key.public_key().view()));
  envelope.set_signature(std::string(key.sign_tagged(kEnvelopeSignatureTag, over).view()));
  return serialize_canonical(envelope);
}

/// The network with what the rows build on: certificate BW-0000001 shipped to IN, and a key of BW that is revoked.
class HostileClients : public testing::Test {
 protected:
  void SetUp() override {
    network_.start_all();
    ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
    submit(body("BW"), DaemonNetwork::issue_event("BW", "IN", kKnownNumber));
    v1::Event ship;
    ship.mutable_certificate_ship()->set_number("BW-0000001");
    ship.mutable_certificate_ship()->add_seals("SEAL-1");
    submit(body("BW"), ship);
    v1::Event registered;
    auto& key = *registered.mutable_key_register();
    key.set_public_key(std::string(revoked_.public_key().view()));
    key.set_kind(v1::KEY_KIND_BODY);
    key.set_holder("BW-AUTHORITY");
    key.set_exporting(true);
    submit(*network_.wallet().root("BW"), registered);
    v1::Event revoked;
    revoked.mutable_key_revoke()->set_public_key(std::string(revoked_.public_key().view()));
    submit(*network_.wallet().root("BW"), revoked);
    ASSERT_TRUE(network_.wait_equal(1, kPatienceMs)) << network_.describe();
  }

  cli::Signer body(const std::string& code) { return *network_.wallet().body(code, code + "-AUTHORITY"); }

  void submit(const cli::Signer& signer, const v1::Event& event) {
    const auto answer = network_.client("BW").submit(network_.sign(signer, event), kPatienceMs);
    ASSERT_TRUE(answer) << answer.error().to_string();
    ASSERT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().reason() << answer->refusal().message();
  }

  v1::Envelope draft(const std::string& party, const v1::Event& event) const {
    v1::Envelope envelope;
    envelope.set_chain_id(std::string(network_.genesis().chain_id.view()));
    envelope.set_participant(party);
    envelope.set_not_after_ms(now_ms() + kHourMs);
    envelope.set_nonce(cli::random_nonce());
    *envelope.add_events() = event;
    return envelope;
  }

  /// What would be accepted if it were not spoilt.
  v1::Envelope good() const { return draft("BW", DaemonNetwork::issue_event("BW", "IN", kUnusedNumber)); }

  std::string sealed(const v1::Envelope& envelope, const SecretKey& key) const {
    const std::string payload = serialize_canonical(envelope);
    return request_of(signed_bytes(payload, key, payload));
  }
  std::string sealed(const v1::Envelope& envelope) { return sealed(envelope, *body("BW").key); }
  std::string sealed_payload(const std::string& payload) {
    return request_of(signed_bytes(payload, *body("BW").key, payload));
  }
  /// An issue with something changed.
  std::string spoilt(const std::function<void(v1::CertificateIssue&)>& spoil) {
    v1::Envelope envelope = good();
    spoil(*envelope.mutable_events(0)->mutable_certificate_issue());
    return sealed(envelope);
  }
  std::string confirm(const std::string& code, const std::string& number) {
    v1::Event event;
    auto& confirm = *event.mutable_receipt_confirm();
    confirm.set_number(number);
    confirm.set_body(code + "-AUTHORITY");
    confirm.set_weight_centicarats(1'234'50);
    confirm.set_value_cents(98'765'43);
    confirm.set_parcels(3);
    confirm.set_exporter("BW");
    return sealed(draft(code, event), *body(code).key);
  }

  /// Sends the request to a node twice: refused twice, for this reason.
  void expect_refused(const std::string& code, const std::string& request, const std::string& reason) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto answer = raw_call(network_.address(code).grpc, kSubmit, request);
      v1::SubmitResponse response;
      ASSERT_TRUE(response.ParseFromString(answer.bytes));
      const std::string given = answer.status == 0 ? response.refusal().reason() : answer.reason;
      EXPECT_EQ(given, reason) << "status " << answer.status;
      EXPECT_NE(response.outcome(), v1::OUTCOME_FINAL);
    }
  }

  struct Row {
    std::string name;
    std::string reason;
    std::string request;
  };

  /// Each row is refused by a node, in turn, and at the end nothing has changed and the network still works.
  void expect_all_refused(const std::vector<Row>& rows) {
    const auto before = network_.client("BW").status();
    ASSERT_TRUE(before);
    std::size_t turn = 0;
    for (const auto& row : rows) {
      const auto& code = network_.codes()[turn++ % network_.codes().size()];
      SCOPED_TRACE(row.name + " at " + code);
      expect_refused(code, row.request, row.reason);
    }
    for (const auto& code : network_.codes()) {
      const auto after = network_.client(code).status();
      ASSERT_TRUE(after);
      EXPECT_EQ(after->final_height(), before->final_height()) << code;
      EXPECT_EQ(after->log_root(), before->log_root()) << code;
      EXPECT_EQ(after->state_root(), before->state_root()) << code;
      EXPECT_EQ(after->pool_envelopes(), 0U) << code;
    }
    submit(body("BW"), DaemonNetwork::issue_event("BW", "IN", kKnownNumber + 1));
    EXPECT_TRUE(network_.wait_equal(before->final_height() + 1, kPatienceMs)) << network_.describe();
  }

  DaemonNetwork network_{{}};
  SecretKey revoked_ = SecretKey::generate();
};

TEST_F(HostileClients, BytesThatAreNoEnvelope) {
  const std::string payload = serialize_canonical(good());
  const std::string whole = sealed_payload(payload);
  v1::Envelope many = good();
  for (int i = 0; i < 256; ++i) many.add_events()->mutable_certificate_arrive()->set_number("BW-0000001");
  v1::Envelope none = good();
  none.clear_events();
  v1::Envelope short_nonce = good();
  short_nonce.set_nonce("short");
  v1::Envelope unset = good();
  unset.mutable_events(0)->Clear();
  std::string not_utf8 = serialize_canonical(good());
  not_utf8.replace(not_utf8.find("BW-AUTHORITY"), 4, "\xff\xfe\xfd\xfc");
  expect_all_refused({
      {"garbage", "MALFORMED", std::string(100, '\xff')},
      {"garbage envelope", "MALFORMED", request_of(std::string(100, '\xff'))},
      {"truncated request", "MALFORMED", whole.substr(0, whole.size() / 2)},
      {"truncated payload", "MALFORMED", sealed_payload(payload.substr(0, payload.size() / 2))},
      {"nothing", "MISSING_FIELD", ""},
      {"unknown field of the signed envelope", "UNKNOWN_FIELD",
       request_of(signed_bytes(payload, *body("BW").key, payload) + std::string(kUnknownField))},
      {"unknown field of the payload", "UNKNOWN_FIELD", sealed_payload(payload + std::string(kUnknownField))},
      {"over 60,000 bytes", "ENVELOPE_TOO_LARGE", sealed_payload(std::string(60'001, 'x'))},
      {"257 events", "TOO_MANY_EVENTS", sealed(many)},
      {"no events", "TOO_MANY_EVENTS", sealed(none)},
      {"an event of no kind", "MISSING_FIELD", sealed(unset)},
      {"a nonce of five bytes", "MALFORMED", sealed(short_nonce)},
      {"text that is not UTF-8", "NOT_UTF8", sealed_payload(not_utf8)},
      {"text of 600 bytes", "TEXT_TOO_LONG",
       spoilt([](auto& issue) { issue.set_exporter_trader(std::string(600, 'T')); })},
      {"malformed prefix", "MALFORMED_NUMBER", spoilt([](auto& issue) { issue.set_number("bw-0000077"); })},
      {"malformed number", "MALFORMED_NUMBER", spoilt([](auto& issue) { issue.set_number("BW-77"); })},
  });
}

TEST_F(HostileClients, SignersAndTimes) {
  v1::Envelope other_network = good();
  other_network.set_chain_id(std::string(32, 'n'));
  v1::Envelope expired = good();
  expired.set_not_after_ms(now_ms() - kHourMs);
  v1::Envelope far = good();
  far.set_not_after_ms(now_ms() + 8 * 24 * kHourMs);
  v1::Envelope party = good();
  party.set_participant("IN");
  const std::string payload = serialize_canonical(good());
  std::string forged = signed_bytes(payload, *body("BW").key, payload);
  forged.back() = static_cast<char>(forged.back() ^ 1);
  expect_all_refused({
      {"wrong network", "WRONG_NETWORK", sealed(other_network)},
      {"expired", "ENVELOPE_EXPIRED", sealed(expired)},
      {"good for too long", "NOT_AFTER_TOO_FAR", sealed(far)},
      {"a key that nobody registered", "UNKNOWN_KEY", sealed(good(), SecretKey::generate())},
      {"a revoked key", "KEY_REVOKED", sealed(good(), revoked_)},
      {"another participant's key", "WRONG_PARTY", sealed(party)},
      {"the root key in a body's place", "SIGNER_NOT_AUTHORISED", sealed(good(), *network_.wallet().root("BW")->key)},
      {"a signature over other bytes", "BAD_SIGNATURE",
       request_of(signed_bytes(payload, *body("BW").key, payload + "x"))},
      {"a signature with one bit flipped", "BAD_SIGNATURE", request_of(forged)},
  });
}

TEST_F(HostileClients, RulesOfTheScheme) {
  v1::Envelope half_good = good();
  *half_good.add_events() = DaemonNetwork::issue_event("BW", "IN", kKnownNumber);
  const auto weigh = [](std::int64_t weight) {
    return [weight](v1::CertificateIssue& issue) {
      issue.set_weight_centicarats(weight);
      issue.mutable_hs_lines(0)->set_weight_centicarats(weight);
    };
  };
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  v1::Event acknowledgement;
  acknowledgement.mutable_receipt_acknowledge()->set_number("BW-0000001");
  acknowledgement.mutable_receipt_acknowledge()->set_weight_centicarats(1'234'50);
  acknowledgement.mutable_receipt_acknowledge()->set_value_cents(98'765'43);
  acknowledgement.mutable_receipt_acknowledge()->set_parcels(3);
  const cli::Signer stranger = *network_.wallet().trader("AE", "AE-TRADER-01");
  expect_all_refused({
      {"negative carats", "BAD_AMOUNT", spoilt(weigh(-1))},
      {"overflowing carats", "BAD_AMOUNT", spoilt(weigh(kMost))},
      {"negative dollars", "BAD_AMOUNT", spoilt([](auto& issue) { issue.set_value_cents(-5); })},
      {"overflowing dollars", "BAD_AMOUNT", spoilt([](auto& issue) { issue.set_value_cents(kMost); })},
      {"duplicate number", "DUPLICATE_NUMBER",
       sealed(draft("BW", DaemonNetwork::issue_event("BW", "IN", kKnownNumber)))},
      {"a good event with a bad one", "DUPLICATE_NUMBER", sealed(half_good)},
      {"another participant's prefix", "PREFIX_MISMATCH", spoilt([](auto& issue) { issue.set_number("EC-0000077"); })},
      {"an importer that is none", "IMPORTER_NOT_PARTICIPANT", spoilt([](auto& issue) { issue.set_importer("ZZ"); })},
      {"receipt for an unknown certificate", "UNKNOWN_CERTIFICATE", confirm("IN", "BW-0009999")},
      {"receipt by the wrong authority", "NOT_IMPORTING_AUTHORITY", confirm("AE", "BW-0000001")},
      {"receipt by the wrong importer", "NOT_THE_IMPORTER", sealed(draft("AE", acknowledgement), *stranger.key)},
  });
}

TEST_F(HostileClients, ReplayedEnvelopeGetsTheFirstResult) {
  const std::string envelope = network_.issue("EC", "IN", kKnownNumber);
  const auto first = network_.client("EC").submit(envelope, kPatienceMs);
  ASSERT_TRUE(first) << first.error().to_string();
  ASSERT_EQ(first->outcome(), v1::OUTCOME_FINAL);
  ASSERT_TRUE(network_.wait_equal(first->height(), kPatienceMs)) << network_.describe();
  const auto before = network_.client("BW").status();
  ASSERT_TRUE(before);
  for (const auto& code : network_.codes()) {
    const auto again = network_.client(code).submit(envelope, kPatienceMs);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->outcome(), v1::OUTCOME_FINAL) << code;
    EXPECT_EQ(again->height(), first->height()) << code;
    EXPECT_EQ(again->log_index(), first->log_index()) << code;
    EXPECT_EQ(again->envelope_id(), first->envelope_id()) << code;
  }
  const auto after = network_.client("BW").status();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->log_root(), before->log_root());
}

// Under one name two nodes held one of them, two the other, and no leader's block with it was ever voted for by all:
// one client halted the network until the envelopes expired.
TEST_F(HostileClients, OnePayloadSignedTwiceIsTwoEnvelopes) {
  const std::string first = network_.issue("EC", "IN", kKnownNumber + 1);
  const auto signer = network_.wallet().body("EC", "EC-AUTHORITY");
  ASSERT_TRUE(signer);
  const std::string second = sign_again(first, *signer->key);
  ASSERT_NE(first, second);
  ASSERT_TRUE(open_envelope(second, network_.genesis().chain_id));
  std::vector<std::thread> clients;
  std::map<std::string, v1::Outcome> outcomes;
  for (const auto& code : network_.codes()) outcomes[code] = v1::OUTCOME_UNSPECIFIED;
  for (auto& [code, outcome] : outcomes) {
    clients.emplace_back([&, this, envelope = clients.size() % 2 == 0 ? first : second] {
      const auto answer = network_.client(code).submit(envelope, kPatienceMs);
      if (answer) outcome = answer->outcome();
    });
  }
  for (auto& client : clients) client.join();
  int accepted = 0;
  for (const auto& [code, outcome] : outcomes) {
    EXPECT_TRUE(outcome == v1::OUTCOME_FINAL || outcome == v1::OUTCOME_REFUSED) << code;
    accepted += outcome == v1::OUTCOME_FINAL ? 1 : 0;
  }
  EXPECT_EQ(accepted, 2) << "the number is used once, by one of the two";
  const auto next = network_.client("BW").submit(network_.issue("BW", "IN", kKnownNumber + 2), kPatienceMs);
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_EQ(next->outcome(), v1::OUTCOME_FINAL);
}

TEST_F(HostileClients, OversizedAndUnknownCalls) {
  const std::string& node = network_.address("IN").grpc;
  constexpr int kResourceExhausted = 8;
  constexpr int kUnimplemented = 12;
  EXPECT_EQ(raw_call(node, kSubmit, std::string(1 << 20, 'x')).status, kResourceExhausted);
  EXPECT_EQ(raw_call(node, "/kimberlite.v1.Ledger/Erase", "").status, kUnimplemented);
  EXPECT_EQ(raw_call(node, "/kimberlite.v1.Ledger/GetEnvelope",
                     "\x0a\x03"
                     "abc")
                .reason,
            "BAD_REQUEST");
  EXPECT_EQ(raw_call(node, "/kimberlite.v1.Ledger/GetState", "").reason, "BAD_REQUEST");
  EXPECT_EQ(raw_call(node, "/kimberlite.v1.Ledger/ListState", "\x18\xff\xff\x03").reason, "BAD_REQUEST");
  submit(body("BW"), DaemonNetwork::issue_event("BW", "IN", kKnownNumber + 1));
}

}  // namespace
}  // namespace kimberlite::cluster
