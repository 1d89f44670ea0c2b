#include "node/api/http_server.h"

#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "node/api/internal/http_session.h"
#include "node/net/host_port.h"

namespace kimberlite::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Threads that answer; each may wait for the disk.
constexpr int kHttpThreads = 2;
/// Pause after the system refused to accept (out of descriptors).
constexpr std::chrono::milliseconds kAcceptRetry{100};

class BeastServer final : public HttpServer {
 public:
  explicit BeastServer(HttpSources sources)
      : context_(kHttpThreads), acceptor_(asio::make_strand(context_)), accept_retry_(acceptor_.get_executor()) {
    shared_.sources = std::move(sources);
  }
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;

  ~BeastServer() override {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  Result<void> listen(const std::string& listen) {
    const auto address = net::parse_host_port(listen, "listen_http");
    if (!address) return std::unexpected(address.error());
    const auto refuse = [&](const error_code& error) {
      return fail(Reason::BAD_CONFIGURATION, "listen_http", "cannot listen on " + listen + ": " + error.message());
    };
    error_code error;
    tcp::resolver resolver(context_);
    const auto found = resolver.resolve(address->host, std::to_string(address->port), tcp::resolver::passive, error);
    if (error) return refuse(error);
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return refuse(error);
    port_ = acceptor_.local_endpoint(error).port();
    if (error) return refuse(error);
    return {};
  }

  void run() {
    accept();
    for (int i = 0; i < kHttpThreads; ++i) {
      threads_.emplace_back([this] {
        pthread_setname_np(pthread_self(), "kimberlite-http");
        context_.run();
      });
    }
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  void accept() {
    acceptor_.async_accept(asio::make_strand(context_), [this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        accept_retry_.expires_after(kAcceptRetry);
        accept_retry_.async_wait([this](const error_code& cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      if (shared_.connections < kHttpConnectionsMax) {
        const auto executor = socket.get_executor();
        const auto session = std::make_shared<HttpSession>(boost::beast::tcp_stream(std::move(socket)), shared_);
        asio::post(executor, [session] { session->run(); });
      }
      accept();
    });
  }

  HttpShared shared_;  // before the context, whose pending operations hold the sessions
  asio::io_context context_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_retry_;
  std::vector<std::thread> threads_;
  std::uint16_t port_{};
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& listen, HttpSources sources) {
  auto server = std::make_unique<BeastServer>(std::move(sources));
  if (const auto bound = server->listen(listen); !bound) return std::unexpected(bound.error());
  server->run();
  return server;
}

}  // namespace kimberlite::api
