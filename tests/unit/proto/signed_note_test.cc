#include "proto/signed_note.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "proto/encoding.h"
#include "samples.h"
#include "vector_file.h"

namespace kimberlite {
namespace {

constexpr std::string_view kPeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kSignature =
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

NoteVerifier verifier(unsigned char key, const std::string& name = "origin") {
  return {name, test::sample_key(key).public_key()};
}

std::string sample_note(const std::string& text, const std::vector<unsigned char>& signers) {
  SignedNote note{text, {}};
  for (const unsigned char signer : signers) {
    note.signatures.push_back(sign_note(text, "origin", test::sample_key(signer)));
  }
  return format_note(note);
}

TEST(SignedNote, PublishedNoteAndKey) {
  const std::string bytes = test::read_vector_file("note-peterneumann.txt");
  const Result<SignedNote> note = parse_note(bytes);
  ASSERT_TRUE(note.has_value()) << note.error().to_string();
  EXPECT_EQ(note->text,
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n");
  EXPECT_EQ(format_note(*note), bytes);
  const Result<NoteVerifier> key = NoteVerifier::from_string(kPeterKey);
  ASSERT_TRUE(key.has_value()) << key.error().to_string();
  EXPECT_EQ(key->key_hash(), 0xc74f20a3U);
  EXPECT_EQ(key->to_string(), kPeterKey);
  EXPECT_EQ(verify_note(*note, {*key}), std::vector<std::size_t>{0});
}

// golang.org/x/mod/sumdb/note publishes the secret key too; Ed25519 is deterministic, so the note comes out the same.
TEST(SignedNote, PublishedSecretKeyGivesThePublishedNote) {
  const std::string secret = *from_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  const std::optional<SecretKey> key = SecretKey::from_seed(secret.substr(1));
  ASSERT_TRUE(key);
  SignedNote note = *parse_note(test::read_vector_file("note-peterneumann.txt"));
  const NoteSignature made = sign_note(note.text, "PeterNeumann", *key);
  EXPECT_EQ(made.key_hash, note.signatures[0].key_hash);
  EXPECT_EQ(made.signature, note.signatures[0].signature);
}

TEST(SignedNote, ExampleOfTheSpecification) {
  const std::string bytes = test::read_vector_file("note-quasimodo.txt");
  const Result<SignedNote> note = parse_note(bytes);
  ASSERT_TRUE(note.has_value()) << note.error().to_string();
  EXPECT_TRUE(note->text.ends_with(":\n\ned \xc3\xa8 subito sera.\n")) << "text may hold empty lines";
  ASSERT_EQ(note->signatures.size(), 1U);
  EXPECT_EQ(note->signatures[0].name, "quasimodo.example/salvatore");
  EXPECT_EQ(note->signatures[0].signature.size(), 64U);
  EXPECT_EQ(format_note(*note), bytes);
}

TEST(SignedNote, ManglingsOfAVerifierKeyAreRefused) {
  for (std::size_t from = 0; from <= kPeterKey.size(); ++from) {
    for (std::size_t size = 0; size <= kPeterKey.size() - from; ++size) {
      if (size == kPeterKey.size()) continue;
      EXPECT_FALSE(NoteVerifier::from_string(kPeterKey.substr(from, size)).has_value());
    }
  }
  for (std::size_t at = 0; at < kPeterKey.size(); ++at) {
    std::string mangled(kPeterKey);
    ++mangled[at];
    EXPECT_FALSE(NoteVerifier::from_string(mangled).has_value()) << mangled;
  }
  for (const char* other : {"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
                            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "", "++"}) {
    EXPECT_EQ(NoteVerifier::from_string(other).error().reason, Reason::NOTE_MALFORMED) << other;
  }
}

TEST(SignedNote, EveryKeyHasItsString) {
  for (unsigned char key = 0; key < 40; ++key) {
    const NoteVerifier made = verifier(key, "kimberlite.example/2007");
    const Result<NoteVerifier> read = NoteVerifier::from_string(made.to_string());
    ASSERT_TRUE(read.has_value()) << made.to_string();
    EXPECT_EQ(read->name, made.name);
    EXPECT_EQ(read->key, made.key);
  }
}

TEST(SignedNote, MalformedNotes) {
  const std::string line = "\xe2\x80\x94 name " + std::string(kSignature) + "\n";
  ASSERT_TRUE(parse_note("text\n\n" + line).has_value());
  ASSERT_TRUE(parse_note("text\n\n\n" + line).has_value()) << "the last empty line parts text and signatures";
  for (const std::string& note : std::vector<std::string>{
           std::string(),
           std::string("\n"),
           std::string("text\n"),
           std::string("text\n\n"),
           "text\n" + line,
           line,
           "text\n\n" + line.substr(0, line.size() - 1),                           // no final newline
           "text\n\n" + line + "\n",                                               // blank line after
           "text\n\n" + line + "more\n",                                           // something else after
           "text\n\n- name " + std::string(kSignature) + "\n",                     // hyphen
           "text\n\n\xe2\x80\x93 name " + std::string(kSignature) + "\n",          // en dash
           "text\n\n\xe2\x80\x94name " + std::string(kSignature) + "\n",           // no space
           "text\n\n\xe2\x80\x94  " + std::string(kSignature) + "\n",              // empty name
           "text\n\n\xe2\x80\x94 name\n",                                          // no signature
           "text\n\n\xe2\x80\x94 name \n",                                         // empty signature
           "text\n\n\xe2\x80\x94 na me " + std::string(kSignature) + "\n",         // space in the name
           "text\n\n\xe2\x80\x94 na+me " + std::string(kSignature) + "\n",         // plus in the name
           "text\n\n\xe2\x80\x94 na\xc2\xa0me " + std::string(kSignature) + "\n",  // no-break space in the name
           "text\n\n\xe2\x80\x94 name " + std::string(kSignature) + " \n",         // trailing space
           std::string("text\n\n\xe2\x80\x94 name AAAAAA==\n"),                    // a key hash alone
           std::string("text\n\n\xe2\x80\x94 name AAAAAAA\n"),                     // base64 without padding
           "te\rxt\n\n" + line,
           "te\txt\n\n" + line,
           std::string("te\0xt\n\n", 7) + line,              // control characters
           "te\xff\n\n" + line,                              // not UTF-8
           std::string(kNoteBytesMax, 'x') + "\n\n" + line,  // too long
       }) {
    const Result<SignedNote> parsed = parse_note(note);
    ASSERT_FALSE(parsed.has_value()) << note.substr(0, 80);
    EXPECT_EQ(parsed.error().reason, Reason::NOTE_MALFORMED);
  }
}

TEST(SignedNote, NumberOfSignaturesAtAndOverTheLimit) {
  const std::string line = "\xe2\x80\x94 name " + std::string(kSignature) + "\n";
  std::string note = "text\n\n";
  for (std::size_t i = 0; i < kNoteSignaturesMax; ++i) note += line;
  EXPECT_TRUE(parse_note(note).has_value());
  EXPECT_FALSE(parse_note(note + line).has_value());
}

TEST(SignedNote, VerifiersThatSignedAreGivenInOrder) {
  const std::vector<NoteVerifier> verifiers = {verifier(1), verifier(2), verifier(3)};
  EXPECT_EQ(verify_note(*parse_note(sample_note("text\n", {3, 1})), verifiers), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(verify_note(*parse_note(sample_note("text\n", {2, 2, 2})), verifiers), (std::vector<std::size_t>{1}));
}

TEST(SignedNote, UnknownKeysAreIgnored) {
  EXPECT_EQ(verify_note(*parse_note(sample_note("text\n", {7, 1, 8})), {verifier(1)}), (std::vector<std::size_t>{0}));
  EXPECT_EQ(verify_note(*parse_note(sample_note("text\n", {1})), {verifier(1, "another name")}),
            std::vector<std::size_t>{});
  EXPECT_EQ(verify_note(*parse_note(sample_note("text\n", {1})), {}), std::vector<std::size_t>{});
}

TEST(SignedNote, UnknownSignatureOfAnyLengthIsIgnored) {
  SignedNote note = *parse_note(sample_note("text\n", {1}));
  note.signatures.push_back({"witness.example", 0x12345678, "short"});
  note.signatures.push_back({"witness.example", 0x12345678, std::string(5'000, 'q')});
  EXPECT_EQ(verify_note(*parse_note(format_note(note)), {verifier(1)}), (std::vector<std::size_t>{0}));
}

TEST(SignedNote, AKnownKeysWrongSignatureFailsTheNote) {
  SignedNote note = *parse_note(sample_note("text\n", {1, 2}));
  note.signatures[1].signature[0] = static_cast<char>(note.signatures[1].signature[0] ^ 1);
  const auto verified = verify_note(note, {verifier(1), verifier(2)});
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().reason, Reason::PROOF_INVALID);
  EXPECT_EQ(verify_note(note, {verifier(1)}), (std::vector<std::size_t>{0})) << "unknown here, so ignored";
  note.signatures[1].signature.resize(63);
  EXPECT_FALSE(verify_note(note, {verifier(1), verifier(2)}).has_value());
  SignedNote altered = *parse_note(sample_note("text\n", {1}));
  altered.text = "texT\n";
  EXPECT_FALSE(verify_note(altered, {verifier(1)}).has_value());
}

// Two keys whose 32-bit hashes under one name are the same, found by trying seeds: an attacker can do the same to a
// victim's key.
TEST(SignedNote, KeysWithOneHashAreTriedInTurn) {
  const auto seed_of = [](std::string_view number) {
    std::string seed(number);
    seed.resize(SecretKey::kSeedSize, '\0');
    return *SecretKey::from_seed(seed);
  };
  const SecretKey victim = seed_of("29715");
  const SecretKey attacker = seed_of("38214");
  const NoteVerifier first{"origin", victim.public_key()};
  const NoteVerifier second{"origin", attacker.public_key()};
  ASSERT_EQ(first.key_hash(), second.key_hash());
  ASSERT_NE(first.key, second.key);
  const SignedNote by_victim{"text\n", {sign_note("text\n", "origin", victim)}};
  EXPECT_EQ(verify_note(by_victim, {second, first}), (std::vector<std::size_t>{1}));
  EXPECT_EQ(verify_note(by_victim, {first, second}), (std::vector<std::size_t>{0}));
  const SignedNote by_both{"text\n", {sign_note("text\n", "origin", victim), sign_note("text\n", "origin", attacker)}};
  EXPECT_EQ(verify_note(by_both, {first, second}), (std::vector<std::size_t>{0, 1}));
}

TEST(SignedNote, WhatParsesFormatsBack) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab \n\xc3\xa9"))) + "\n";
    const Result<SignedNote> parsed = parse_note(sample_note(text, {1, 2}));
    if (!parsed) return;  // the text was cut inside a character
    RC_ASSERT(parsed->text == text);
    RC_ASSERT(verify_note(*parsed, {verifier(1), verifier(2)}).value().size() == 2U);
  }));
}

TEST(SignedNoteDeathTest, TextWithoutANewlineStops) {
  EXPECT_DEATH((void)sign_note("text", "origin", test::sample_key(1)), "ends in a newline");
}

}  // namespace
}  // namespace kimberlite
