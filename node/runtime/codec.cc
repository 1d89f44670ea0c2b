#include "node/runtime/codec.h"

#include <utility>

#include "kimberlite/v1/consensus.pb.h"
#include "kimberlite/v1/proof.pb.h"
#include "proto/assert.h"
#include "proto/block.h"
#include "proto/strict.h"

namespace kimberlite::runtime {
namespace {

Result<consensus::VoteKind> decode_kind(v1::VoteKind kind) {
  switch (kind) {
    case v1::VOTE_KIND_NOTARIZE:
      return consensus::VoteKind::kNotarize;
    case v1::VOTE_KIND_NULLIFY:
      return consensus::VoteKind::kNullify;
    case v1::VOTE_KIND_FINALIZE:
      return consensus::VoteKind::kFinalize;
    default:
      return fail(Reason::FIELD_OUT_OF_RANGE, "kind", "a vote is a notarize, a nullify or a finalize");
  }
}

v1::VoteKind encode_kind(consensus::VoteKind kind) {
  return static_cast<v1::VoteKind>(static_cast<int>(kind));
}

static_assert(static_cast<int>(consensus::VoteKind::kNotarize) == static_cast<int>(v1::VOTE_KIND_NOTARIZE));
static_assert(static_cast<int>(consensus::VoteKind::kNullify) == static_cast<int>(v1::VOTE_KIND_NULLIFY));
static_assert(static_cast<int>(consensus::VoteKind::kFinalize) == static_cast<int>(v1::VOTE_KIND_FINALIZE));

// Nullify votes name no block: the field is empty on the wire and zero inside.
Result<Digest> decode_block(std::string_view bytes) {
  if (bytes.empty()) return Digest{};
  auto digest = Digest::from_bytes(bytes);
  if (!digest) return fail(Reason::MALFORMED, "block", "a block digest has 32 bytes");
  return *digest;
}

void encode_block(const Digest& block, std::string& out) {
  if (!block.is_zero()) out.assign(block.view());
}

}  // namespace

void encode(const consensus::Vote& vote, v1::Vote& out) {
  out.set_kind(encode_kind(vote.kind));
  out.set_epoch(vote.epoch.value);
  out.set_view(vote.view.value);
  encode_block(vote.block, *out.mutable_block());
  out.set_validator(vote.validator);
  out.set_signature(std::string(vote.signature.view()));
}

void encode(const consensus::Certificate& certificate, v1::Certificate& out) {
  out.set_kind(encode_kind(certificate.kind));
  out.set_epoch(certificate.epoch.value);
  out.set_view(certificate.view.value);
  encode_block(certificate.block, *out.mutable_block());
  out.set_height(certificate.height.value);
  for (const auto validator : certificate.validators) out.add_validators(validator);
  for (const auto& signature : certificate.signatures) out.add_signatures(std::string(signature.view()));
}

Result<consensus::Vote> decode(const v1::Vote& vote) {
  auto kind = decode_kind(vote.kind());
  if (!kind) return std::unexpected(kind.error());
  auto block = decode_block(vote.block());
  if (!block) return std::unexpected(block.error());
  const auto signature = Signature::from_bytes(vote.signature());
  if (!signature) return fail(Reason::MALFORMED, "signature", "a signature has 64 bytes");
  return consensus::Vote{*kind, Epoch{vote.epoch()}, View{vote.view()}, *block, vote.validator(), *signature};
}

Result<consensus::Certificate> decode(const v1::Certificate& certificate) {
  auto kind = decode_kind(certificate.kind());
  if (!kind) return std::unexpected(kind.error());
  auto block = decode_block(certificate.block());
  if (!block) return std::unexpected(block.error());
  if (certificate.validators_size() != certificate.signatures_size()) {
    return fail(Reason::MALFORMED, "signatures", "a certificate has one signature a validator");
  }
  consensus::Certificate out{
      *kind, Epoch{certificate.epoch()}, View{certificate.view()}, *block, Height{certificate.height()}, {}, {}};
  for (int i = 0; i < certificate.validators_size(); ++i) {
    const auto signature = Signature::from_bytes(certificate.signatures(i));
    if (!signature) return fail(Reason::MALFORMED, "signatures", "a signature has 64 bytes");
    out.validators.push_back(certificate.validators(i));
    out.signatures.push_back(*signature);
  }
  return out;
}

std::string encode_certificate(const consensus::Certificate& certificate) {
  v1::Certificate out;
  encode(certificate, out);
  return serialize_canonical(out);
}

Result<consensus::Certificate> decode_certificate(std::string_view bytes) {
  v1::Certificate message;
  if (auto parsed = parse_strict(bytes, message); !parsed) return std::unexpected(parsed.error());
  return decode(message);
}

std::string encode_record(const consensus::JournalRecord& record) {
  v1::VoteRecord out;
  encode(record.vote, *out.mutable_vote());
  if (record.justification) encode(*record.justification, *out.mutable_justification());
  return serialize_canonical(out);
}

Result<consensus::JournalRecord> decode_record(std::uint64_t sequence, std::string_view payload) {
  v1::VoteRecord message;
  if (auto parsed = parse_strict(payload, message); !parsed) return std::unexpected(parsed.error());
  auto vote = decode(message.vote());
  if (!vote) return std::unexpected(vote.error());
  consensus::JournalRecord record{sequence, *vote, {}};
  if (message.has_justification()) {
    auto justification = decode(message.justification());
    if (!justification) return std::unexpected(justification.error());
    record.justification = *std::move(justification);
  }
  return record;
}

std::string encode_evidence(const consensus::Evidence& evidence, const Validator& validator) {
  v1::EvidencePair out;
  encode(evidence.first, *out.mutable_first());
  encode(evidence.second, *out.mutable_second());
  out.set_participant(validator.participant);
  out.set_node_key(std::string(validator.key.view()));
  return serialize_canonical(out);
}

std::string encode_epoch_link(std::string_view record_leaf, const consensus::Certificate& finalization,
                              const ValidatorSet& next) {
  v1::EpochLink link;
  link.set_record_leaf(std::string(record_leaf));
  encode(finalization, *link.mutable_finalization());
  for (const Validator& validator : next.all()) {
    v1::EpochValidator& out = *link.add_validators();
    out.set_participant(validator.participant);
    out.set_node_key(std::string(validator.key.view()));
  }
  return serialize_canonical(link);
}

namespace {

v1::EpochLink parse_link(std::string_view epoch_link) {
  v1::EpochLink link;
  KIMBERLITE_ASSERT(link.ParseFromString(std::string(epoch_link)), "a stored link of an epoch parses");
  return link;
}

}  // namespace

BlockHeader closing_block_of_link(std::string_view epoch_link) {
  auto header = decode_block_leaf(parse_link(epoch_link).record_leaf());
  KIMBERLITE_ASSERT(header, "a stored link of an epoch holds a record");
  return *std::move(header);
}

ValidatorSet validators_of_link(std::string_view epoch_link) {
  const v1::EpochLink link = parse_link(epoch_link);
  std::vector<Validator> validators;
  for (const v1::EpochValidator& each : link.validators()) {
    const auto key = PublicKey::from_bytes(each.node_key());
    KIMBERLITE_ASSERT(key, "a stored link holds keys of 32 bytes");
    validators.push_back({each.participant(), *key});
  }
  return ValidatorSet(std::move(validators));
}

consensus::Certificate finalization_of_link(std::string_view epoch_link) {
  const v1::EpochLink link = parse_link(epoch_link);
  auto finalization = decode(link.finalization());
  KIMBERLITE_ASSERT(finalization, "a stored link of an epoch holds a finalization");
  return *std::move(finalization);
}

}  // namespace kimberlite::runtime
