// The relay: see tcp_relay.h. Everything below runs on one thread; the public functions post to it.
#include "tests/cluster/chaos/tcp_relay.h"

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace kimberlite::chaos {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kChunkBytes = 16 * 1024;

/// The rules of all directions, and the chance behind them.
struct Rules {
  std::map<std::pair<std::size_t, std::size_t>, LinkRule> by_direction;
  std::mt19937_64 random;

  bool happens(std::uint32_t percent) { return percent > 0 && random() % 100 < percent; }
};

/// One direction of one connection: chunks that wait for their time.
class Direction : public std::enable_shared_from_this<Direction> {
 public:
  Direction(Rules& rules, std::pair<std::size_t, std::size_t> way, std::shared_ptr<tcp::socket> in,
            std::shared_ptr<tcp::socket> out)
      : rules_(rules), way_(way), in_(std::move(in)), out_(std::move(out)), timer_(in_->get_executor()) {}

  void start() { read(); }

  /// The rule changed, or a chunk's time may have come.
  void look() {
    if (closed_ || writing_ || waiting_.empty()) return;
    const auto& rule = rules_.by_direction[way_];
    if (rule.cut) return;
    const auto now = Clock::now();
    const auto due = std::max(waiting_.front().due, line_free_);
    if (due > now) {
      timer_.expires_at(due);
      timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
        if (!error) self->look();
      });
      return;
    }
    if (rule.bytes_per_s > 0) {
      const auto bytes = static_cast<std::int64_t>(waiting_.front().bytes.size());
      line_free_ = now + std::chrono::microseconds(bytes * 1'000'000 / rule.bytes_per_s);
    }
    write();
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    ErrorCode ignored;
    timer_.cancel();
    in_->close(ignored);
    out_->close(ignored);
  }
  [[nodiscard]] bool closed() const { return closed_ || !in_->is_open(); }

 private:
  struct Chunk {
    Clock::time_point due;
    std::string bytes;
  };

  void read() {
    if (closed_ || reading_ || waiting_bytes_ >= kRelayBytesMax) return;
    reading_ = true;
    in_->async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
      self->reading_ = false;
      if (error) return self->close();
      self->arrived(size);
    });
  }

  void arrived(std::size_t size) {
    const auto& rule = rules_.by_direction[way_];
    const auto jitter = rule.jitter_ms > 0 ? static_cast<std::int64_t>(rules_.random() % (rule.jitter_ms + 1)) : 0;
    Chunk chunk{Clock::now() + milliseconds(rule.delay_ms + jitter), std::string(buffer_.data(), size)};
    if (rules_.happens(rule.garble_percent)) {
      auto& byte = chunk.bytes[rules_.random() % size];
      byte = static_cast<char>(byte ^ 0x10);
    }
    waiting_bytes_ += size;
    waiting_.push_back(std::move(chunk));
    look();
    read();
  }

  void write() {
    writing_ = true;
    asio::async_write(*out_, asio::buffer(waiting_.front().bytes),
                      [self = shared_from_this()](const ErrorCode& error, std::size_t /*size*/) {
                        self->writing_ = false;
                        if (error) return self->close();
                        self->waiting_bytes_ -= self->waiting_.front().bytes.size();
                        self->waiting_.pop_front();
                        self->look();
                        self->read();
                      });
  }

  Rules& rules_;
  std::pair<std::size_t, std::size_t> way_;
  std::shared_ptr<tcp::socket> in_;
  std::shared_ptr<tcp::socket> out_;
  asio::steady_timer timer_;
  std::array<char, kChunkBytes> buffer_{};
  std::deque<Chunk> waiting_;
  std::size_t waiting_bytes_ = 0;
  Clock::time_point line_free_;
  bool reading_ = false;
  bool writing_ = false;
  bool closed_ = false;
};

using Directions = std::array<std::shared_ptr<Direction>, 2>;

/// What one node dials at another.
struct Link {
  Link(asio::io_context& context, std::size_t from_node, std::size_t to_node, const tcp::endpoint& real)
      : from(from_node), to(to_node), target(real), acceptor(context) {}

