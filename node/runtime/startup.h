// What is checked before a node may start, each with its reason: key, roll, clock, store and journal.
// Thread-safe: pure functions over files.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "consensus/types.h"
#include "node/runtime/configuration.h"
#include "proto/genesis.h"
#include "storage/store.h"
#include "storage/vote_journal.h"

namespace kimberlite::runtime {

/// Which network, and who we are in it.
struct Identity {
  GenesisDocument genesis;
  SecretKey key;
};
/// Reads the genesis document and the key file. BAD_CONFIGURATION, UNKNOWN_KEY, or as parse_genesis.
Result<Identity> read_identity(const Configuration& configuration);

/// Everything that a start needs, checked.
struct Startup {
  GenesisDocument genesis;
  SecretKey key;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::VoteJournal> journal;  ///< null: follower
  std::string follower_reason;                    ///< why, if so; a key that is not on the roll yet has a journal
};

/// Reads a key file: the line "kimberlite-key-v1 <base64 seed>", comments begin with '#'. BAD_CONFIGURATION,
/// UNKNOWN_KEY.
Result<SecretKey> read_key_file(const std::filesystem::path& file);
/// Where the vote journal of a key lies.
std::filesystem::path journal_path(const std::filesystem::path& data_dir, const PublicKey& key);
/// Why a key that voted what its journal does not hold votes no more.
Error key_retired_error();
/// WRONG_CLOCK if `now` is before the network's newest block (by more than a minute) or before this software was
/// written.
Result<void> check_clock(TimeMs now, TimeMs newest_block);
/// Errors: see Node::start.
Result<Startup> prepare(const Configuration& configuration, TimeMs now);

}  // namespace kimberlite::runtime
