// One HTTP connection: reads a request, answers it, and goes on as long as the client keeps it alive.
// Lives on its strand; its pending operation keeps it alive. Deadlines end a client that sends or reads too slowly.
#pragma once

#include <atomic>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <memory>
#include <optional>

#include "node/api/http_answer.h"
#include "node/api/http_server.h"

namespace kimberlite::api {

/// What the sessions of a server share. Outlives them.
struct HttpShared {
  HttpSources sources;
  std::atomic<std::size_t> connections{};
  std::atomic<std::size_t> body_bytes{};  ///< of answers being sent, bounded by kHttpAnswerBytesMax
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::beast::tcp_stream stream, HttpShared& shared);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  ~HttpSession();

  void run() { read_request(); }

 private:
  using Request = boost::beast::http::request<boost::beast::http::empty_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  using Serializer = boost::beast::http::response_serializer<boost::beast::http::string_body>;

  void read_request();
  void on_request(const boost::system::error_code& error);
  HttpAnswer answer_to(const Request& request) const;
  void start_answer(HttpAnswer answer, const Request& request, bool keep_alive);
  void write_piece();
  void finish_answer();
  void linger(std::size_t bytes_read);
  void release_body();

  HttpShared& shared_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;
  Response response_;
  std::optional<Serializer> serializer_;
  std::size_t counted_bytes_{};
};

}  // namespace kimberlite::api
