// What this machine can do at most, measured in the same run as the network: the ratios are worth more than the
// numbers.
#pragma once

#include <cstdint>
#include <filesystem>

namespace kimberlite::bench {

struct MachineLimits {
  double verifications_per_second{};  ///< Ed25519, strict, on all cores together
  double synced_write_ms{};           ///< median of a synced RocksDB write of 256 bytes
  double tls_round_trip_ms{};         ///< median of 128 bytes there and back over TLS 1.3 on loopback
};

/// Ed25519 verifications on all cores together; takes 1.5 s. Of a virtual machine, it changes within minutes.
double verifications_per_second();

/// Takes about four seconds. `folder` is on the disk that the nodes use.
MachineLimits measure_limits(const std::filesystem::path& folder);

}  // namespace kimberlite::bench
