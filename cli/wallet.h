// Key files and where a home keeps them: keys/<PARTY>/root.key, body-<BODY>.key, trader-<PSEUDONYM>.key, node.key;
// keys/<OBSERVER>/observer.key; keys/CLOCK/clock.key; keys/UNSC/sanctions.key. A key file is a line
// "kimberlite-key-v1 <base64 of the 32-byte seed>" and comment lines that start with '#'; mode 0600; never overwritten.
// Not thread-safe: keys are cached on first use.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "proto/ed25519.h"
#include "proto/error.h"

namespace kimberlite::cli {

inline constexpr std::size_t kKeyFileBytesMax = 4096;

/// The text of a key file.
std::string format_key_file(const SecretKey& key);
/// Reads the text. BAD_REQUEST with what is wrong; `name` says which file in the error.
Result<SecretKey> parse_key_file(std::string_view text, const std::string& name);
/// Writes a new key file with mode 0600; BAD_REQUEST if the file exists.
Result<void> save_new_key(const std::filesystem::path& path, const SecretKey& key);
/// Reads a key file. BAD_REQUEST, also where there is none, STORE_IO.
Result<SecretKey> load_key(const std::filesystem::path& path);

/// A signing key with the party on whose behalf it signs (the envelope's `participant`).
struct Signer {
  std::string party;
  const SecretKey* key = nullptr;  ///< owned by the wallet
};

/// The keys of a home.
class Wallet {
 public:
  explicit Wallet(std::filesystem::path keys) : keys_(std::move(keys)) {}

  /// Each fails with BAD_REQUEST naming the missing file.
  Result<Signer> root(const std::string& participant) { return signer(participant, "root.key"); }
  Result<Signer> body(const std::string& participant, const std::string& body) {
    return signer(participant, "body-" + body + ".key");
  }
  Result<Signer> trader(const std::string& participant, const std::string& pseudonym) {
    return signer(participant, "trader-" + pseudonym + ".key");
  }
  Result<Signer> observer(const std::string& code) { return signer(code, "observer.key"); }
  Result<Signer> clock() { return signer("CLOCK", "clock.key"); }
  Result<Signer> sanctions() { return signer("UNSC", "sanctions.key"); }
  /// Whether the home holds any key of this party.
  [[nodiscard]] bool holds(const std::string& party) const;

 private:
  Result<Signer> signer(const std::string& party, const std::string& file);

  std::filesystem::path keys_;
  std::map<std::string, SecretKey> cache_;
};

}  // namespace kimberlite::cli
