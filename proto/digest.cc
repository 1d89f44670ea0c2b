#include "proto/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "proto/assert.h"
#include "proto/encoding.h"

namespace kimberlite {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

// Fetching the algorithm and making a context cost several times one compression, so both are kept for each thread.
class Hasher {
 public:
  Hasher() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    KIMBERLITE_ASSERT(algorithm_ && context_, "OpenSSL provides SHA-256");
  }

  void start() {
    KIMBERLITE_ASSERT(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1, "SHA-256 starts");
  }
  void add(std::string_view bytes) {
    if (bytes.empty()) return;
    KIMBERLITE_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256 takes bytes");
  }
  Digest finish() {
    Digest digest;
    unsigned size = 0;
    KIMBERLITE_ASSERT(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), &size) == 1 && size == Digest::kSize,
                      "SHA-256 gives 32 bytes");
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD, FreeAlgorithm> algorithm_;
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

Hasher& this_threads_hasher() {
  thread_local Hasher hasher;
  return hasher;
}

}  // namespace

std::string_view Digest::view() const {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string Digest::hex() const {
  return to_hex(view());
}

std::optional<Digest> Digest::from_bytes(std::string_view bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  Digest digest;
  std::ranges::copy(bytes, digest.bytes.begin());
  return digest;
}

std::optional<Digest> Digest::from_hex(std::string_view hex) {
  const std::optional<std::string> bytes = kimberlite::from_hex(hex);
  return bytes ? from_bytes(*bytes) : std::nullopt;
}

Digest sha256(std::string_view a, std::string_view b, std::string_view c) {
  Hasher& hasher = this_threads_hasher();
  hasher.start();
  hasher.add(a);
  hasher.add(b);
  hasher.add(c);
  return hasher.finish();
}

Digest tagged_digest(std::string_view tag, std::string_view bytes) {
  return sha256(tag, "\n", bytes);
}

std::size_t DigestHash::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.bytes.data(), sizeof hash);
  return hash;
}

}  // namespace kimberlite
