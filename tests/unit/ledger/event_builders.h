// Events as tests write them: complete and acceptable as they come, to be spoilt by the test that needs it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kimberlite/v1/event.pb.h"
#include "tests/unit/ledger/ledger_world.h"

namespace kimberlite::ledger::test {

/// 10,000.00 ct, US$ 1,000,000.00: what tests ship unless they say otherwise.
/// The first certificate that BW issues.
inline constexpr const char* kNumber = "BW-0000001";
inline constexpr std::int64_t kWeight = 1'000'000;
inline constexpr std::int64_t kValue = 100'000'000;

struct Draw {
  std::string number;
  std::int64_t weight_centicarats{};
};

/// cert.issue of the exporter's own production, two parcels, one HS line, good for 60 days from the world's today. The
/// exporter is the number's prefix.
v1::CertificateIssue production(const World& world, const std::string& number, const std::string& importer,
                                std::int64_t weight = kWeight);
/// cert.issue of a re-export that draws these.
v1::CertificateIssue reexport(const World& world, const std::string& number, const std::string& importer,
                              const std::vector<Draw>& draws, const std::string& origin = "");

v1::Event event_of(const v1::CertificateIssue& issue);
v1::Event coapprove(const std::string& number);
v1::Event void_certificate(const std::string& number);
v1::Event expire(const std::string& number);
v1::Event ship(const std::string& number);
v1::Event arrive(const std::string& number);
v1::Event correct(const std::string& number, std::int64_t weight, std::int64_t value = kValue);
v1::Event lost(const std::string& number);
v1::Event replace(const World& world, const std::string& number, const std::string& replaces,
                  const std::string& importer, std::int64_t weight = kWeight, std::int64_t value = kValue);
v1::Event seize(const std::string& number);
v1::Event release(const std::string& number);
v1::Event forfeit(const std::string& number);
v1::Event acknowledge(const std::string& number, std::int64_t weight = kWeight);
v1::Event confirm(const std::string& number, const std::string& importer, std::int64_t weight = kWeight);
v1::Event supplement(const std::string& number, std::int64_t weight);
v1::Event hold(const std::string& number);
v1::Event refuse(const std::string& number);
v1::Event technical_issue(const std::string& number, const std::string& technical);
v1::Event technical_close(const std::string& number, const std::string& technical);
v1::Event incident(const std::string& number);
v1::Event impose(const std::string& id, const std::string& target, v1::MeasureKind kind, const std::string& by);
v1::Event lift(const std::string& id);
v1::Event advance_clock(TimeMs to);
v1::Event register_body(const std::string& participant, const std::string& holder);
v1::Event revoke(const Signer& signer);

/// Submits and expects acceptance: for the steps that lead to what a test is about.
/// The bytes of key_named(name).
std::string key_bytes(const std::string& name);
v1::Event register_node(const std::string& key_name, const std::string& address = "node.example:7000");
v1::Event retire_node();
/// A new participant with a root key and, if it votes, a node.
v1::Event admit(const std::string& code, bool with_node = true);
v1::Event withdraw();

void accept(World& world, const Signer& signer, const v1::Event& event);

/// Submits and expects this refusal, with this path ("" for any), and a state that has not changed.
void expect_refused(World& world, const Signer& signer, const v1::Event& event, Reason reason,
                    const std::string& field = "");

/// Brings a certificate of BW's production for EC (of GH's for PENDING_COAPPROVAL) into the state; returns its number.
/// RETURNING and RETURNED have the technical certificate EC-T000001. The world's date may advance.
std::string certificate_in(World& world, v1::CertificateState state);

/// All states that a certificate can be in.
std::vector<v1::CertificateState> all_states();

}  // namespace kimberlite::ledger::test
