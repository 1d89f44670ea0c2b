// A network of real daemons on loopback: its folder made by the command line's own code, each node a process of its own
// that can be killed, paused and started again. Used by the cluster tests and the benchmark. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/client.h"
#include "cli/network/network_writer.h"
#include "cli/wallet.h"
#include "proto/ed25519.h"

namespace kimberlite::v1 {
class Event;
}

namespace kimberlite::cluster {

/// Looks again and again until the condition holds; false if it does not within the time.
bool wait_until(std::int64_t timeout_ms, const std::function<bool()>& condition);

/// How a network differs from the default.
struct NetworkOptions {
  std::size_t nodes = 4;
  std::string clock = "wall";
  std::int64_t view_timeout_ms = 0;  ///< 0: as the command line makes it
  std::int64_t heartbeat_ms = 0;
};

/// How a node's process differs from the default.
struct Launch {
  int network_namespace = -1;            ///< file of the namespace that it runs in; -1: this process's own
  std::vector<std::string> environment;  ///< "NAME=value", added to this process's own
};

class DaemonNetwork {
 public:
  /// Makes the folder; starts nothing. Throws std::runtime_error with the reason: a test cannot go on without it.
  explicit DaemonNetwork(const NetworkOptions& options);
  /// Kills what still runs and removes the folder; keeps it if KIMBERLITE_KEEP is set.
  ~DaemonNetwork();
  DaemonNetwork(const DaemonNetwork&) = delete;
  DaemonNetwork& operator=(const DaemonNetwork&) = delete;

  [[nodiscard]] const std::vector<std::string>& codes() const { return codes_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const GenesisDocument& genesis() const { return network_.genesis; }
  [[nodiscard]] const cli::NodeAddress& address(const std::string& code) const;
  /// Where the node's configuration, key and data lie.
  [[nodiscard]] std::filesystem::path node_folder(const std::string& code) const;
  [[nodiscard]] std::string peer_address(const std::string& code) const;
  [[nodiscard]] cli::Wallet& wallet() { return wallet_; }
  [[nodiscard]] cli::NodeClient& client(const std::string& code);
  /// Process of a running node.
  [[nodiscard]] pid_t pid(const std::string& code) const { return pids_.at(code); }
  /// The key that the node has, or will have when it starts the next time.
  [[nodiscard]] PublicKey node_key(const std::string& code) const;
  /// The vote journal of the node's key.
  [[nodiscard]] std::filesystem::path journal_file(const std::string& code) const;
  [[nodiscard]] std::filesystem::path log_file(const std::string& code) const;

  /// For later starts of the node.
  void set_launch(const std::string& code, Launch launch) { launches_[code] = std::move(launch); }
  /// Gives the node another key from its next start on, and names it to all nodes from theirs on. That the participant
  /// registers it on the roll is the caller's part.
  void set_node_key(const std::string& code, const SecretKey& key);
  /// Makes a second node of the same key, data, peers and launch, with ports of its own. It is started and signalled by
  /// the name in its address, and is none of codes(). REQUIRES: the node does not run.
  [[nodiscard]] cli::NodeAddress copy_node(const std::string& code);
  /// Kills what copy_node made, if it runs, and removes its files.
  void remove_copy(const std::string& name);
  /// Rewrites the node's configuration so that it listens on another host (its ports stay). REQUIRES: before its first
  /// start, and before anybody asked for its client.
  void move_to(const std::string& code, const std::string& host);
  /// Adds to the node's configuration where it dials its peers, by participant. REQUIRES: once a node, before its
  /// start.
  void set_peers(const std::string& code, const std::map<std::string, std::string>& addresses) const;

  void start(const std::string& code);
  void start_all();
  [[nodiscard]] bool runs(const std::string& code) const { return pids_.contains(code); }
  /// The wait status of a node whose process has ended by itself; from then on it does not run.
  std::optional<int> collect_end(const std::string& code);
  /// Sends a signal; after SIGKILL and SIGTERM waits for the end. Returns the wait status (0 for other signals).
  int signal(const std::string& code, int number);
  /// Kills all running nodes at once, then waits for their ends.
  void kill_all();
  /// Waits until the node answers and, if `progressing`, says that it makes progress.
  bool wait_ready(const std::string& code, std::int64_t timeout_ms = 30'000, bool progressing = true);
  bool wait_all_ready(std::int64_t timeout_ms = 30'000);
  /// Waits until every running node has the same height (at least `height`), log root and state root, and publishes a
  /// checkpoint of all of it.
  bool wait_equal(std::uint64_t height, std::int64_t timeout_ms = 60'000);
  /// One line a running node, for a failure's message.
  [[nodiscard]] std::string describe();
  /// Runs the command line with this network as its home. Returns its exit code and what it printed.
  struct Printed {
    int exit_code{};
    std::string output;  ///< standard output and standard error
  };
  [[nodiscard]] Printed run_cli(const std::vector<std::string>& arguments) const;
  /// Runs the daemon's own program until it ends by itself.
  [[nodiscard]] static Printed run_daemon(const std::vector<std::string>& arguments);
  /// Starts the command line and returns at once; the caller ends it and waits for it.
  [[nodiscard]] pid_t start_cli(const std::vector<std::string>& arguments) const;
  [[nodiscard]] std::filesystem::path configuration(const std::string& code) const;

  /// A production certificate of `code` for `importer` as an event; numbers are free from 1 on.
  [[nodiscard]] static v1::Event issue_event(const std::string& code, const std::string& importer,
                                             std::uint64_t number);
  /// Signs an event, good for a day from now.
  [[nodiscard]] std::string sign(const cli::Signer& signer, const v1::Event& event) const;
  /// Signed production certificates of `code` for `importer`, `count` of them in one envelope, with numbers from
  /// `number` on; numbers are free from 1 on.
  [[nodiscard]] std::string issue(const std::string& code, const std::string& importer, std::uint64_t number,
                                  std::size_t count = 1);

 private:
  std::filesystem::path folder_;
  cli::NewNetwork network_;
  cli::Wallet wallet_;
  std::vector<std::string> codes_;
  std::map<std::string, pid_t> pids_;
  std::map<std::string, Launch> launches_;
  std::map<std::string, PublicKey> new_keys_;  // by node: those that genesis does not name
  std::map<std::string, std::unique_ptr<cli::NodeClient>> clients_;
};

}  // namespace kimberlite::cluster
