// Splitting entry bundles: see leaf_bundle.h.
#include "cli/audit/leaf_bundle.h"

namespace kimberlite::cli {

namespace {

constexpr std::size_t kLengthBytes = 2;

}  // namespace

LeafBundle split_bundle(std::string_view bytes, std::uint64_t width, bool may_be_longer) {
  LeafBundle bundle;
  while (bundle.leaves.size() < width) {
    if (bytes.size() < kLengthBytes) {
      bundle.fault =
          "the bundle ends after " + std::to_string(bundle.leaves.size()) + " of " + std::to_string(width) + " leaves";
      return bundle;
    }
    const std::size_t length =
        static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) * 256 + static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(kLengthBytes);
    if (bytes.size() < length) {
      bundle.fault = "a length of " + std::to_string(length) + " runs beyond the end of the bundle";
      return bundle;
    }
    bundle.leaves.push_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  if (!bytes.empty() && !may_be_longer) {
    bundle.fault = std::to_string(bytes.size()) + " bytes follow the last leaf";
  }
  return bundle;
}

}  // namespace kimberlite::cli
