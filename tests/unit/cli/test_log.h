// A small network with known keys and a log built by hand, block by block, with the protocol library and the rules:
// what the audit and proof tests alter. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/audit/memory_state.h"
#include "cli/signing.h"
#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/proof.pb.h"
#include "proto/block.h"
#include "proto/genesis.h"
#include "proto/merkle_log.h"

namespace kimberlite::cli {

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A key that depends on the name alone.
SecretKey key_of(const std::string& name);

/// Four participants BW, EC, IN, AE on a replay clock, as `kimberlite network new --nodes 4` makes them, with keys from
/// key_of("BW root"), key_of("BW-AUTHORITY"), key_of("BW-TRADER-01"), key_of("BW node"), key_of("WDC"),
/// key_of("clock").
GenesisDocument test_genesis();

class TestLog {
 public:
  explicit TestLog(GenesisDocument genesis);

  /// Closes a block over these envelopes; they must be accepted unless `force`, which logs refused ones too.
  void add_block(const std::vector<std::string>& signed_envelopes, bool force = false);
  /// Puts a leaf in the log as it is.
  void add_leaf(const std::string& leaf);
  /// An envelope by the clock key.
  std::string advance_clock(std::int64_t to_ms);
  std::string sign(const std::string& party, const std::string& key, const v1::Event& event);
  /// A production certificate of BW for EC, dated by the ledger's clock.
  std::string issue(const std::string& number);

  /// What the next block's record says, to be changed before add_block; zero-initialised fields are computed.
  std::function<void(BlockHeader&)> alter_header;

  [[nodiscard]] const GenesisDocument& genesis() const { return genesis_; }
  [[nodiscard]] const std::vector<std::string>& leaves() const { return leaves_; }
  [[nodiscard]] const MemoryState& state() const { return state_; }
  /// The signed note of the log as it stands, by these validators.
  [[nodiscard]] std::string checkpoint(const std::vector<std::string>& signers = {"AE", "BW", "EC", "IN"}) const;
  /// Writes checkpoint, genesis.json, bundles and tiles.
  void write(const std::filesystem::path& folder) const;
  /// A proof file of a key's value, or of its absence, under the newest block.
  [[nodiscard]] v1::StateProof prove(const std::string& key) const;

 private:
  GenesisDocument genesis_;
  MemoryState state_;
  std::vector<std::string> leaves_;
  CompactRange range_;
  Digest parent_;
  std::uint64_t height_ = 0;
  std::int64_t time_ms_ = 0;
  std::uint64_t nonce_ = 0;
};

}  // namespace kimberlite::cli
