// HTTP GET over one kept-alive connection, with a deadline. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "proto/error.h"

namespace kimberlite::cli {

inline constexpr std::uint64_t kHttpBodyBytesMax = 64UL * 1024 * 1024;

class HttpGet {
 public:
  /// `host_port`: "127.0.0.1:7301"; without a port, 80. Connects on first use.
  HttpGet(std::string host_port, std::int64_t timeout_ms);
  ~HttpGet();
  HttpGet(const HttpGet&) = delete;
  HttpGet& operator=(const HttpGet&) = delete;

  /// The body of a 200. NOT_FOUND for 404 and 410, BAD_REQUEST for other refusals (4xx), UNAVAILABLE for everything
  /// else, with the server's sentence where it has one; `field` is the URL.
  Result<std::string> get(const std::string& target);

 private:
  struct Connection;
  Result<std::string> get_once(const std::string& target);

  std::string host_;
  std::string port_;
  std::int64_t timeout_ms_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace kimberlite::cli
