// HTTP as an attacker would write it: a blocking socket, every byte under the test's control. Reads give up after a
// generous time, so that a test fails instead of hanging.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kimberlite::api {

struct HttpReply {
  unsigned status{};
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// False if the connection is gone.
  bool send(std::string_view bytes) const;
  /// The next reply; nullopt if the connection ends before it is whole. A reply to HEAD has no body.
  std::optional<HttpReply> read(bool to_head = false);
  /// Sends "METHOD target HTTP/1.1" and reads the reply.
  std::optional<HttpReply> ask(const std::string& method, const std::string& target);
  /// Waits for the other side to end the connection.
  bool closed() const;

 private:
  bool read_some();

  int socket_{-1};
  std::string received_;
};

}  // namespace kimberlite::api
