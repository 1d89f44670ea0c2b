// The daemon's configuration: whatever is taken keeps to the documented limits, whatever is refused names a line or
// key. The input is tried as a whole file and as edits of a sound one.
#include "node/runtime/configuration.h"

#include "edits.h"
#include "proto/assert.h"

namespace {

using namespace kimberlite;

constexpr const char* kSound = R"([node]
participant = "BW"
key_file = "node.key"
data_dir = "/var/lib/kimberlite"
production = false

[listen]
peer = "192.0.2.1:7400"
grpc = "[2001:db8::1]:7401"
http = "localhost:7402"

[peers]
EC = "ec.example:7400"

[log]
level = "info"
format = "json"

[limits]
pool_envelopes_max = 20000
verify_threads = 2
)";

void check(const std::string& text) {
  const auto configuration = runtime::parse_configuration(text, "/etc/kimberlite");
  if (!configuration) {
    KIMBERLITE_ASSERT(configuration.error().reason == Reason::BAD_CONFIGURATION, "one reason for all");
    KIMBERLITE_ASSERT(configuration.error().message.find(':') != std::string::npos, "a fault says where");
    return;
  }
  KIMBERLITE_ASSERT(!configuration->participant.empty(), "what is required is there");
  for (const auto& address : {configuration->listen_peer, configuration->listen_grpc, configuration->listen_http}) {
    KIMBERLITE_ASSERT(runtime::split_host_port(address).has_value(), "addresses are host:port");
  }
  for (const auto& [code, address] : configuration->peers) {
    KIMBERLITE_ASSERT(runtime::split_host_port(address).has_value(), "so are those of peers");
  }
  for (const auto& path : {configuration->key_file, configuration->data_dir, configuration->genesis_file}) {
    KIMBERLITE_ASSERT(path.is_absolute(), "paths no longer depend on where the process runs");
  }
  KIMBERLITE_ASSERT(configuration->pool_envelopes_max >= 1 && configuration->submissions_max >= 1 &&
                        configuration->verify_threads >= 1,
                    "no limit is zero");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(fuzz::text_of(data, size));
  check(fuzz::edited(kSound, data, size));
  return 0;
}
