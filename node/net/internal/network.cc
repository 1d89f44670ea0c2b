#include "node/net/internal/network.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "node/net/backoff.h"
#include "node/net/hello.h"
#include "node/net/internal/wall_clock.h"
#include "proto/assert.h"

namespace kimberlite::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Bytes gathered into one TLS write: many votes, or a piece of a long frame.
constexpr std::size_t kWriteBytesMax = 64 * 1024;
/// Pause after the system refused to accept (out of descriptors).
constexpr std::chrono::milliseconds kAcceptRetry{100};
/// Names looked up side by side. A lookup holds its thread for as long as DNS is silent, and a participant may name a
/// host whose DNS always is: fewer of them than this keep no other peer waiting.
constexpr std::size_t kLookupsAtOnce = 16;

Error line_error(std::string message) {
  return Error{Reason::UNAVAILABLE, "", std::move(message)};
}

/// What one party can be expected to hold: an IPv4 address, or an IPv6 network of 64 bits.
asio::ip::address source_of(const asio::ip::tcp::socket& socket) {
  error_code gone;
  auto address = socket.remote_endpoint(gone).address();
  if (gone || address.is_v4() || address.to_v6().is_v4_mapped()) return address;
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + bytes.size() / 2, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes);
}

}  // namespace

Network::Network(NetworkOptions options, const PublicKey& self, NetworkHandlers handlers, asio::ssl::context tls)
    : options_(std::move(options)),
      self_(self),
      handlers_(std::move(handlers)),
      work_(asio::make_work_guard(context_)),
      tls_(std::move(tls)),
      acceptor_(context_),
      lookups_(kLookupsAtOnce),
      accept_retry_(context_) {}

Network::~Network() {
  if (thread_.joinable()) {
    asio::post(context_, [this] { shut_down(); });
    thread_.join();
  }
  for (std::size_t i = 0; i < count(); ++i) peers_[i]->inbound->detach();
}

Result<void> Network::listen() {
  const auto address = parse_host_port(options_.listen, "listen");
  if (!address) return std::unexpected(address.error());
  const auto refuse = [&](const error_code& error) {
    return fail(Reason::BAD_CONFIGURATION, "listen", "cannot listen on " + options_.listen + ": " + error.message());
  };
  error_code error;
  const auto found =
      Tcp::resolver(context_).resolve(address->host, std::to_string(address->port), Tcp::resolver::passive, error);
  if (error) return refuse(error);
  const Tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return refuse(error);
  port_ = acceptor_.local_endpoint(error).port();
  if (error) return refuse(error);
  return {};
}

void Network::run() {
  set_peers(options_.peers);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "kimberlite-net");
    accept();
    context_.run();
  });
}

void Network::shut_down() {
  context_.stop();  // nothing that is still queued runs, so no handler is called
  error_code ignored;
  acceptor_.close(ignored);
  handshaking_.clear();
  for (std::size_t i = 0; i < count(); ++i) {
    peers_[i]->connection.reset();
    peers_[i]->dialling.reset();
  }
}

// Who the peers are.

std::optional<std::size_t> Network::index_for(const PublicKey& key) {
  const auto known = known_keys_.find(key);
  if (known != known_keys_.end()) return known->second;
  const std::size_t index = count();
  KIMBERLITE_ASSERT(key != self_, "nobody is a peer of itself");
  if (index == kPeersMax) return std::nullopt;
  peers_[index] = std::make_unique<Peer>(context_, key, self_ < key);
  peers_[index]->inbound = std::make_shared<InboundBudget>([this, index] {
    asio::post(context_, [this, index] {
      if (const auto connection = peers_[index]->connection) connection->read_more();
    });
  });
  known_keys_.emplace(key, index);
  count_.store(index + 1, std::memory_order_release);
  return index;
}

std::vector<std::optional<std::size_t>> Network::set_peers(const std::vector<PeerAddress>& peers) {
  std::vector<std::optional<std::size_t>> indices;
  for (const PeerAddress& peer : peers) {
    indices.push_back(index_for(peer.key));
    if (indices.back()) peers_[*indices.back()]->link.name(peer.participant, peer.address);
  }
  asio::post(context_, [this, indices, peers] { name_peers(indices, peers); });
  return indices;
}

void Network::name_peers(const std::vector<std::optional<std::size_t>>& indices,
                         const std::vector<PeerAddress>& peers) {
  accepted_keys_.clear();
  std::vector<bool> kept(count());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!indices[i]) continue;
    const std::size_t index = *indices[i];
    Peer& peer = *peers_[index];
    kept[index] = true;
    const auto address = parse_host_port(peers[i].address, "address");
    const bool address_is_new = address && !peer.address;
    peer.address = address ? std::optional(*address) : std::nullopt;
    if (peer.key < self_) accepted_keys_.push_back(peer.key);
    index_by_key_.emplace(peer.key, index);
    const bool is_new = !std::exchange(peer.named, true);
    if (peer.we_dial && (is_new || address_is_new)) dial(index);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i] && peers_[i]->named) unname(*peers_[i]);
  }
}

