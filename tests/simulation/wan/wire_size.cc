#include "tests/simulation/wan/wire_size.h"

#include <string>
#include <type_traits>

#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "proto/block.h"

namespace kimberlite::wan {

using namespace consensus;
using namespace simulation;

namespace {

constexpr std::size_t kFrameHeaderBytes = 4;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::string filler(std::size_t bytes) {
  return std::string(bytes, 'x');
}

/// A signed envelope that issues a certificate as a producer would: one line of the Harmonised System, one source.
std::string typical_envelope() {
  constexpr std::int64_t kTime = 1'780'000'000'000;
  v1::Envelope envelope;
  envelope.set_chain_id(filler(32));
  envelope.set_participant("BW");
  envelope.set_not_after_ms(kTime);
  envelope.set_nonce(filler(16));
  auto& issue = *envelope.add_events()->mutable_certificate_issue();
  issue.set_number("BW-0001234");
  issue.set_body("BW-GDO");
  issue.set_importer("EU");
  issue.set_origin("BW");
  issue.set_weight_centicarats(1'234'567);
  issue.set_value_cents(123'456'789);
  issue.set_parcels(5);
  auto& line = *issue.add_hs_lines();
  line.set_code("710231");
  line.set_weight_centicarats(1'234'567);
  line.set_value_cents(123'456'789);
  auto& source = *issue.add_sources();
  source.set_number("BW-0000007");
  source.set_weight_centicarats(1'234'567);
  issue.set_issue_day(20'600);
  issue.set_expiry_day(20'660);
  issue.set_exporter_trader(filler(12));
  issue.set_importer_trader(filler(12));
  issue.set_private_digest(filler(32));
  v1::SignedEnvelope out;
  out.set_payload(envelope.SerializeAsString());
  out.set_public_key(filler(32));
  out.set_signature(filler(64));
  return out.SerializeAsString();
}

const std::string& envelope() {
  static const std::string bytes = typical_envelope();
  return bytes;
}

std::string record_leaf(const BlockRef& block, std::size_t events) {
  Digest root;
  root.bytes.fill(1);
  return encode_block_leaf(BlockHeader{.chain_id = root,
                                       .epoch = Epoch{1},
                                       .view = block.view,
                                       .height = block.height,
                                       .parent = root,
                                       .time_ms = TimeMs{1'780'000'000'000},
                                       .proposer = "BW",
                                       .first_index = LogIndex{block.height.value * 2},
                                       .count = events,
                                       .events_root = root,
                                       .state_root = root,
                                       .validators = root,
                                       .next_validators = {}});
}

void fill(const Message& message, const Blocks& blocks, v1::PeerMessage& out) {
  std::visit(Overloaded{[&](const VoteMessage& m) {
                          runtime::encode(m.vote, *out.mutable_vote()->mutable_vote());
                          out.mutable_vote()->set_final_view(m.final_view.value);
                        },
                        [&](const Certificate& m) { runtime::encode(m, *out.mutable_certificate()); },
                        [&](const Proposal& m) {
                          auto& proposal = *out.mutable_proposal();
                          const std::size_t events = blocks.at(m.block.digest).events.size();
                          proposal.set_record_leaf(record_leaf(m.block, events));
                          for (std::size_t i = 0; i < events; ++i) proposal.add_envelope_ids(filler(32));
                          runtime::encode(m.vote, *proposal.mutable_vote());
                          proposal.set_parent_view(m.parent_view.value);
                        },
                        [&](const CertificateRequest& m) {
                          out.mutable_certificate_request()->set_epoch(m.epoch.value);
                          out.mutable_certificate_request()->set_from_view(m.from_view.value);
                          out.mutable_certificate_request()->set_finalization_only(m.finalization_only);
                        }},
             message);
}

std::size_t framed(const v1::PeerMessage& message) {
  return message.ByteSizeLong() + kFrameHeaderBytes + kTlsRecordBytes;
}

/// A range of the log: from the tip's block down to genesis is the most that one answer carries.
void fill(const LogAnswer& answer, const Blocks& blocks, v1::PeerMessage& out) {
  for (const ModelBlock* block = &blocks.at(answer.tip); block->ref.height.value > 0;
       block = &blocks.at(block->ref.parent)) {
    for (std::size_t i = 0; i < block->events.size(); ++i) out.mutable_log_range()->add_leaves(envelope());
    out.mutable_log_range()->add_leaves(record_leaf(block->ref, block->events.size()));
  }
}

}  // namespace

std::size_t wire_bytes(const Packet& packet, const Blocks& blocks) {
  v1::PeerMessage out;
  std::visit(Overloaded{[&](const Message& p) { fill(p, blocks, out); },
                        [&](const PoolEvents& p) {
                          for (std::size_t i = 0; i < p.events.size(); ++i)
                            out.mutable_envelopes()->add_envelopes(envelope());
                        },
                        [&](const BodyRequest&) { out.mutable_block_request()->set_digest(filler(32)); },
                        [&](const BodyAnswer& p) {
                          const ModelBlock& block = blocks.at(p.digest);
                          out.mutable_block()->set_record_leaf(record_leaf(block.ref, block.events.size()));
                          for (std::size_t i = 0; i < block.events.size(); ++i)
                            out.mutable_block()->add_envelopes(envelope());
                        },
                        [&](const LogRequest&) {
                          out.mutable_log_range_request()->set_first_index(1);
                          out.mutable_log_range_request()->set_target_size(1000);
                        },
                        [&](const LogAnswer& p) { fill(p, blocks, out); }},
             packet);
  return framed(out);
}

std::size_t checkpoint_bytes() {
  v1::PeerMessage out;
  auto& checkpoint = *out.mutable_checkpoint_signature();
  checkpoint.set_size(1000);
  checkpoint.set_root(filler(32));
  checkpoint.set_public_key(filler(32));
  checkpoint.set_signature(filler(64));
  return framed(out);
}

}  // namespace kimberlite::wan
