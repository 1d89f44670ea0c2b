// Checking a checkpoint to the last byte: see checkpoint_check.h.
#include "cli/audit/checkpoint_check.h"

#include <algorithm>

#include "kimberlite/v1/genesis.pb.h"
#include "proto/signed_note.h"

namespace kimberlite::cli {

namespace {

Finding checkpoint_finding(Reason reason, std::string place, std::string expected, std::string found,
                           std::string cause) {
  return {.reason = reason,
          .link = "checkpoint",
          .place = std::move(place),
          .expected = std::move(expected),
          .found = std::move(found),
          .cause = std::move(cause)};
}

/// What the note says of its size, to know whose signatures to ask for; they prove it.
LogSize claimed_size(std::string_view note) {
  const auto parsed = parse_note(note);
  const auto checkpoint = parsed ? Checkpoint::from_text(parsed->text) : std::unexpected(parsed.error());
  return checkpoint ? checkpoint->size : LogSize{};
}

}  // namespace

std::expected<VerifiedCheckpoint, Finding> check_checkpoint(std::string_view note, const GenesisDocument& genesis,
                                                            const EpochSets& epochs) {
  const std::string& origin = genesis.genesis->network_name();
  const ValidatorSet& validators = epochs.signing(claimed_size(note));
  const std::size_t needed = validators.faulty() + 1;
  auto verified = verify_checkpoint(note, origin, validators, needed);
  if (!verified) {
    return std::unexpected(checkpoint_finding(
        verified.error().reason, verified.error().field.empty() ? "signed note" : verified.error().field,
        "a note of \"" + origin + "\" signed by at least " + std::to_string(needed) + " of " +
            std::to_string(validators.size()) + " validators",
        verified.error().to_string(),
        "the checkpoint was altered, is of another network, or the genesis document is not this network's"));
  }
  const auto parsed = parse_note(note);
  if (!parsed) {
    return std::unexpected(checkpoint_finding(parsed.error().reason, "signed note", "a signed note",
                                              parsed.error().to_string(), "the checkpoint was altered"));
  }
  for (std::size_t line = 0; line < parsed->signatures.size(); ++line) {
    const auto& signature = parsed->signatures[line];
    const bool known = std::any_of(validators.all().begin(), validators.all().end(), [&](const Validator& v) {
      const NoteVerifier verifier{.name = origin, .key = v.key};
      return verifier.name == signature.name && verifier.key_hash() == signature.key_hash;
    });
    if (!known) {
      return std::unexpected(checkpoint_finding(
          Reason::PROOF_INVALID, "signature line " + std::to_string(line + 1), "the name and key of a validator",
          "name \"" + signature.name + "\", key hash " + std::to_string(signature.key_hash),
          "the line was altered, or someone signed who does not vote in this epoch"));
    }
  }
  if (format_note(*parsed) != note) {
    return std::unexpected(checkpoint_finding(Reason::NOTE_MALFORMED, "signed note", "the note's one way of writing",
                                              "other bytes with the same meaning", "the checkpoint was altered"));
  }
  return std::move(*verified);
}

Result<EpochSets> read_epochs(TileSource& source, const GenesisDocument& genesis) {
  auto chain = source.get(std::string(kEpochsFile));
  if (!chain && chain.error().reason != Reason::NOT_FOUND) return std::unexpected(chain.error());
  return walk_epochs(genesis, chain ? *chain : std::string());
}

}  // namespace kimberlite::cli