void Network::unname(Peer& peer) {
  peer.named = false;
  peer.link.unname();
  index_by_key_.erase(peer.key);
  peer.retry.cancel();
  const Error why = line_error("it is no validator any more");
  if (const auto connection = peer.connection) connection->close(why, Fault::kLine);
  if (const auto dialling = peer.dialling) dialling->close(why, Fault::kLine);
}

// What other threads call.

void Network::send(std::size_t peer, Priority priority, std::shared_ptr<const std::string> message) {
  KIMBERLITE_ASSERT(peer < count(), "the index of a peer");
  if (!peers_[peer]->link.push(priority, std::move(message))) return;
  asio::post(context_, [this, peer] {
    if (const auto connection = peers_[peer]->connection) connection->write_more();
  });
}

void Network::punish(std::size_t peer, const Error& why) {
  KIMBERLITE_ASSERT(peer < count(), "the index of a peer");
  asio::post(context_, [this, peer, why] {
    if (const auto connection = peers_[peer]->connection) connection->close(why, Fault::kPeer);
  });
}

std::size_t Network::backlog(std::size_t peer, Priority priority) const {
  KIMBERLITE_ASSERT(peer < count(), "the index of a peer");
  return peers_[peer]->link.backlog(priority);
}

std::vector<PeerState> Network::states() const {
  std::vector<PeerState> states;
  states.reserve(count());
  for (std::size_t i = 0; i < count(); ++i) states.push_back(peers_[i]->link.state());
  return states;
}

ListenerState Network::listener() const {
  const std::lock_guard lock(listener_mutex_);
  return listener_;
}

std::shared_ptr<Connection> Network::new_connection(Tcp::socket socket, std::vector<PublicKey> allowed) {
  ConnectionOwner& owner = *this;
  return std::make_shared<Connection>(std::move(socket), tls_, owner, std::move(allowed), options_.chain_id);
}

// Accepting.

void Network::accept() {
  acceptor_.async_accept([this](const error_code& error, Tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      refuse("accepting: " + error.message());
      accept_retry_.expires_after(kAcceptRetry);
      accept_retry_.async_wait([this](const error_code& cancelled) {
        if (!cancelled) accept();
      });
      return;
    }
    admit(std::move(socket));
    accept();
  });
}

void Network::admit(Tcp::socket socket) {
  const auto source = source_of(socket);
  const auto connection = new_connection(std::move(socket), accepted_keys_);
  handshaking_.push_back({connection, source});
  connection->accept();
  if (handshaking_.size() <= kHandshakesMax) return;
  // Not the newest: then whoever holds all places with silence would keep a validator out.
  oldest_of_most_crowded_source()->close(
      line_error("more than " + std::to_string(kHandshakesMax) + " handshakes at once"), Fault::kLine);
}

std::shared_ptr<Connection> Network::oldest_of_most_crowded_source() const {
  std::map<asio::ip::address, std::size_t> held;
  for (const auto& handshake : handshaking_) ++held[handshake.source];
  const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto most = std::max_element(held.begin(), held.end(), by_count)->first;
  const auto of_most = [&](const Handshake& handshake) { return handshake.source == most; };
  return std::find_if(handshaking_.begin(), handshaking_.end(), of_most)->connection;
}

bool Network::forget_handshake(const std::shared_ptr<Connection>& connection) {
  return std::erase_if(handshaking_, [&](const Handshake& handshake) { return handshake.connection == connection; }) >
         0;
}

void Network::refuse(const std::string& why) {
  const std::lock_guard lock(listener_mutex_);
  ++listener_.refused;
  listener_.last_refusal = why;
}

std::optional<Error> Network::refusal_of(const PublicKey& key) const {
  const auto known = index_by_key_.find(key);
  if (known == index_by_key_.end()) return line_error("it is no validator any more");
  if (std::chrono::steady_clock::now() < peers_[known->second]->refused_until)
    return line_error("it was disconnected for a fault, or connected, a moment ago and is back too soon");
  return std::nullopt;
}

/// What the pair's dialling side waits after so many failures: a listener that asks for no more turns away no peer that
/// counted them as well.
std::chrono::milliseconds Network::back_off(const Peer& peer) const {
  const PublicKey& dialling = peer.we_dial ? self_ : peer.key;
  const PublicKey& listening = peer.we_dial ? peer.key : self_;
  return std::chrono::milliseconds(backoff_ms(peer.failures, dialling, listening));
}

// Dialling.

void Network::dial(std::size_t index) {
  Peer& peer = *peers_[index];
  if (!peer.named || peer.connection || peer.dialling) return;
  if (!peer.address) return attempt_failed(index, line_error("the roll has no address host:port for it"));
  const std::string host = peer.address->host;
  const std::string port = std::to_string(peer.address->port);
  error_code not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) {
    const Tcp::endpoint endpoint(address, peer.address->port);
    return dial_endpoints(index, Tcp::resolver::results_type::create(endpoint, host, port));
  }
  asio::post(lookups_, [this, index, host, port] {
    error_code error;
    const auto endpoints = Tcp::resolver(context_).resolve(host, port, error);
    asio::post(context_, [this, index, host, error, endpoints] {
      if (error) return dial_failed(index, line_error("resolving " + host + ": " + error.message()));
      dial_endpoints(index, endpoints);
    });
  });
}

