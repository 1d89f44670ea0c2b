// Between consensus' own types and what travels or is journalled (kimberlite.v1). Shapes are checked here: a message
// that decodes can be handed to consensus::verify_message. Thread-safe: pure.
#pragma once

#include <string>
#include <string_view>

#include "consensus/actions.h"
#include "proto/block.h"
#include "proto/error.h"

namespace kimberlite {
namespace v1 {
class Certificate;
class CertificateRequest;
class Vote;
}  // namespace v1

namespace runtime {

void encode(const consensus::Vote& vote, v1::Vote& out);
void encode(const consensus::Certificate& certificate, v1::Certificate& out);

/// MALFORMED or FIELD_OUT_OF_RANGE with the field at fault.
Result<consensus::Vote> decode(const v1::Vote& vote);
Result<consensus::Certificate> decode(const v1::Certificate& certificate);

/// A finalization as the store keeps it.
std::string encode_certificate(const consensus::Certificate& certificate);
Result<consensus::Certificate> decode_certificate(std::string_view bytes);

/// A journal payload.
std::string encode_record(const consensus::JournalRecord& record);
Result<consensus::JournalRecord> decode_record(std::uint64_t sequence, std::string_view payload);

/// Evidence as the store keeps it, with whose key signed.
std::string encode_evidence(const consensus::Evidence& evidence, const Validator& validator);

/// How an epoch ended, as the store keeps it: its closing block's record, the finalization, the set that it decided.
std::string encode_epoch_link(std::string_view record_leaf, const consensus::Certificate& finalization,
                              const ValidatorSet& next);
/// The finalization within such a link. REQUIRES: the link was encoded here.
consensus::Certificate finalization_of_link(std::string_view epoch_link);
/// The set that the epoch's last block decided. REQUIRES: as above.
ValidatorSet validators_of_link(std::string_view epoch_link);
/// The epoch's last block. REQUIRES: as above.
BlockHeader closing_block_of_link(std::string_view epoch_link);

}  // namespace runtime
}  // namespace kimberlite
