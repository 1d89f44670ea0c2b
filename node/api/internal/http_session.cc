#include "node/api/internal/http_session.h"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <utility>

namespace kimberlite::api {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::chrono::milliseconds kIdleTimeout{kHttpIdleTimeoutMs};
/// What a refused client may still be sending is read and thrown away, so that it gets to see the answer.
constexpr std::chrono::milliseconds kLingerTimeout{2'000};
constexpr std::size_t kLingerBytesMax = 1024 * 1024;
constexpr unsigned kHttp11 = 11;

/// The status for a request that cannot be read.
unsigned refused_status(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  return 400;
}

bool is_malformed(const error_code& error) {
  return error.category() == http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

bool is_read_only(http::verb method) {
  return method == http::verb::get || method == http::verb::head;
}

}  // namespace

HttpSession::HttpSession(boost::beast::tcp_stream stream, HttpShared& shared)
    : shared_(shared), stream_(std::move(stream)), buffer_(kHttpRequestBytesMax) {
  ++shared_.connections;
}

HttpSession::~HttpSession() {
  release_body();
  --shared_.connections;
}

void HttpSession::read_request() {
  parser_.emplace();
  parser_->header_limit(kHttpRequestBytesMax);
  stream_.expires_after(kIdleTimeout);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const error_code& error, std::size_t) { self->on_request(error); });
}

void HttpSession::on_request(const error_code& error) {
  if (error) {
    if (!is_malformed(error)) return stream_.close();
    return start_answer(plain_answer(refused_status(error), error.message()), Request{http::verb::get, "/", kHttp11},
                        false);
  }
  const bool has_body = !parser_->is_done();
  const Request request = parser_->release();
  if (has_body && is_read_only(request.method())) {
    return start_answer(plain_answer(400, "a GET or HEAD has no body"), request, false);
  }
  start_answer(answer_to(request), request, request.keep_alive() && !has_body);
}

HttpAnswer HttpSession::answer_to(const Request& request) const {
  if (!is_read_only(request.method())) {
    return plain_answer(405, "everything here is read by GET or HEAD");
  }
  const std::string_view target(request.target().data(), request.target().size());
  if (!target.starts_with('/')) return plain_answer(400, "the target must begin with /");
  HttpAnswer answer = answer_get(shared_.sources, target);
  if (shared_.body_bytes + answer.body.size() > kHttpAnswerBytesMax) {
    return plain_answer(503, "too many large answers are being sent: try again");
  }
  return answer;
}

void HttpSession::start_answer(HttpAnswer answer, const Request& request, bool keep_alive) {
  response_ = Response(http::int_to_status(answer.status), request.version());
  response_.set(http::field::server, "kimberlite");
  response_.set(http::field::content_type,
                boost::beast::string_view(answer.content_type.data(), answer.content_type.size()));
  response_.set(http::field::cache_control,
                boost::beast::string_view(answer.cache_control.data(), answer.cache_control.size()));
  response_.set("X-Content-Type-Options", "nosniff");
  if (answer.cross_origin) response_.set(http::field::access_control_allow_origin, "*");
  if (answer.status == 405) response_.set(http::field::allow, "GET, HEAD");
  if (answer.status == 503) response_.set(http::field::retry_after, "1");
  response_.keep_alive(keep_alive);
  response_.content_length(answer.body.size());
  if (request.method() != http::verb::head) response_.body() = std::move(answer.body);
  counted_bytes_ = response_.body().size();
  shared_.body_bytes += counted_bytes_;
  serializer_.emplace(response_);
  write_piece();
}

// In pieces, so that the deadline is for each of them: a slow link may take its time over a large bundle.
void HttpSession::write_piece() {
  stream_.expires_after(kIdleTimeout);
  http::async_write_some(stream_, *serializer_, [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error) return self->stream_.close();
    if (!self->serializer_->is_done()) return self->write_piece();
    self->finish_answer();
  });
}

void HttpSession::finish_answer() {
  const bool keep_alive = response_.keep_alive();
  serializer_.reset();
  release_body();
  if (keep_alive) return read_request();
  error_code ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLingerTimeout);
  linger(0);
}

void HttpSession::linger(std::size_t bytes_read) {
  if (bytes_read > kLingerBytesMax) return stream_.close();
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kHttpRequestBytesMax),
                          [self = shared_from_this(), bytes_read](const error_code& error, std::size_t bytes) {
                            if (error) return self->stream_.close();
                            self->linger(bytes_read + bytes);
                          });
}

void HttpSession::release_body() {
  response_.body() = {};
  shared_.body_bytes -= std::exchange(counted_bytes_, 0);
}

}  // namespace kimberlite::api
