// A small network inside one process: real nodes with real TLS on loopback, RocksDB and journals in a temporary folder.
// What it does not cover: processes that die. tests/cluster does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/runtime/node.h"
#include "proto/ed25519.h"

namespace kimberlite::v1 {
class CertificateIssue;
class Event;
}  // namespace kimberlite::v1

namespace kimberlite::runtime {

/// The participants of a network of four.
inline const std::vector<std::string> kFour = {"AE", "BW", "EC", "IN"};

class TestNetwork {
 public:
  /// `codes`: the participants, each with a node, a body "<code>-AUTHORITY" and a trader "<code>-TRADER-01".
  explicit TestNetwork(std::vector<std::string> codes, std::int64_t heartbeat_ms = 600'000);
  ~TestNetwork();
  TestNetwork(const TestNetwork&) = delete;
  TestNetwork& operator=(const TestNetwork&) = delete;

  /// Starts a node and keeps it; asserts that it starts.
  Node& start(const std::string& code);
  void start_all();
  void stop(const std::string& code);
  [[nodiscard]] Node& node(const std::string& code) { return *nodes_.at(code); }
  /// What its node has at its next start.
  [[nodiscard]] Configuration& configuration(const std::string& code) { return configurations_.at(code); }
  [[nodiscard]] const SecretKey& body_key(const std::string& code) const { return bodies_.at(code); }
  [[nodiscard]] const GenesisDocument& genesis() const { return genesis_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// A production certificate from `code` to `importer`, signed by its body, as the wire has it.
  std::string issue(const std::string& code, const std::string& importer, std::uint64_t number);
  /// A re-export of stones from EC, in equal draws on these sources. REQUIRES: as many as divide 10,000.
  std::string reexport(const std::string& code, const std::string& importer, std::uint64_t number,
                       const std::vector<std::string>& sources);
  /// node.register of this key, at the address that the participant's node has, signed by its root key.
  std::string register_node(const std::string& code, const PublicKey& key);
  /// Any event, signed by the participant's root key.
  std::string sign_by_root(const std::string& code, const v1::Event& event);
  /// Gives the participant's node this key for its next start.
  void set_node_key(const std::string& code, const SecretKey& key) const;
  /// Makes the configuration of a further node, whose participant genesis does not know.
  void add_node(const std::string& code, const SecretKey& key);
  /// Waits until every running node is in this epoch; false after the timeout.
  bool wait_epoch(std::uint64_t epoch, std::int64_t timeout_ms = 20'000);
  /// Waits until the node votes; false after the timeout.
  bool wait_votes(const std::string& code, std::int64_t timeout_ms = 20'000);
  /// Submits and waits for the outcome.
  SubmitResult submit(const std::string& code, std::string_view signed_envelope, std::int64_t timeout_ms = 20'000);
  /// Waits until every running node has the same tip at this height or above; false after the timeout.
  bool wait_equal(std::uint64_t height, std::int64_t timeout_ms = 20'000);

 private:
  std::string sign_by_body(const std::string& code, const v1::CertificateIssue& issue);

  std::filesystem::path folder_;
  std::vector<std::string> codes_;
  GenesisDocument genesis_;
  std::map<std::string, SecretKey> bodies_;
  std::map<std::string, SecretKey> roots_;
  std::uint64_t nonce_{};
  std::map<std::string, Configuration> configurations_;
  std::map<std::string, std::unique_ptr<Node>> nodes_;
};

}  // namespace kimberlite::runtime
