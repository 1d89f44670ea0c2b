#include "node/net/host_port.h"

#include <charconv>

namespace kimberlite::net {

Result<HostPort> parse_host_port(std::string_view text, std::string_view field) {
  const auto refuse = [&] {
    return fail(Reason::BAD_CONFIGURATION, std::string(field),
                "expected host:port or [IPv6 address]:port, found \"" + std::string(text) + "\"");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse();
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[]:") != std::string_view::npos) {
    return refuse();
  }
  HostPort result{std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (host.empty() || port.empty() || error != std::errc{} || end != port.data() + port.size()) return refuse();
  return result;
}

}  // namespace kimberlite::net
