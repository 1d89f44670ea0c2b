// C2SP signed notes (signed-note): text, a blank line, and signature lines "— name base64(key hash || signature)".
// Ed25519 only (algorithm 0x01). Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ed25519.h"
#include "proto/error.h"

namespace kimberlite {

inline constexpr std::size_t kNoteBytesMax = 1'000'000;
inline constexpr std::size_t kNoteSignaturesMax = 256;

/// A key that may sign notes, under its name.
struct NoteVerifier {
  std::string name;
  PublicKey key;
  /// First 4 bytes of SHA-256(name || 0x0a || 0x01 || key), big endian.
  [[nodiscard]] std::uint32_t key_hash() const;
  /// "name+hex(key hash)+base64(0x01 || key)" as in the specification.
  [[nodiscard]] std::string to_string() const;
  /// Parses the same; NOTE_MALFORMED otherwise.
  static Result<NoteVerifier> from_string(std::string_view text);
};

/// One signature line.
struct NoteSignature {
  std::string name;
  std::uint32_t key_hash{};
  std::string signature;  ///< raw bytes after the key hash
};

/// A parsed note; signatures are not yet verified.
struct SignedNote {
  std::string text;  ///< including its final newline
  std::vector<NoteSignature> signatures;
};

/// Parses the whole note. NOTE_MALFORMED with what is wrong.
Result<SignedNote> parse_note(std::string_view bytes);
/// The note's bytes.
std::string format_note(const SignedNote& note);
/// A signature line over `text` by `key` under `name`. REQUIRES: text ends in a newline.
NoteSignature sign_note(std::string_view text, std::string_view name, const SecretKey& key);
/// Indices of the verifiers of which the note holds a valid signature, in order. A signature line that claims a known
/// key (same name and hash) and does not verify fails the whole note (PROOF_INVALID), as the specification demands.
Result<std::vector<std::size_t>> verify_note(const SignedNote& note, const std::vector<NoteVerifier>& verifiers);

}  // namespace kimberlite
