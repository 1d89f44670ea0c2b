// Every reason for which something is refused, as one stable list: the error, the gRPC reason, the log line, the metric
// label and the documentation use these names. Adding at the end of a group is safe; renaming breaks users.
// Thread-safe.
#pragma once

#include <optional>
#include <string_view>

namespace kimberlite {

/// name: what programs see. remedy: what a person should do, one sentence.
/// Groups: protocol (envelopes, keys), rules (scheme document, section 9, plus measures and opening), service, storage,
/// verification (offline proofs and audits).
#define KIMBERLITE_REASONS(X)                                                                                          \
  /* protocol */                                                                                                       \
  X(MALFORMED, "Send bytes that parse as the message; see the field named.")                                           \
  X(UNKNOWN_FIELD, "Remove the field, or upgrade the node: it does not know this field.")                              \
  X(MISSING_FIELD, "Set the required field.")                                                                          \
  X(FIELD_OUT_OF_RANGE, "Use a value within the range given.")                                                         \
  X(NOT_UTF8, "Send text as UTF-8.")                                                                                   \
  X(TEXT_TOO_LONG, "Shorten the text to the limit given.")                                                             \
  X(ENVELOPE_TOO_LARGE, "Split the events over several envelopes of at most 60,000 bytes.")                            \
  X(TOO_MANY_EVENTS, "Put 1 to 256 events into an envelope.")                                                          \
  X(MALFORMED_NUMBER, "Write the number as two capital letters, a hyphen and seven digits, such as BW-0002601.")       \
  X(WRONG_NETWORK, "Sign for this network's chain id, or submit to a node of the other network.")                      \
  X(ENVELOPE_EXPIRED, "Sign a new envelope with a later not_after_ms.")                                                \
  X(NOT_AFTER_TOO_FAR, "Set not_after_ms at most 7 days ahead of the ledger's clock.")                                 \
  X(ENVELOPE_REPLAYED, "Nothing to do: this envelope is on the log already.")                                          \
  X(BAD_SIGNATURE, "Sign the payload exactly as it is sent, with the key that is named.")                              \
  X(UNKNOWN_KEY, "Have the participant register the key with its root key.")                                           \
  X(KEY_REVOKED, "Sign with a key that is in force.")                                                                  \
  X(KEY_NOT_YET_VALID, "Wait until the delegation begins, or sign with another key.")                                  \
  X(KEY_EXPIRED, "Have the participant delegate again, or sign with another key.")                                     \
  X(KEY_EXISTS, "Register a new key: a key is registered once, for ever.")                                             \
  X(WRONG_PARTY, "Name the participant to which the signing key belongs.")                                             \
  X(CLOCK_NOT_ALLOWED, "Only the clock key of a replay network may advance the clock.")                                \
  X(CLOCK_GOES_BACK, "Advance the clock to a later time than it has.")                                                 \
  /* rules of the scheme */                                                                                            \
  X(NOT_A_PARTICIPANT, "Only a participant on the roll at this time can do this.")                                     \
  X(EXPORTER_EMBARGOED, "Wait until the measure on the exporter is lifted.")                                           \
  X(PREFIX_MISMATCH, "Use a number whose prefix the register gives to the exporter at this date.")                     \
  X(DUPLICATE_NUMBER, "Use a number that was never used, not even by a void certificate.")                             \
  X(INTRA_PARTICIPANT, "Goods that stay within one participant need no certificate.")                                  \
  X(IMPORTER_NOT_PARTICIPANT, "Export only to a participant on the roll.")                                             \
  X(IMPORTER_EMBARGOED, "Wait until the measure on the importer is lifted.")                                           \
  X(BAD_AMOUNT, "Give positive carats, dollars and parcels within range.")                                             \
  X(HS_NOT_ROUGH, "Use the codes of rough diamonds, 710210, 710221 or 710231, each at most once.")                     \
  X(HS_SUM_MISMATCH, "Make the lines add up to the header, in carats and in dollars.")                                 \
  X(BAD_DATES, "Issue on the ledger's date, with an expiry after it.")                                                 \
  X(VALIDITY_TOO_LONG, "Shorten the validity to the network's parameter.")                                             \
  X(ORIGIN_EMBARGOED, "Stones of this origin cannot be certified while the embargo lasts.")                            \
  X(ORIGIN_NOT_PROVEN, "Print the origin that the sources prove: one origin if they share it, else none.")             \
  X(SOURCE_UNKNOWN, "Draw from a certificate or an opening lot that is on the ledger.")                                \
  X(SOURCE_NOT_CONFIRMED, "Draw only from a confirmed import.")                                                        \
  X(SOURCE_NOT_HELD, "Draw only from what the exporter itself imported or held at the opening.")                       \
  X(SOURCE_OVERDRAWN, "Draw at most the undrawn balance of the source.")                                               \
  X(SOURCES_NOT_EQUAL, "Make the draws add up to the certificate's carats.")                                           \
  X(UNKNOWN_CERTIFICATE, "Check the number: no such certificate is on the ledger. Report a forged paper as incident.") \
  X(KNOWN_CERTIFICATE, "The number is on the ledger: hold, refuse or seize the certificate instead.")                  \
  X(SIGNER_NOT_AUTHORISED, "Have the body or party that this rule names sign.")                                        \
  X(NOT_IMPORTING_AUTHORITY, "Only an importing body of the destination can do this.")                                 \
  X(WRONG_STATE, "The certificate is not in a state in which this can happen.")                                        \
  X(NOT_SHIPPED, "Record the shipment first.")                                                                         \
  X(NOT_THE_IMPORTER, "Only the importer that the certificate names can acknowledge it.")                              \
  X(ALREADY_ACKNOWLEDGED, "Nothing to do: the importer acknowledged this certificate.")                                \
  X(ACKNOWLEDGEMENT_MISSING, "Have the importer acknowledge first, or give a cause for going without.")                \
  X(ALREADY_CONFIRMED, "The receipt is confirmed. If another paper bears this number, report an incident.")            \
  X(EXCESS_OVER_TOLERANCE, "Hold the goods: more arrived than declared and the tolerance allow.")                      \
  X(CO_APPROVAL_MISSING, "An expert named by the measure must co-approve first.")                                      \
  X(CERT_EXPIRED, "Expire the certificate and issue a new one.")                                                       \
  X(NOT_EXPIRED, "Wait until the day after the expiry date.")                                                          \
  X(CORRECTION_NOT_ALLOWED, "Carats of a re-export are tied to its sources: refuse or return it instead.")             \
  X(CORRECTION_TOO_LARGE, "Correct clerical errors within the network's parameter; otherwise refuse.")                 \
  X(REPLACEMENT_DIFFERS, "A replacement repeats carats, dollars and importer of the lost certificate.")                \
  X(NOT_CHAIR, "Only the Chair can do this.")                                                                          \
  X(NO_ADOPTED_MOTION, "Name a motion on this subject that was adopted.")                                              \
  X(PARTICIPANT_EXISTS, "Nothing to do: a participant is admitted once, under a code of its own.")                     \
  X(NO_VOTING_NODE, "Register a node first: the participant has none that votes.")                                     \
  X(TOO_MANY_CHANGES, "Try again later: the validators are being changed, or you changed yours a short while ago.")    \
  X(TOO_FEW_VALIDATORS, "Have another participant register a node first: at least 4 must vote.")                       \
  X(TOO_MANY_VALIDATORS, "Have another node retired first: at most 128 vote.")                                         \
  X(NO_SUCH_MEASURE, "Name a measure that is in force.")                                                               \
  X(DUPLICATE_MEASURE, "Give the measure an id of its own.")                                                           \
  X(RECORD_FULL, "Nothing more fits this record: take up the matter outside the ledger.")                              \
  X(TOO_COSTLY, "Put fewer events, or fewer sources, into one envelope.")                                              \
  /* service */                                                                                                        \
  X(OVERLOADED, "Try again after a moment: the node's queue is full.")                                                 \
  X(UNAVAILABLE, "Try again, or ask another node.")                                                                    \
  X(NOT_FOUND, "Check what you asked for.")                                                                            \
  X(BAD_REQUEST, "Correct the request as the message says.")                                                           \
  X(BAD_CONFIGURATION, "Correct the setting named.")                                                                   \
  X(WRONG_CLOCK, "Set this machine's clock: it is far from its peers' clocks.")                                        \
  /* storage */                                                                                                        \
  X(STORE_OTHER_NETWORK, "Point the node at the data folder of its own network.")                                      \
  X(STORE_NEWER_FORMAT, "Run the release that wrote this store, or a newer one.")                                      \
  X(STORE_LOCKED, "Another process uses this data folder: stop it first.")                                             \
  X(STORE_CORRUPT, "Stop, keep a copy, and rebuild this node from its peers.")                                         \
  X(STORE_IO, "Check the disk: space, permissions, hardware. Nothing was sent after the failure.")                     \
  X(JOURNAL_MISSING, "Run as follower and register a new node key: this key may have voted elsewhere.")                \
  X(JOURNAL_CORRUPT, "Run as follower and register a new node key: votes may have been forgotten.")                    \
  X(JOURNAL_ROLLED_BACK, "Run as follower and register a new node key: this key voted what its journal lacks.")        \
  X(JOURNAL_OTHER_KEY, "Give the node the key that wrote this journal.")                                               \
  /* verification */                                                                                                   \
  X(PROOF_TRUNCATED, "Fetch the proof again: it is not whole.")                                                        \
  X(PROOF_INVALID, "Do not trust what you were shown: the link named does not hold.")                                  \
  X(NOTE_MALFORMED, "Fetch the checkpoint again: it is not a signed note.")                                            \
  X(NOT_ENOUGH_SIGNATURES, "Ask for a checkpoint signed by more participants.")                                        \
  X(LOG_INCONSISTENT, "Keep both checkpoints: they prove that their signers showed two different logs.")               \
  X(LEAF_ALTERED, "Do not trust this copy of the log: the leaf named was changed.")                                    \
  X(STATE_ROOT_DIFFERS, "Do not trust this copy of the log: replaying it gives another state.")

/// Stable reason codes.
enum class Reason {
#define KIMBERLITE_REASON_ENUM(name, remedy) name,
  KIMBERLITE_REASONS(KIMBERLITE_REASON_ENUM)
#undef KIMBERLITE_REASON_ENUM
};

/// The stable name, e.g. "DUPLICATE_NUMBER".
std::string_view reason_name(Reason reason);
/// What to do about it, one sentence.
std::string_view reason_remedy(Reason reason);
/// The reason of that name, if there is one.
std::optional<Reason> reason_from_name(std::string_view name);

}  // namespace kimberlite
