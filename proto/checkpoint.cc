#include "proto/checkpoint.h"

#include <charconv>
#include <optional>
#include <utility>

#include "proto/encoding.h"

namespace kimberlite {
namespace {

std::unexpected<Error> malformed(std::string message) {
  return fail(Reason::NOTE_MALFORMED, "", std::move(message));
}

// The first line of `text`, taken off it; nullopt if it does not end in a newline.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_size(std::string_view line) {
  if (line.empty() || (line.size() > 1 && line.front() == '0')) return std::nullopt;
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size);
  if (error != std::errc{} || end != line.data() + line.size()) return std::nullopt;
  return size;
}

std::vector<NoteVerifier> verifiers_of(const ValidatorSet& validators, std::string_view origin) {
  std::vector<NoteVerifier> verifiers;
  verifiers.reserve(validators.size());
  for (const Validator& validator : validators.all()) verifiers.push_back({std::string(origin), validator.key});
  return verifiers;
}

std::string names_of_missing(const ValidatorSet& validators, const std::vector<std::size_t>& signers) {
  std::string names;
  for (std::size_t index = 0, next = 0; index < validators.size(); ++index) {
    if (next < signers.size() && signers[next] == index) {
      ++next;
      continue;
    }
    names.append(names.empty() ? "" : ", ").append(validators[index].participant);
  }
  return names;
}

}  // namespace

std::string Checkpoint::text() const {
  return origin + "\n" + std::to_string(size.value) + "\n" + to_base64(root.view()) + "\n";
}

Result<Checkpoint> Checkpoint::from_text(std::string_view text) {
  const std::optional<std::string_view> origin = take_line(text);
  const std::optional<std::string_view> size_line = origin ? take_line(text) : std::nullopt;
  const std::optional<std::string_view> root_line = size_line ? take_line(text) : std::nullopt;
  if (!root_line) return malformed("a checkpoint has three lines: origin, size and root");
  if (!text.empty()) return malformed("a checkpoint of this log has no line after the root");
  if (origin->empty()) return malformed("the origin is empty");
  const std::optional<std::uint64_t> size = parse_size(*size_line);
  if (!size) return malformed("the size is not a decimal number of 64 bits without leading zeros");
  const std::optional<std::string> root_bytes = from_base64(*root_line);
  const std::optional<Digest> root = root_bytes ? Digest::from_bytes(*root_bytes) : std::nullopt;
  if (!root) return malformed("the root is not the base64 of 32 bytes");
  return Checkpoint{std::string(*origin), LogSize{*size}, *root};
}

Signature sign_checkpoint(const Checkpoint& checkpoint, const SecretKey& key) {
  return key.sign(checkpoint.text());
}

bool verify_checkpoint_signature(const Checkpoint& checkpoint, const PublicKey& key, const Signature& signature) {
  return verify_signature(key, checkpoint.text(), signature);
}

std::string format_checkpoint(const Checkpoint& checkpoint, const std::vector<CheckpointCosignature>& signatures) {
  SignedNote note{checkpoint.text(), {}};
  for (const CheckpointCosignature& each : signatures) {
    const NoteVerifier verifier{checkpoint.origin, each.key};
    note.signatures.push_back({checkpoint.origin, verifier.key_hash(), std::string(each.signature.view())});
  }
  return format_note(note);
}

Result<VerifiedCheckpoint> verify_checkpoint(std::string_view note, std::string_view origin,
                                             const ValidatorSet& validators, std::size_t needed) {
  const Result<SignedNote> parsed = parse_note(note);
  if (!parsed) return std::unexpected(parsed.error());
  Result<Checkpoint> checkpoint = Checkpoint::from_text(parsed->text);
  if (!checkpoint) return std::unexpected(std::move(checkpoint.error()));
  if (checkpoint->origin != origin) {
    return fail(Reason::PROOF_INVALID, "origin",
                "the checkpoint is of '" + checkpoint->origin + "', expected '" + std::string(origin) + "'");
  }
  Result<std::vector<std::size_t>> signers = verify_note(*parsed, verifiers_of(validators, origin));
  if (!signers) return std::unexpected(std::move(signers.error()));
  if (signers->size() < needed) {
    return fail(Reason::NOT_ENOUGH_SIGNATURES, "",
                std::to_string(signers->size()) + " of " + std::to_string(needed) +
                    " signatures needed; missing: " + names_of_missing(validators, *signers));
  }
  return VerifiedCheckpoint{std::move(*checkpoint), std::move(*signers)};
}

}  // namespace kimberlite
