// Signed notes, checkpoint texts and verifier keys: what parses is written back byte for byte, and a signature is never
// made up.
#include "edits.h"
#include "proto/assert.h"
#include "proto/checkpoint.h"
#include "proto/signed_note.h"
#include "samples.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kimberlite;
  const std::string input = fuzz::text_of(data, size);
  if (const auto verifier = NoteVerifier::from_string(input)) {
    const auto again = NoteVerifier::from_string(verifier->to_string());
    KIMBERLITE_ASSERT(again && again->key == verifier->key && again->name == verifier->name, "a key reads back");
  }
  if (const auto checkpoint = Checkpoint::from_text(input)) {
    KIMBERLITE_ASSERT(checkpoint->text() == input, "a checkpoint has one text");
  }
  const auto note = parse_note(input);
  if (!note) {
    KIMBERLITE_ASSERT(note.error().reason == Reason::NOTE_MALFORMED, "there is one reason to refuse a note");
    return 0;
  }
  KIMBERLITE_ASSERT(format_note(*note) == input, "a note has one form");
  KIMBERLITE_ASSERT(!note->signatures.empty() && note->text.ends_with('\n'), "a note has text and signatures");
  const NoteVerifier verifier{note->signatures.front().name, test::sample_key(1).public_key()};
  const auto signers = verify_note(*note, {verifier});
  KIMBERLITE_ASSERT(!signers || signers->size() <= 1, "one verifier signs once");
  return 0;
}
