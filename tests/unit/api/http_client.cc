#include "tests/unit/api/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace kimberlite::api {

HttpClient::HttpClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  constexpr timeval kPatience{30, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

HttpClient::~HttpClient() {
  ::close(socket_);
}

bool HttpClient::send(std::string_view bytes) const {
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool HttpClient::read_some() {
  std::array<char, 16 * 1024> bytes{};
  const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  received_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<HttpReply> HttpClient::read(bool to_head) {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_some()) return std::nullopt;
  }
  HttpReply reply;
  reply.status = static_cast<unsigned>(std::stoul(received_.substr(received_.find(' ') + 1, 3)));
  for (std::size_t line = received_.find("\r\n") + 2; line < end; line = received_.find("\r\n", line) + 2) {
    const std::size_t colon = received_.find(": ", line);
    std::string name = received_.substr(line, colon - line);
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    reply.headers[name] = received_.substr(colon + 2, received_.find("\r\n", line) - colon - 2);
  }
  received_.erase(0, end + 4);
  const std::size_t size = to_head ? 0 : std::stoul(reply.headers.at("content-length"));
  while (received_.size() < size) {
    if (!read_some()) return std::nullopt;
  }
  reply.body = received_.substr(0, size);
  received_.erase(0, size);
  return reply;
}

std::optional<HttpReply> HttpClient::ask(const std::string& method, const std::string& target) {
  if (!send(method + " " + target + " HTTP/1.1\r\nHost: node\r\n\r\n")) return std::nullopt;
  return read(method == "HEAD");
}

bool HttpClient::closed() const {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got == 0) return true;
    if (got < 0) return errno == ECONNRESET;
  }
}

}  // namespace kimberlite::api
