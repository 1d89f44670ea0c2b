#include "proto/signed_note.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proto/assert.h"
#include "proto/digest.h"
#include "proto/encoding.h"
#include "proto/utf8.h"

namespace kimberlite {
namespace {

constexpr std::string_view kSignatureStart = "\xe2\x80\x94 ";  // em dash, space
constexpr char kEd25519Algorithm = 0x01;
constexpr std::size_t kKeyHashBytes = 4;

std::unexpected<Error> malformed(std::string message) {
  return fail(Reason::NOTE_MALFORMED, "", std::move(message));
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
  return bytes;
}

// REQUIRES: at least 4 bytes.
std::uint32_t from_big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, kKeyHashBytes)) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

bool is_key_name(std::string_view name) {
  if (name.empty() || name.find('+') != std::string_view::npos) return false;
  while (!name.empty()) {
    const CodePoint next = first_code_point(name);
    if (next.bytes == 0 || next.value < 0x20 || is_unicode_space(next.value)) return false;
    name.remove_prefix(next.bytes);
  }
  return true;
}

std::string algorithm_and_key(const PublicKey& key) {
  return kEd25519Algorithm + std::string(key.view());
}

Result<NoteSignature> parse_signature_line(std::string_view line, std::size_t number) {
  const std::string where = "signature line " + std::to_string(number);
  if (!line.starts_with(kSignatureStart)) return malformed(where + " does not start with an em dash and a space");
  line.remove_prefix(kSignatureStart.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) {
    return malformed(where + " has no key name followed by a space");
  }
  const std::optional<std::string> bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kKeyHashBytes) {
    return malformed(where + " does not end in the base64 of a key hash and a signature");
  }
  return NoteSignature{std::string(line.substr(0, space)), from_big_endian(*bytes), bytes->substr(kKeyHashBytes)};
}

bool has_control_character(std::string_view bytes) {
  return std::ranges::any_of(bytes, [](char c) { return static_cast<std::uint8_t>(c) < 0x20 && c != '\n'; });
}

}  // namespace

std::uint32_t NoteVerifier::key_hash() const {
  return from_big_endian(sha256(name, "\n", algorithm_and_key(key)).view());
}

std::string NoteVerifier::to_string() const {
  return name + "+" + to_hex(big_endian(key_hash())) + "+" + to_base64(algorithm_and_key(key));
}

Result<NoteVerifier> NoteVerifier::from_string(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("a verifier key is name+hash+key");
  const std::string_view name = text.substr(0, first);
  const std::optional<std::string> hash = from_hex(text.substr(first + 1, second - first - 1));
  const std::optional<std::string> key = from_base64(text.substr(second + 1));
  if (!is_utf8(name) || !is_key_name(name)) return malformed("the verifier key's name is empty or has spaces");
  if (!hash || hash->size() != kKeyHashBytes) return malformed("the verifier key's hash is not 8 hex characters");
  if (!key || key->size() != 1 + PublicKey::kSize || key->front() != kEd25519Algorithm) {
    return malformed("the verifier key is not an Ed25519 key");
  }
  NoteVerifier verifier{std::string(name), *PublicKey::from_bytes(std::string_view(*key).substr(1))};
  if (verifier.key_hash() != from_big_endian(*hash)) {
    return malformed("the verifier key hashes to " + to_hex(big_endian(verifier.key_hash())) + ", but says " +
                     to_hex(*hash));
  }
  return verifier;
}

Result<SignedNote> parse_note(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) {
    return malformed(std::to_string(bytes.size()) + " bytes, at most " + std::to_string(kNoteBytesMax) +
                     " are allowed");
  }
  if (!is_utf8(bytes)) return malformed("the note is not UTF-8");
  if (has_control_character(bytes)) return malformed("the note has a control character other than newline");
  const std::size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos) return malformed("no blank line parts text and signatures");
  SignedNote note;
  note.text = bytes.substr(0, blank + 1);
  std::string_view lines = bytes.substr(blank + 2);
  if (lines.empty()) return malformed("the note has no signature");
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return malformed("the last signature line does not end in a newline");
    if (note.signatures.size() == kNoteSignaturesMax) {
      return malformed("more than " + std::to_string(kNoteSignaturesMax) + " signatures");
    }
    Result<NoteSignature> signature = parse_signature_line(lines.substr(0, end), note.signatures.size() + 1);
    if (!signature) return std::unexpected(std::move(signature.error()));
    note.signatures.push_back(std::move(*signature));
    lines.remove_prefix(end + 1);
  }
  return note;
}

std::string format_note(const SignedNote& note) {
  std::string bytes = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    bytes.append(kSignatureStart).append(signature.name).append(" ");
    bytes.append(to_base64(big_endian(signature.key_hash) + signature.signature)).append("\n");
  }
  return bytes;
}

NoteSignature sign_note(std::string_view text, std::string_view name, const SecretKey& key) {
  KIMBERLITE_ASSERT(text.ends_with('\n'), "a note's text ends in a newline");
  const NoteVerifier verifier{std::string(name), key.public_key()};
  return {verifier.name, verifier.key_hash(), std::string(key.sign(text).view())};
}

Result<std::vector<std::size_t>> verify_note(const SignedNote& note, const std::vector<NoteVerifier>& verifiers) {
  std::vector<std::uint32_t> hashes;
  hashes.reserve(verifiers.size());
  for (const NoteVerifier& verifier : verifiers) hashes.push_back(verifier.key_hash());
  std::vector<bool> signed_by(verifiers.size());
  for (const NoteSignature& line : note.signatures) {
    const std::optional<Signature> signature = Signature::from_bytes(line.signature);
    bool known = false;
    bool valid = false;
    // Anyone can find a key whose 32-bit hash is that of another: all keys of this name and hash are tried.
    for (std::size_t index = 0; index < verifiers.size() && !valid; ++index) {
      if (hashes[index] != line.key_hash || verifiers[index].name != line.name) continue;
      known = true;
      valid = signature && verify_signature(verifiers[index].key, note.text, *signature);
      if (valid) signed_by[index] = true;
    }
    if (known && !valid) {
      return fail(Reason::PROOF_INVALID, "",
                  "the signature by " + line.name + " with key hash " + to_hex(big_endian(line.key_hash)) +
                      " does not fit the text");
    }
  }
  std::vector<std::size_t> signers;
  for (std::size_t index = 0; index < verifiers.size(); ++index) {
    if (signed_by[index]) signers.push_back(index);
  }
  return signers;
}

}  // namespace kimberlite
