// The implementation of PeerNetwork: listens, dials, admits, replaces and punishes; one connection a peer.
// Invariants: only peers with a smaller key are accepted and only those with a greater key are dialled; the newest
// connection of a peer that finished its Hello, and did not come too soon after the one before, is the peer's
// connection. Everything but the public functions and the lookups of names runs on the network's thread.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "node/net/host_port.h"
#include "node/net/internal/connection.h"
#include "node/net/internal/inbound_budget.h"
#include "node/net/internal/peer_link.h"
#include "node/net/peer_network.h"

namespace kimberlite::net {

class Network final : public PeerNetwork, private ConnectionOwner {
 public:
  /// REQUIRES: options checked.
  Network(NetworkOptions options, const PublicKey& self, NetworkHandlers handlers, boost::asio::ssl::context tls);
  ~Network() override;

  /// Binds the listener. BAD_CONFIGURATION.
  Result<void> listen();
  /// Starts the thread: accepting and dialling begin.
  void run();

  std::vector<std::optional<std::size_t>> set_peers(const std::vector<PeerAddress>& peers) override;
  void send(std::size_t peer, Priority priority, std::shared_ptr<const std::string> message) override;
  void punish(std::size_t peer, const Error& why) override;
  [[nodiscard]] std::size_t backlog(std::size_t peer, Priority priority) const override;
  [[nodiscard]] std::vector<PeerState> states() const override;
  [[nodiscard]] ListenerState listener() const override;
  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Peer {
    Peer(boost::asio::io_context& context, const PublicKey& peer_key, bool dials)
        : key(peer_key), we_dial(dials), retry(context) {}

    const PublicKey key;
    const bool we_dial;
    PeerLink link;  // thread-safe; the rest belongs to the network's thread
    bool named{};   ///< a peer now
    std::optional<HostPort> address;
    std::shared_ptr<InboundBudget> inbound;
    std::shared_ptr<Connection> connection;  ///< established
    std::shared_ptr<Connection> dialling;
    boost::asio::steady_timer retry;
    unsigned failures{};  ///< in a row, for the back-off
    SteadyTime connected_at;
    SteadyTime refused_until;  ///< after a punishment, and while an accepted connection is young
    std::string reported;      ///< the last failed attempt that the handler was told of
    SteadyTime quiet_until;    ///< it is told of no other before
  };

  /// An accepted connection before its Hello, and where it came from: the address, for IPv6 its network of 64 bits.
  struct Handshake {
    std::shared_ptr<Connection> connection;
    boost::asio::ip::address source;
  };

  // ConnectionOwner
  Result<std::string> secured(Connection& connection) override;
  void established(const std::shared_ptr<Connection>& connection, const PeerHello& hello) override;
  void received(Connection& connection, std::string payload) override;
  bool may_read(Connection& connection) override;
  void fill(Connection& connection, std::string& out) override;
  void closed(const std::shared_ptr<Connection>& connection, const Error& why, Fault fault) override;

  std::shared_ptr<Connection> new_connection(Tcp::socket socket, std::vector<PublicKey> allowed);
  void accept();
  void admit(Tcp::socket socket);
  [[nodiscard]] std::shared_ptr<Connection> oldest_of_most_crowded_source() const;
  bool forget_handshake(const std::shared_ptr<Connection>& connection);
  void refuse(const std::string& why);
  [[nodiscard]] std::optional<Error> refusal_of(const PublicKey& key) const;
  [[nodiscard]] std::chrono::milliseconds back_off(const Peer& peer) const;
  std::optional<std::size_t> index_for(const PublicKey& key);
  void name_peers(const std::vector<std::optional<std::size_t>>& indices, const std::vector<PeerAddress>& peers);
  void unname(Peer& peer);
  [[nodiscard]] std::size_t count() const { return count_.load(std::memory_order_acquire); }
  void dial(std::size_t index);
  void dial_endpoints(std::size_t index, const Tcp::resolver::results_type& endpoints);
  void dial_later(std::size_t index);
  void dial_failed(std::size_t index, const Error& why);
  void connection_lost(std::size_t index, const Error& why, Fault fault);
  void attempt_failed(std::size_t index, const Error& why);
  void shut_down();
  [[nodiscard]] std::size_t index_of(const Connection& connection) const;

  const NetworkOptions options_;
  const PublicKey self_;
  const NetworkHandlers handlers_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::ssl::context tls_;
  Tcp::acceptor acceptor_;
  boost::asio::thread_pool lookups_;
  boost::asio::steady_timer accept_retry_;
  // Peers are only ever added, each before its index is known to anybody.
  std::array<std::unique_ptr<Peer>, kPeersMax> peers_;
  std::atomic<std::size_t> count_{0};
  std::map<PublicKey, std::size_t> known_keys_;  ///< belongs to who calls set_peers()
  std::map<PublicKey, std::size_t> index_by_key_;
  std::vector<PublicKey> accepted_keys_;
  std::vector<Handshake> handshaking_;  ///< accepted, not yet established; oldest first; at most kHandshakesMax
  mutable std::mutex listener_mutex_;
  ListenerState listener_;
  std::uint16_t port_{};
  std::thread thread_;
};

}  // namespace kimberlite::net
