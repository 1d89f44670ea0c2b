// The disk of one simulated machine: a real store on a file system in memory, and a vote journal for each key that the
// node ever had. It outlives processes; what a crash leaves of writes under way, and what a backup holds, is decided
// here. Not thread-safe.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "proto/ed25519.h"
#include "proto/state_reader.h"
#include "storage/store.h"
#include "storage/store_import.h"
#include "storage/vote_journal.h"

namespace kimberlite::whole_node {

/// The bytes of a journal.
struct JournalImage {
  static constexpr std::uint64_t kNoCut = std::numeric_limits<std::uint64_t>::max();
  std::string bytes;
  std::uint64_t bytes_until_power_cut{kNoCut};  ///< what is written after them is lost, though nobody is told
};

/// What a node may start with.
struct DiskContents {
  storage::Store* store{};
  std::unique_ptr<storage::VoteJournal> journal;  ///< null: this key may not vote
  std::string follower_reason;                    ///< why, if so
};

class Disk {
 public:
  /// `genesis_state`: of a new store.
  Disk(const Digest& chain_id, StateChanges genesis_state, std::uint64_t journal_bytes);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// Opens what is there, or makes it new, as the start of a node does. Violation S4 if it cannot be opened.
  DiskContents open(const PublicKey& key);
  /// REQUIRES: it was opened.
  [[nodiscard]] storage::Store& store() { return *store_; }
  /// The journal of a key; null if there is none.
  [[nodiscard]] JournalImage* journal(const PublicKey& key);

  [[nodiscard]] bool has_store() const;
  /// What was begun of a store, or the beginning of one. REQUIRES: !has_store().
  std::unique_ptr<storage::StoreImport> open_import();
  [[nodiscard]] bool has_snapshot() const { return std::filesystem::exists(snapshots_folder_); }
  /// Where snapshots of the state lie: in real files, of which only whole ones ever appear.
  [[nodiscard]] const std::filesystem::path& snapshots_folder() const { return snapshots_folder_; }

  /// The process is gone: the store is closed, so that the next start reads it back from the files.
  void close() { store_.reset(); }
  void lose_all();
  void lose_store();
  void lose_journals() { journals_.clear(); }
  /// Remembers everything. REQUIRES: it was opened.
  void back_up();
  [[nodiscard]] bool has_backup() const { return backup_.has_value(); }
  /// Everything is as it was at the backup. REQUIRES: has_backup(), and no process.
  void restore();

 private:
  struct Backup {
    std::map<std::string, std::string> files;
    std::map<PublicKey, std::string> journals;
  };
  [[nodiscard]] std::map<std::string, std::string> read_files() const;
  void delete_files();
  void delete_snapshots();

  Digest chain_id_;
  StateChanges genesis_state_;
  std::filesystem::path snapshots_folder_;
  std::uint64_t journal_bytes_;
  std::unique_ptr<rocksdb::Env> files_;
  std::unique_ptr<storage::Store> store_;
  std::map<PublicKey, std::shared_ptr<JournalImage>> journals_;
  std::optional<Backup> backup_;
};

}  // namespace kimberlite::whole_node