void Network::dial_endpoints(std::size_t index, const Tcp::resolver::results_type& endpoints) {
  Peer& peer = *peers_[index];
  if (!peer.named || peer.connection || peer.dialling) return;
  peer.dialling = new_connection(Tcp::socket(context_), {peer.key});
  peer.dialling->connect(endpoints);
}

void Network::dial_failed(std::size_t index, const Error& why) {
  if (!peers_[index]->named) return;
  attempt_failed(index, why);
  dial_later(index);
}

void Network::dial_later(std::size_t index) {
  Peer& peer = *peers_[index];
  peer.retry.expires_after(back_off(peer));
  ++peer.failures;
  peer.retry.async_wait([this, index](const error_code& cancelled) {
    if (!cancelled) dial(index);
  });
}

// What connections report.

std::size_t Network::index_of(const Connection& connection) const {
  for (std::size_t i = 0; i < count(); ++i) {
    if (peers_[i]->connection.get() == &connection) return i;
  }
  KIMBERLITE_ASSERT(false, "an established connection is some peer's");
}

Result<std::string> Network::secured(Connection& connection) {
  if (const auto why = refusal_of(*connection.peer_key())) return std::unexpected(*why);
  return encode_hello(options_.chain_id, options_.software, wall_clock_now(), options_.final_height());
}

void Network::established(const std::shared_ptr<Connection>& connection, const PeerHello& hello) {
  // Again: of many that were let in at once, and held their Hellos back, the first is the peer's.
  if (const auto why = refusal_of(*connection->peer_key())) return connection->close(*why, Fault::kLine);
  const std::size_t index = index_by_key_.at(*connection->peer_key());
  Peer& peer = *peers_[index];
  forget_handshake(connection);
  peer.dialling.reset();
  if (const auto old = peer.connection)
    old->close(line_error("replaced by a newer connection of the peer"), Fault::kLine);
  peer.connection = connection;
  peer.connected_at = std::chrono::steady_clock::now();
  // Each new connection costs the runtime a greeting, so a peer decides neither how often it comes back nor how often
  // it replaces its own.
  if (!peer.we_dial) peer.refused_until = peer.connected_at + back_off(peer);
  peer.reported.clear();
  peer.link.open();
  handlers_.connected(index, hello);
}

void Network::received(Connection& connection, std::string payload) {
  const std::size_t index = index_of(connection);
  Peer& peer = *peers_[index];
  peer.link.note_received(kFrameHeaderBytes + payload.size());
  handlers_.received(index, make_frame(std::move(payload), peer.inbound));
}

bool Network::may_read(Connection& connection) {
  return !peers_[index_of(connection)]->inbound->pause_if_full();
}

void Network::fill(Connection& connection, std::string& out) {
  peers_[index_of(connection)]->link.fill(out, kWriteBytesMax);
}

void Network::closed(const std::shared_ptr<Connection>& connection, const Error& why, Fault fault) {
  const bool accepted = forget_handshake(connection);
  if (accepted) refuse(why.to_string());
  for (std::size_t i = 0; i < count(); ++i) {
    Peer& peer = *peers_[i];
    if (peer.connection == connection) return connection_lost(i, why, fault);
    if (peer.dialling == connection) {
      peer.dialling.reset();
      return dial_failed(i, why);
    }
  }
  if (!accepted || !connection->peer_key()) return;
  const auto known = index_by_key_.find(*connection->peer_key());
  if (known != index_by_key_.end()) attempt_failed(known->second, why);
}

void Network::connection_lost(std::size_t index, const Error& why, Fault fault) {
  Peer& peer = *peers_[index];
  peer.connection.reset();
  peer.link.shut(why.to_string());
  const SteadyTime now = std::chrono::steady_clock::now();
  const bool lasted = now - peer.connected_at >= std::chrono::milliseconds(kBackoffMaxMs);
  if (fault == Fault::kPeer) {
    peer.link.note_punishment();
    peer.refused_until = now + back_off(peer);
  } else if (lasted) {
    peer.failures = 0;
  }
  if (!peer.named) {
    peer.failures = 0;
  } else if (peer.we_dial) {
    dial_later(index);
  } else if (!lasted || fault == Fault::kPeer) {
    ++peer.failures;
  }
  handlers_.disconnected(index, why);
}

void Network::attempt_failed(std::size_t index, const Error& why) {
  Peer& peer = *peers_[index];
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < peer.refused_until) return;  // why the last connection ended says more
  const std::string sentence = why.to_string();
  peer.link.note_error(sentence);
  // Who dials us chooses the sentence, so that another one at each attempt must not be news each time.
  if (peer.connection || sentence == peer.reported || now < peer.quiet_until) return;
  peer.reported = sentence;
  peer.quiet_until = now + std::chrono::milliseconds(kBackoffMaxMs);
  handlers_.disconnected(index, why);
}

}  // namespace kimberlite::net
