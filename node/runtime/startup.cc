#include "node/runtime/startup.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "kimberlite/v1/genesis.pb.h"
#include "node/ledger/genesis_state.h"
#include "proto/civil_time.h"
#include "proto/encoding.h"

namespace kimberlite::runtime {
namespace {

constexpr std::string_view kKeyWord = "kimberlite-key-v1 ";
// No node of this release ran before this instant: a clock before it was never set.
constexpr TimeMs kSoftwareWritten{1'767'225'600'000};  // 2026-01-01T00:00:00Z
constexpr std::int64_t kClockBehindMaxMs = 60'000;

Result<std::string> read_file(const std::filesystem::path& file, std::string_view what) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(Reason::BAD_CONFIGURATION, file.string(), std::string(what) + " cannot be read");
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Result<consensus::ValidatorIndex> find_place(const GenesisDocument& genesis, const PublicKey& key,
                                             const std::string& participant) {
  const auto index = genesis.validators.index_of(key);
  if (!index) {
    return fail(Reason::UNKNOWN_KEY, "node.key_file",
                "the key " + key.hex() + " is no node's key on this network's roll");
  }
  const auto& owner = genesis.validators[*index].participant;
  if (owner != participant) {
    return fail(Reason::UNKNOWN_KEY, "node.participant", "the key belongs to " + owner + ", not to " + participant);
  }
  return static_cast<consensus::ValidatorIndex>(*index);
}

// The journal is created once, with the store. Where it is missing later, or damaged, this key may have voted
// something that nobody here remembers: it must not vote again.
Result<void> open_journal(Startup& out, const std::filesystem::path& folder) {
  const auto path = folder / "votes.journal";
  const bool exists = std::filesystem::exists(path);
  if (!exists && out.store->journal_created()) {
    out.follower_reason = Error{Reason::JOURNAL_MISSING, path.string(), "the vote journal is gone"}.to_string();
    return {};
  }
  auto file = exists ? storage::open_journal_file(path) : storage::create_journal_file(path, storage::kJournalBytes);
  if (!file) return std::unexpected(file.error());
  auto journal = storage::VoteJournal::open(*std::move(file), out.key.public_key());
  if (!journal && journal.error().reason == Reason::JOURNAL_CORRUPT) {
    out.follower_reason = journal.error().to_string();
    return {};
  }
  if (!journal) return std::unexpected(journal.error());
  if (!out.store->journal_created()) {
    if (auto set = out.store->set_journal_created(); !set) return set;
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

Result<Startup> prepare(const Configuration& configuration, TimeMs now) {
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
  auto place = find_place(*genesis, key->public_key(), configuration.participant);
  if (!place) return std::unexpected(place.error());

  std::error_code error;
  std::filesystem::create_directories(configuration.data_dir, error);
  if (error) return fail(Reason::STORE_IO, configuration.data_dir.string(), "cannot be created: " + error.message());
  auto store =
      storage::Store::open({configuration.data_dir / "store", genesis->chain_id, ledger::genesis_state(*genesis)});
  if (!store) return std::unexpected(store.error());
  if (auto clock = check_clock(now, (*store)->snapshot()->tip().block_time_ms); !clock) {
    return std::unexpected(clock.error());
  }
  Startup out{*std::move(genesis), *std::move(key), *place, *std::move(store), nullptr, {}};
  if (auto journal = open_journal(out, configuration.data_dir); !journal) return std::unexpected(journal.error());
  return out;
}

}  // namespace kimberlite::runtime
