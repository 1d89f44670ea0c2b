// Key files: see wallet.h.
#include "cli/wallet.h"

#include <optional>

#include "cli/files.h"
#include "proto/encoding.h"

namespace kimberlite::cli {

namespace {

constexpr std::string_view kKeyLinePrefix = "kimberlite-key-v1 ";

}  // namespace

std::string format_key_file(const SecretKey& key) {
  return std::string(kKeyLinePrefix) + to_base64(key.seed()) + "\n# public key " + key.public_key().hex() + "\n";
}

Result<SecretKey> parse_key_file(std::string_view text, const std::string& name) {
  std::optional<SecretKey> key;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    if (!line.starts_with(kKeyLinePrefix)) {
      return fail(Reason::BAD_REQUEST, name, "a line is neither a comment nor \"kimberlite-key-v1 SEED\"");
    }
    if (key) {
      return fail(Reason::BAD_REQUEST, name, "the file holds more than one key");
    }
    line.remove_prefix(kKeyLinePrefix.size());
    const auto seed = from_base64(line);
    key = seed ? SecretKey::from_seed(*seed) : std::nullopt;
    if (!key) {
      return fail(Reason::BAD_REQUEST, name, "the seed is not canonical base64 of 32 bytes");
    }
  }
  if (!key) {
    return fail(Reason::BAD_REQUEST, name, "the file holds no key");
  }
  return std::move(*key);
}

Result<void> save_new_key(const std::filesystem::path& path, const SecretKey& key) {
  if (!path.parent_path().empty()) {
    if (auto made = make_folder(path.parent_path()); !made) {
      return made;
    }
  }
  return write_new_file(path, format_key_file(key), kSecretMode);
}

Result<SecretKey> load_key(const std::filesystem::path& path) {
  auto text = read_file(path, kKeyFileBytesMax);
  if (!text) {
    // NOT_FOUND is the ledger's word; what is missing here is a file of this machine.
    const bool missing = text.error().reason == Reason::NOT_FOUND;
    return missing ? fail(Reason::BAD_REQUEST, text.error().field, "there is no such key file here")
                   : std::unexpected(text.error());
  }
  return parse_key_file(*text, path.string());
}

bool Wallet::holds(const std::string& party) const {
  std::error_code status;
  return std::filesystem::is_directory(keys_ / party, status);
}

Result<Signer> Wallet::signer(const std::string& party, const std::string& file) {
  const std::string name = party + "/" + file;
  if (const auto found = cache_.find(name); found != cache_.end()) {
    return Signer{party, &found->second};
  }
  auto key = load_key(keys_ / party / file);
  if (!key) {
    return std::unexpected(key.error());
  }
  const auto placed = cache_.emplace(name, std::move(*key)).first;
  return Signer{party, &placed->second};
}

}  // namespace kimberlite::cli