  std::size_t from;
  std::size_t to;
  tcp::endpoint target;
  tcp::acceptor acceptor;
  std::deque<Directions> connections;
};

}  // namespace

struct TcpRelay::State {
  explicit State(std::uint64_t seed) : guard(context.get_executor()) { rules.random.seed(seed); }

  void accept(Link& link) {
    auto caller = std::make_shared<tcp::socket>(context);
    link.acceptor.async_accept(*caller, [this, &link, caller](const ErrorCode& error) {
      if (error) return;
      connect(link, caller);
      accept(link);
    });
  }

  void connect(Link& link, const std::shared_ptr<tcp::socket>& caller) {
    auto called = std::make_shared<tcp::socket>(context);
    called->async_connect(link.target, [this, &link, caller, called](const ErrorCode& error) {
      ErrorCode ignored;
      if (error) {
        caller->close(ignored);
        return;
      }
      caller->set_option(tcp::no_delay(true), ignored);
      called->set_option(tcp::no_delay(true), ignored);
      const Directions both{std::make_shared<Direction>(rules, std::pair{link.from, link.to}, caller, called),
                            std::make_shared<Direction>(rules, std::pair{link.to, link.from}, called, caller)};
      std::erase_if(link.connections, [](const Directions& old) { return old[0]->closed() || old[1]->closed(); });
      if (link.connections.size() >= kRelayConnectionsMax) {
        for (const auto& direction : link.connections.front()) direction->close();
        link.connections.pop_front();
      }
      link.connections.push_back(both);
      for (const auto& direction : both) direction->start();
    });
  }

  void look_again(std::size_t from, std::size_t to) {
    for (const auto& link : links) {
      for (const auto& both : link->connections) {
        if (link->from == from && link->to == to) both[0]->look();
        if (link->from == to && link->to == from) both[1]->look();
      }
    }
  }

  void end_connections(std::size_t one, std::size_t other) {
    for (const auto& link : links) {
      if (std::minmax(link->from, link->to) != std::minmax(one, other)) continue;
      for (const auto& both : link->connections) {
        for (const auto& direction : both) direction->close();
      }
      link->connections.clear();
    }
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  Rules rules;
  std::vector<std::unique_ptr<Link>> links;
  std::thread thread;
};

TcpRelay::TcpRelay(std::uint64_t seed) : state_(std::make_unique<State>(seed)) {
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

TcpRelay::~TcpRelay() {
  state_->context.stop();
  state_->thread.join();
}

Result<std::uint16_t> TcpRelay::add(std::size_t from, std::size_t to, const std::string& target, std::uint16_t port) {
  const auto colon = target.rfind(':');
  ErrorCode error;
  const auto host = asio::ip::make_address(target.substr(0, colon), error);
  const int target_port = colon == std::string::npos ? 0 : std::atoi(target.c_str() + colon + 1);
  if (error || target_port <= 0 || target_port > 65'535) {
    return fail(Reason::BAD_CONFIGURATION, target, "not an address and port, such as 127.0.0.1:7001");
  }
  auto link =
      std::make_unique<Link>(state_->context, from, to, tcp::endpoint(host, static_cast<std::uint16_t>(target_port)));
  const tcp::endpoint here(asio::ip::address_v4::loopback(), port);
  link->acceptor.open(here.protocol(), error);
  link->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  link->acceptor.bind(here, error);
  if (!error) link->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(Reason::BAD_CONFIGURATION, std::to_string(port), "cannot be listened on: " + error.message());
  const std::uint16_t bound = link->acceptor.local_endpoint().port();
  asio::post(state_->context, [state = state_.get(), link = std::move(link)]() mutable {
    state->links.push_back(std::move(link));
    state->accept(*state->links.back());
  });
  return bound;
}

void TcpRelay::set(std::size_t from, std::size_t to, const LinkRule& rule) {
  asio::post(state_->context, [state = state_.get(), from, to, rule] {
    state->rules.by_direction[{from, to}] = rule;
    state->look_again(from, to);
  });
}

void TcpRelay::reset(std::size_t one, std::size_t other) {
  asio::post(state_->context, [state = state_.get(), one, other] { state->end_connections(one, other); });
}

}  // namespace kimberlite::chaos
