// The hand-built log: see test_log.h.
#include "tests/unit/cli/test_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <functional>

#include "cli/audit/tile_path.h"
#include "cli/event_json.h"
#include "cli/files.h"
#include "cli/network/network_template.h"
#include "kimberlite/v1/genesis.pb.h"
#include "node/ledger/genesis_state.h"
#include "node/ledger/rules.h"
#include "proto/checkpoint.h"
#include "proto/civil_time.h"
#include "proto/envelope.h"
#include "proto/state_map.h"

namespace kimberlite::cli {

namespace {

constexpr std::int64_t kGenesisTimeMs = 1'167'609'600'000;  // 2007-01-01
constexpr std::int64_t kBlockTimeMs = 1'700'000'000'000;

std::string bytes_of(const Digest& digest) {
  return std::string(digest.view());
}

/// Hash of the perfect or ragged subtree over leaves [first, last), by the definition of RFC 6962.
Digest naive_root(const std::vector<std::string>& leaves, std::size_t first, std::size_t last) {
  if (last - first == 1) {
    return leaf_hash(leaves[first]);
  }
  std::size_t split = 1;
  while (split * 2 < last - first) {
    split *= 2;
  }
  return node_hash(naive_root(leaves, first, first + split), naive_root(leaves, first + split, last));
}

struct MapLeaf {
  Digest path;
  Digest value_digest;
};

Digest naive_map(const std::vector<MapLeaf>& leaves, unsigned depth) {
  if (leaves.empty()) {
    return {};
  }
  if (leaves.size() == 1) {
    return map_leaf_hash(leaves[0].path, leaves[0].value_digest);
  }
  std::vector<MapLeaf> sides[2];
  for (const auto& leaf : leaves) {
    sides[map_path_bit(leaf.path, depth) ? 1 : 0].push_back(leaf);
  }
  return map_node_hash(naive_map(sides[0], depth + 1), naive_map(sides[1], depth + 1));
}

void prove_in_map(std::vector<MapLeaf> leaves, const Digest& path, v1::MapProof& proof) {
  unsigned depth = 0;
  while (leaves.size() > 1) {
    std::vector<MapLeaf> sides[2];
    for (const auto& leaf : leaves) {
      sides[map_path_bit(leaf.path, depth) ? 1 : 0].push_back(leaf);
    }
    const int own = map_path_bit(path, depth) ? 1 : 0;
    proof.add_siblings(bytes_of(naive_map(sides[1 - own], depth + 1)));
    leaves = sides[own];
    ++depth;
  }
  if (leaves.size() == 1 && leaves[0].path != path) {
    proof.set_other_leaf_path(bytes_of(leaves[0].path));
    proof.set_other_leaf_value_digest(bytes_of(leaves[0].value_digest));
  }
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "kimberlite-cli-XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SecretKey key_of(const std::string& name) {
  return std::move(*SecretKey::from_seed(sha256(name).view()));
}

GenesisDocument test_genesis() {
  const auto public_bytes = [](const std::string& name) { return std::string(key_of(name).public_key().view()); };
  v1::Genesis genesis = *simple_network(4, "replay").genesis;
  genesis.set_genesis_time_ms(kGenesisTimeMs);
  for (auto& participant : *genesis.mutable_participants()) {
    participant.set_root_key(public_bytes(participant.code() + " root"));
    participant.set_node_key(public_bytes(participant.code() + " node"));
    for (auto& body : *participant.mutable_bodies()) {
      body.set_public_key(public_bytes(body.holder()));
    }
    for (auto& trader : *participant.mutable_traders()) {
      trader.set_public_key(public_bytes(trader.holder()));
    }
  }
  genesis.mutable_observers(0)->set_public_key(public_bytes("WDC"));
  genesis.set_clock_key(public_bytes("clock"));
  auto document = parse_genesis(format_genesis(genesis));
  EXPECT_TRUE(document.has_value()) << document.error().to_string();
  return std::move(*document);
}

TestLog::TestLog(GenesisDocument genesis)
    : genesis_(std::move(genesis)), parent_(genesis_.chain_id), time_ms_(kBlockTimeMs) {
  state_.apply(ledger::genesis_state(genesis_));
}

std::string TestLog::sign(const std::string& party, const std::string& key, const v1::Event& event) {
  const SecretKey secret = key_of(key);
  const std::string nonce(sha256("nonce " + std::to_string(++nonce_)).view().substr(0, kNonceBytes));
  const TimeMs not_after{ledger::ledger_time(state_, TimeMs{time_ms_}).value + kNotAfterMs};
  return sign_event(genesis_.chain_id, Signer{party, &secret}, event, not_after, nonce).bytes;
}

std::string TestLog::advance_clock(std::int64_t to_ms) {
  v1::Event event;
  event.mutable_advance_clock()->set_to_ms(to_ms);
  return sign("CLOCK", "clock", event);
}

std::string TestLog::issue(const std::string& number) {
  const std::string today = format_date(day_of(ledger::ledger_time(state_, TimeMs{time_ms_})));
  const std::string later = format_date(day_of(ledger::ledger_time(state_, TimeMs{time_ms_})) + 60);
  const boost::json::object object{
      {"action", "cert.issue"},
      {"number", number},
      {"body", "BW-AUTHORITY"},
      {"importer", "EC"},
      {"basis", "production"},
      {"origin", "BW"},
      {"carats", "12.50"},
      {"usd", "1250.00"},
      {"parcels", 1},
      {"hs", boost::json::array{boost::json::object{{"hs", "710231"}, {"carats", "12.50"}, {"usd", "1250.00"}}}},
      {"exporter_trader", "BW-TRADER-01"},
      {"importer_trader", "EC-TRADER-01"},
      {"issue_date", today},
      {"expiry_date", later}};
  const auto event = event_from_json(object);
  EXPECT_TRUE(event.has_value()) << event.error().to_string();
  return sign("BW", "BW-AUTHORITY", *event);
}

void TestLog::add_leaf(const std::string& leaf) {
  leaves_.push_back(leaf);
  range_.append(leaf_hash(leaf));
}

void TestLog::add_block(const std::vector<std::string>& signed_envelopes, bool force) {
  time_ms_ += 1000;
  BlockHeader header{.chain_id = genesis_.chain_id,
                     .epoch = Epoch{1},
                     .view = View{height_ + 1},
                     .height = Height{height_ + 1},
                     .parent = parent_,
                     .time_ms = TimeMs{time_ms_},
                     .proposer = "BW",
                     .first_index = LogIndex{leaves_.size()},
                     .count = signed_envelopes.size(),
                     .events_root = {},
                     .state_root = {},
                     .validators = genesis_.validators.digest(),
                     .next_validators = {}};
  for (const auto& bytes : signed_envelopes) {
    const auto opened = open_envelope_unverified(bytes, genesis_.chain_id);
    ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
    const auto applied = ledger::apply_envelope(state_, {header.time_ms, header.epoch}, **opened);
    ASSERT_TRUE(applied.has_value() || force) << applied.error().message;
    if (applied) {
      state_.apply(applied->changes);
    }
    add_leaf(encode_accepted_leaf(bytes));
  }
  header.events_root = range_.root();
  header.state_root = state_.root();
  if (alter_header) {
    alter_header(header);
  }
  const std::string leaf = encode_block_leaf(header);
  parent_ = leaf_hash(leaf);
  add_leaf(leaf);
  ++height_;
}

std::string TestLog::checkpoint(const std::vector<std::string>& signers) const {
  const Checkpoint checkpoint{
      .origin = genesis_.genesis->network_name(), .size = LogSize{leaves_.size()}, .root = range_.root()};
  std::vector<CheckpointCosignature> signatures;
  for (const auto& signer : signers) {
    const SecretKey key = key_of(signer + " node");
    signatures.push_back({key.public_key(), sign_checkpoint(checkpoint, key)});
  }
  return format_checkpoint(checkpoint, signatures);
}

void TestLog::write(const std::filesystem::path& folder) const {
  write_file(folder / "genesis.json", genesis_.bytes);
  write_file(folder / "checkpoint", checkpoint());
  for (const auto& tile : all_tiles(LogSize{leaves_.size()})) {
    std::string bytes;
    const std::size_t first = tile.index * kTileWidth;
    for (std::size_t at = first; at < first + tile.width; ++at) {
      if (tile.entries) {
        bytes += static_cast<char>(leaves_[at].size() / 256);
        bytes += static_cast<char>(leaves_[at].size() % 256);
        bytes += leaves_[at];
      } else {
        const std::size_t span = std::size_t{1} << (tile.level * kTileHeight);
        bytes += naive_root(leaves_, at * span, (at + 1) * span).view();
      }
    }
    write_file(folder / tile.path(), bytes);
  }
}

v1::StateProof TestLog::prove(const std::string& key) const {
  std::vector<MapLeaf> leaves;
  for (const auto& [name, value] : state_.values()) {
    leaves.push_back({map_path(name), map_value_digest(value)});
  }
  v1::StateProof proof;
  proof.set_format(1);
  proof.set_key(key);
  proof.set_value(state_.get(key).value_or(""));
  prove_in_map(leaves, map_path(key), *proof.mutable_map());
  proof.set_record_leaf(leaves_.back());
  proof.set_record_index(leaves_.size() - 1);
  proof.set_log_size(leaves_.size());
  const auto read = [this](unsigned level, std::uint64_t index) -> Result<Digest> {
    const std::size_t span = std::size_t{1} << level;
    return naive_root(leaves_, index * span, (index + 1) * span);
  };
  const auto path = inclusion_proof(LogIndex{leaves_.size() - 1}, LogSize{leaves_.size()}, read);
  EXPECT_TRUE(path.has_value());
  for (const auto& digest : *path) {
    proof.add_inclusion(bytes_of(digest));
  }
  proof.set_checkpoint(checkpoint());
  return proof;
}

}  // namespace kimberlite::cli
