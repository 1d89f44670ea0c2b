// "host:port" as configuration and the roll write it. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite::net {

/// A host name or numeric address (IPv6 without its brackets) and a port.
struct HostPort {
  std::string host;
  std::uint16_t port{};
};

/// Parses "name:7000", "192.0.2.1:7000" or "[2001:db8::1]:7000"; port 0 is allowed. BAD_CONFIGURATION about `field`.
Result<HostPort> parse_host_port(std::string_view text, std::string_view field);

}  // namespace kimberlite::net
