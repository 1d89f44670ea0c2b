// HTTP GET with Boost.Beast: see http_get.h. Asynchronous operations on a private io_context, because Beast's timeouts
// do not apply to synchronous ones.
#include "cli/http_get.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>

namespace kimberlite::cli {

namespace beast = boost::beast;
namespace http = boost::beast::http;

struct HttpGet::Connection {
  boost::asio::io_context io;
  beast::tcp_stream stream{io};
  beast::flat_buffer buffer;

  /// Runs one asynchronous operation to its end, within the timeout.
  template <typename Start>
  beast::error_code finish(std::int64_t timeout_ms, Start start) {
    beast::error_code outcome = boost::asio::error::would_block;
    stream.expires_after(std::chrono::milliseconds(timeout_ms));
    start([&outcome](const beast::error_code& error, const auto&...) { outcome = error; });
    io.restart();
    io.run();
    return outcome;
  }

  beast::error_code connect(const std::string& host, const std::string& port, std::int64_t timeout_ms) {
    beast::error_code error;
    boost::asio::ip::tcp::resolver resolver(io);
    const auto endpoints = resolver.resolve(host, port, error);
    if (error) {
      return error;
    }
    return finish(timeout_ms, [&](auto handler) { stream.async_connect(endpoints, handler); });
  }
};

HttpGet::HttpGet(std::string host_port, std::int64_t timeout_ms)
    : host_(std::move(host_port)), port_("80"), timeout_ms_(timeout_ms) {
  if (const std::size_t colon = host_.rfind(':'); colon != std::string::npos) {
    port_ = host_.substr(colon + 1);
    host_.erase(colon);
  }
}

HttpGet::~HttpGet() = default;

Result<std::string> HttpGet::get(const std::string& target) {
  const bool fresh = !connection_;
  auto body = get_once(target);
  if (!body && body.error().reason == Reason::UNAVAILABLE && !fresh) {
    // The server may have closed the idle connection: once more on a new one.
    body = get_once(target);
  }
  return body;
}

Result<std::string> HttpGet::get_once(const std::string& target) {
  const std::string url = "http://" + host_ + ":" + port_ + target;
  const auto unavailable = [&](const std::string& what) {
    connection_.reset();
    return fail(Reason::UNAVAILABLE, url, what);
  };
  if (!connection_) {
    connection_ = std::make_unique<Connection>();
    if (const auto error = connection_->connect(host_, port_, timeout_ms_)) {
      return unavailable("cannot connect: " + error.message());
    }
  }
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, host_ + ":" + port_);
  request.set(http::field::user_agent, "kimberlite");
  if (const auto error = connection_->finish(
          timeout_ms_, [&](auto handler) { http::async_write(connection_->stream, request, handler); })) {
    return unavailable("cannot send: " + error.message());
  }
  http::response_parser<http::string_body> parser;
  parser.body_limit(kHttpBodyBytesMax);
  if (const auto error = connection_->finish(timeout_ms_, [&](auto handler) {
        http::async_read(connection_->stream, connection_->buffer, parser, handler);
      })) {
    return unavailable("no answer: " + error.message());
  }
  auto response = parser.release();
  if (!response.keep_alive()) {
    connection_.reset();
  }
  if (response.result() == http::status::ok) {
    return std::move(response.body());
  }
  if (response.result() == http::status::not_found || response.result() == http::status::gone) {
    return fail(Reason::NOT_FOUND, url, "the node has nothing there");
  }
  // Its sentence, where it has one: that the log is for members, say.
  constexpr std::size_t kSentenceBytesMax = 200;
  std::string answered = "the node answered " + std::to_string(response.result_int());
  std::string sentence = response.body().substr(0, kSentenceBytesMax);
  while (!sentence.empty() && static_cast<unsigned char>(sentence.back()) <= ' ') sentence.pop_back();
  const bool printable = std::ranges::all_of(sentence, [](char c) { return c >= ' ' && c <= '~'; });
  if (!sentence.empty() && printable) answered += ": " + sentence;
  const bool client_error = response.result_int() / 100 == 4;
  return fail(client_error ? Reason::BAD_REQUEST : Reason::UNAVAILABLE, url, answered);
}

}  // namespace kimberlite::cli
