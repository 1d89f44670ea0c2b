#include "proto/state_proof.h"

#include <google/protobuf/io/coded_stream.h>

#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "kimberlite/v1/genesis.pb.h"
#include "kimberlite/v1/proof.pb.h"
#include "proto/block.h"
#include "proto/epoch_chain.h"
#include "proto/internal/shape.h"
#include "proto/merkle_log.h"
#include "proto/state_map.h"
#include "proto/strict.h"

namespace kimberlite {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr StrictLimits kProofLimits{.text_bytes_max = kNoteBytesMax, .repeated_max = kEpochLinksMax};

// Puts the link and the likely cause into an error that arose in it.
std::unexpected<Error> broken(std::string_view link, Error error, std::string_view likely_cause) {
  error.field = error.field.empty() ? std::string(link) : std::string(link) + "." + error.field;
  error.message.append(". Likely cause: ").append(likely_cause);
  return std::unexpected(std::move(error));
}

std::unexpected<Error> broken(std::string_view link, std::string message, std::string_view likely_cause) {
  return broken(link, Error{Reason::PROOF_INVALID, "", std::move(message)}, likely_cause);
}

// True if the bytes are the beginning of fields and stop inside one.
bool ends_inside_a_field(std::string_view file) {
  if (file.size() > std::numeric_limits<int>::max()) return false;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(file.data()),
                                               static_cast<int>(file.size()));
  constexpr std::uint32_t kVarint = 0;
  constexpr std::uint32_t kLengthDelimited = 2;
  while (const std::uint32_t tag = input.ReadTag()) {
    std::uint64_t value = 0;
    if (!input.ReadVarint64(&value)) return true;
    if ((tag & 7) == kVarint) continue;
    if ((tag & 7) != kLengthDelimited) return false;
    if (value > file.size() - static_cast<std::size_t>(input.CurrentPosition())) return true;
    input.Skip(static_cast<int>(value));
  }
  return static_cast<std::size_t>(input.CurrentPosition()) < file.size();
}

Result<void> read_file(std::string_view file, v1::StateProof& proof) {
  Result<void> parsed = parse_strict(file, proof, kProofLimits);
  if (!parsed && ends_inside_a_field(file)) {
    return fail(Reason::PROOF_TRUNCATED, "",
                "the file of " + std::to_string(file.size()) + " bytes ends inside a field");
  }
  if (!parsed) return parsed;
  if (proof.checkpoint().empty()) {
    return fail(Reason::PROOF_TRUNCATED, "checkpoint", "the file ends before its checkpoint");
  }
  internal::Shape shape;
  shape.in_range("format", proof.format() == kFormat, "this release reads proof files of format 1");
  shape.text("key", proof.key());
  shape.set("record_leaf", !proof.record_leaf().empty());
  if (shape.fault()) return std::unexpected(*shape.fault());
  return {};
}

Result<std::vector<Digest>> read_digests(std::string_view field,
                                         const google::protobuf::RepeatedPtrField<std::string>& list) {
  std::vector<Digest> digests;
  for (const std::string& bytes : list) {
    const std::optional<Digest> digest = Digest::from_bytes(bytes);
    if (!digest) {
      return fail(Reason::PROOF_TRUNCATED, std::string(field) + "[" + std::to_string(digests.size()) + "]",
                  std::to_string(bytes.size()) + " bytes instead of 32");
    }
    digests.push_back(*digest);
  }
  return digests;
}

/// The sets up to that of the epoch in which the checkpoint was signed.
Result<EpochSets> check_epochs(const v1::StateProof& proof, const GenesisDocument& genesis) {
  auto known = walk_epochs(genesis, std::span<const v1::EpochLink* const>(
                                        proof.epochs().data(), static_cast<std::size_t>(proof.epochs_size())));
  if (!known) {
    Error error = std::move(known.error());
    error.message.append(". Likely cause: how an epoch ended was altered, or a link is missing");
    return std::unexpected(std::move(error));
  }
  if (!known->closed.empty() && known->closed.back().value >= proof.log_size()) {
    return broken("epochs",
                  "the last link ends with " + std::to_string(known->closed.back().value) +
                      " leaves, the checkpoint is of " + std::to_string(proof.log_size()),
                  "the links go beyond the checkpoint");
  }
  return known;
}

Result<VerifiedCheckpoint> check_checkpoint(const v1::StateProof& proof, const GenesisDocument& genesis,
                                            const ValidatorSet& validators) {
  Result<VerifiedCheckpoint> verified =
      verify_checkpoint(proof.checkpoint(), genesis.genesis->network_name(), validators, validators.faulty() + 1);
  if (!verified) {
    return broken("checkpoint", std::move(verified.error()),
                  "the checkpoint was altered, or is of another network or epoch than the record");
  }
  // Notes elsewhere may carry signatures of unknown keys. In a proof file each byte is accounted for, so that damage
  // shows.
  const Result<SignedNote> note = parse_note(proof.checkpoint());
  if (note && note->signatures.size() != verified->signers.size()) {
    return broken("checkpoint",
                  std::to_string(note->signatures.size()) + " signature lines, but " +
                      std::to_string(verified->signers.size()) + " validators of the epoch signed",
                  "a signature line was altered, repeated, or is of a key that is no validator's");
  }
  if (verified->checkpoint.size.value != proof.log_size()) {
    return broken("checkpoint",
                  "the checkpoint is of " + std::to_string(verified->checkpoint.size.value) + " leaves, the proof of " +
                      std::to_string(proof.log_size()),
                  "the proof and the checkpoint were put together from two answers");
  }
  return verified;
}

