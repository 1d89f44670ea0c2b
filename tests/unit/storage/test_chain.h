// Builds final blocks that follow one another, as consensus and execution would, without either. Shared by the storage
// tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "proto/merkle_log.h"
#include "storage/store.h"

namespace kimberlite::storage::testing {

/// A folder that is new and goes with the object.
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

/// The network that the tests' stores belong to.
Digest test_chain_id();
/// Options of a store in `directory` with three genesis values.
StoreOptions test_options(const std::filesystem::path& directory);

/// The undecided bodies of a store, ascending by height.
std::vector<Store::Body> bodies_of(const Store& store);

/// What the envelope with this number is called, in the index.
Digest envelope_id_of(std::uint64_t number);
std::string envelope_leaf_of(std::uint64_t number);

/// Makes the block after the newest one each time it is asked.
class ChainBuilder {
 public:
  explicit ChainBuilder(std::shared_ptr<const Snapshot> from);

  /// A block with `envelopes` new envelopes and these changes (besides one of its own).
  FinalBlock next(std::size_t envelopes, const StateChanges& changes = {});
  /// The next blocks are built on this one, which was committed.
  void rebase(std::shared_ptr<const Snapshot> snapshot);

  [[nodiscard]] const std::vector<std::string>& leaves() const { return leaves_; }
  [[nodiscard]] std::uint64_t envelopes() const { return envelopes_; }

 private:
  std::shared_ptr<const StateSource> state_;
  CompactRange range_;
  Digest parent_;
  Height height_;
  TimeMs time_ms_;
  std::uint64_t envelopes_{};
  std::vector<std::string> leaves_;
};

}  // namespace kimberlite::storage::testing
