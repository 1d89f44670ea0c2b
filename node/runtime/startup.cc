#include "node/runtime/startup.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "kimberlite/v1/genesis.pb.h"
#include "node/ledger/genesis_state.h"
#include "node/ledger/voting_set.h"
#include "node/runtime/log.h"
#include "proto/civil_time.h"
#include "proto/encoding.h"
#include "storage/store_import.h"

namespace kimberlite::runtime {
namespace {

constexpr std::string_view kKeyWord = "kimberlite-key-v1 ";
// No node of this release ran before this instant: a clock before it was never set.
constexpr TimeMs kSoftwareWritten{1'767'225'600'000};  // 2026-01-01T00:00:00Z
constexpr std::int64_t kClockBehindMaxMs = 60'000;
// Characters of a key that name its journal.
constexpr std::size_t kKeyShown = 16;

Result<std::string> read_file(const std::filesystem::path& file, std::string_view what) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(Reason::BAD_CONFIGURATION, file.string(), std::string(what) + " cannot be read");
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// A key that the log does not name yet may be registered further on; one of somebody else is a mistake.
Result<void> check_owner(const ValidatorSet& validators, const PublicKey& key, const std::string& participant) {
  const auto index = validators.index_of(key);
  if (!index || validators[*index].participant == participant) return {};
  return fail(Reason::UNKNOWN_KEY, "node.participant",
              "the key belongs to " + validators[*index].participant + ", not to " + participant);
}

// The journal of a key is created once, with the store or when the node is given another key. Where it is missing
// later, or damaged, this key may have voted something that nobody here remembers: it must not vote again.
Result<void> open_journal(Startup& out, const std::filesystem::path& folder) {
  const PublicKey& key = out.key.public_key();
  if (out.store->key_retired(key)) {
    out.follower_reason = key_retired_error().to_string();
    return {};
  }
  const auto path = journal_path(folder, key);
  const bool exists = std::filesystem::exists(path);
  if (!exists && out.store->journal_created(key)) {
    out.follower_reason = Error{Reason::JOURNAL_MISSING, path.string(), "the vote journal is gone"}.to_string();
    return {};
  }
  auto file = exists ? storage::open_journal_file(path) : storage::create_journal_file(path, storage::kJournalBytes);
  if (!file) return std::unexpected(file.error());
  auto journal = storage::VoteJournal::open(*std::move(file), key);
  if (!journal && journal.error().reason == Reason::JOURNAL_CORRUPT) {
    out.follower_reason = journal.error().to_string();
    return {};
  }
  if (!journal) return std::unexpected(journal.error());
  if ((*journal)->is_new() && out.store->journal_created(key)) {
    out.follower_reason =
        Error{Reason::JOURNAL_MISSING, path.string(), "the vote journal is a file of zeros"}.to_string();
    return {};
  }
  if (!out.store->journal_created(key)) {
    if (auto set = out.store->set_journal_created(key); !set) return set;
  }
  out.journal = *std::move(journal);
  return {};
}

}  // namespace

Result<SecretKey> read_key_file(const std::filesystem::path& file) {
  auto text = read_file(file, "the key file");
  if (!text) return std::unexpected(text.error());
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kKeyWord)) continue;
    const auto seed = from_base64(std::string_view(line).substr(kKeyWord.size()));
    auto key = seed ? SecretKey::from_seed(*seed) : std::nullopt;
    if (key) return *std::move(key);
    break;
  }
  return fail(Reason::BAD_CONFIGURATION, file.string(), "not a key file: no line \"kimberlite-key-v1 <base64 seed>\"");
}

Error key_retired_error() {
  return {Reason::JOURNAL_ROLLED_BACK, "votes",
          "this key has cast votes that its journal lacks: the data folder is an older copy of itself, or a new one"};
}

std::filesystem::path journal_path(const std::filesystem::path& data_dir, const PublicKey& key) {
  return data_dir / ("votes-" + key.hex().substr(0, kKeyShown) + ".journal");
}

Result<void> check_clock(TimeMs now, TimeMs newest_block) {
  if (now < kSoftwareWritten) {
    return fail(Reason::WRONG_CLOCK, "clock",
                "this machine's clock says " + format_time(now) + ", before this release");
  }
  if (now.value + kClockBehindMaxMs < newest_block.value) {
    return fail(Reason::WRONG_CLOCK, "clock",
                "this machine's clock says " + format_time(now) + ", the newest block " + format_time(newest_block));
  }
  return {};
}

Result<Identity> read_identity(const Configuration& configuration) {
  auto document = read_file(configuration.genesis_file, "the genesis document");
  if (!document) return std::unexpected(document.error());
  auto genesis = parse_genesis(*document);
  if (!genesis) return std::unexpected(genesis.error());
  const bool replay = genesis->genesis->clock() == v1::CLOCK_REPLAY;
  if (configuration.production && (replay || genesis->genesis->development())) {
    return fail(Reason::BAD_CONFIGURATION, "node.production",
                std::string("a production node does not join a ") + (replay ? "replay" : "development") + " network");
  }
  auto key = read_key_file(configuration.key_file);
  if (!key) return std::unexpected(key.error());
  return Identity{*std::move(genesis), *std::move(key)};
}

Result<Startup> prepare(const Configuration& configuration, TimeMs now) {
  auto identity = read_identity(configuration);
  if (!identity) return std::unexpected(identity.error());
  auto& [genesis, key] = *identity;

  std::error_code error;
  std::filesystem::create_directories(configuration.data_dir, error);
  if (error) return fail(Reason::STORE_IO, configuration.data_dir.string(), "cannot be created: " + error.message());
  const auto directory = configuration.data_dir / "store";
  auto store = storage::Store::open({directory, genesis.chain_id, ledger::genesis_state(genesis)});
  if (!store) return std::unexpected(store.error());
  if (storage::drop_import(directory)) log_event(Level::kInfo, "unfinished_import_dropped");
  if (auto clock = check_clock(now, (*store)->snapshot()->tip().block_time_ms); !clock) {
    return std::unexpected(clock.error());
  }
  const auto validators = ledger::voting_set(*(*store)->snapshot()).validators;
  if (auto owner = check_owner(validators, key.public_key(), configuration.participant); !owner) {
    return std::unexpected(owner.error());
  }
  Startup out{std::move(genesis), std::move(key), *std::move(store), nullptr, {}};
  if (auto journal = open_journal(out, configuration.data_dir); !journal) return std::unexpected(journal.error());
  return out;
}

}  // namespace kimberlite::runtime