Result<void> check_inclusion(const v1::StateProof& proof, const Checkpoint& checkpoint) {
  const Result<std::vector<Digest>> path = read_digests("inclusion", proof.inclusion());
  if (!path) return std::unexpected(path.error());
  Result<void> included = verify_inclusion(leaf_hash(proof.record_leaf()), LogIndex{proof.record_index()},
                                           LogSize{proof.log_size()}, *path, checkpoint.root);
  if (!included) {
    return broken("inclusion", std::move(included.error()), "the block record or the path to the log root was altered");
  }
  return {};
}

// Asked first, though nothing is proven yet: of all faults this one needs the plainest answer.
Result<void> check_network(const v1::StateProof& proof, const GenesisDocument& genesis) {
  const Result<BlockHeader> header = decode_block_leaf(proof.record_leaf());
  if (!header || header->chain_id == genesis.chain_id) return {};
  return broken("record",
                Error{Reason::WRONG_NETWORK, "chain_id",
                      "the record is of network " + header->chain_id.hex() + ", the genesis document of " +
                          genesis.chain_id.hex()},
                "the proof belongs to another network");
}

Result<BlockHeader> check_record(const v1::StateProof& proof, const EpochSets& known) {
  Result<BlockHeader> header = decode_block_leaf(proof.record_leaf());
  if (!header) return broken("record", std::move(header.error()), "the leaf that was proven is not a block record");
  if (header->record_index().value != proof.record_index()) {
    return broken("record",
                  "the record says that it stands at " + std::to_string(header->record_index().value) +
                      ", the proof that it stands at " + std::to_string(proof.record_index()),
                  "the record was taken from another place in the log");
  }
  const ValidatorSet* voters = known.of(header->epoch);
  if (voters == nullptr) {
    return broken("record",
                  "the record is of epoch " + std::to_string(header->epoch.value) + ", the links lead to epoch " +
                      std::to_string(known.sets.size()),
                  "links of epochs are missing");
  }
  if (header->validators != voters->digest()) {
    return broken(
        "record",
        "the record is of validators " + header->validators.hex() + ", its epoch has " + voters->digest().hex(),
        "the record was altered, or signed by another set than its epoch's");
  }
  return header;
}

Result<void> check_map(const v1::StateProof& proof, const Digest& state_root) {
  Result<std::vector<Digest>> siblings = read_digests("map.siblings", proof.map().siblings());
  if (!siblings) return std::unexpected(std::move(siblings.error()));
  StateMapProof map{std::move(*siblings), std::nullopt};
  const std::string& other_path = proof.map().other_leaf_path();
  const std::string& other_value = proof.map().other_leaf_value_digest();
  if (!other_path.empty() || !other_value.empty()) {
    const std::optional<Digest> path = Digest::from_bytes(other_path);
    const std::optional<Digest> value = Digest::from_bytes(other_value);
    if (!path || !value) {
      return fail(Reason::PROOF_TRUNCATED, "map.other_leaf_path",
                  "path and value digest of the other leaf have " + std::to_string(other_path.size()) + " and " +
                      std::to_string(other_value.size()) + " bytes instead of 32 each");
    }
    map.other_leaf = StateMapProof::OtherLeaf{*path, *value};
  }
  const std::optional<std::string_view> value =
      proof.value().empty() ? std::nullopt : std::optional<std::string_view>(proof.value());
  Result<void> holds = verify_state_map(state_root, proof.key(), value, map);
  if (!holds) {
    return broken("map", std::move(holds.error()),
                  "the key, the value or the path to the state root was altered, or belongs to another block");
  }
  return {};
}

}  // namespace

// From the signatures inwards: each link is checked against what the link before it proved, so that the first one that
// does not hold is the one at fault.
Result<ProvenState> verify_state_proof(std::string_view file, const GenesisDocument& genesis) {
  v1::StateProof proof;
  if (Result<void> read = read_file(file, proof); !read) return std::unexpected(std::move(read.error()));
  if (Result<void> network = check_network(proof, genesis); !network)
    return std::unexpected(std::move(network.error()));
  Result<EpochSets> known = check_epochs(proof, genesis);
  if (!known) return std::unexpected(std::move(known.error()));
  Result<VerifiedCheckpoint> checkpoint = check_checkpoint(proof, genesis, known->sets.back());
  if (!checkpoint) return std::unexpected(std::move(checkpoint.error()));
  if (Result<void> included = check_inclusion(proof, checkpoint->checkpoint); !included) {
    return std::unexpected(std::move(included.error()));
  }
  const Result<BlockHeader> header = check_record(proof, *known);
  if (!header) return std::unexpected(header.error());
  if (Result<void> holds = check_map(proof, header->state_root); !holds) {
    return std::unexpected(std::move(holds.error()));
  }
  ProvenState proven;
  proven.key = proof.key();
  if (!proof.value().empty()) proven.value = proof.value();
  proven.height = header->height;
  proven.block_time_ms = header->time_ms;
  proven.checkpoint = std::move(*checkpoint);
  proven.epoch = Epoch{known->sets.size()};
  proven.validators = std::move(known->sets.back());
  return proven;
}

}  // namespace kimberlite
