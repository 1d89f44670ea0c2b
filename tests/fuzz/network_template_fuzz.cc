// Templates of networks: whatever is taken has a genesis document and names only its own participants as validators;
// whatever is refused says why.
#include "cli/network/network_template.h"

#include <algorithm>

#include "edits.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/assert.h"

namespace {

using namespace kimberlite;

constexpr const char* kSound = R"(network_name = "kimberlite.example/fuzz"
clock = "replay"
genesis_time = 2007-01-01T00:00:00Z
log_readers = "public"
development = true

[parameters]
validity_days = 60

[[measures]]
id = "M-1"
target = "CI"
kind = "embargo_origin"
imposed_by = "UNSC"

[[lots]]
lot = "OPEN-BW"
holder = "BW"
origin = "BW"
carats = "12.50"

[[participants]]
code = "BW"
bodies = [{code = "BW-GOV", exporting = true, importing = true}]
traders = 2
validator = true
)";

void check(const std::string& text) {
  const auto made = cli::parse_network_template(text, "template.toml");
  if (!made) {
    KIMBERLITE_ASSERT(!made.error().message.empty(), "a refusal says why");
    return;
  }
  KIMBERLITE_ASSERT(made->genesis != nullptr, "what is taken has a genesis document");
  for (const std::string& code : made->validators) {
    KIMBERLITE_ASSERT(std::ranges::any_of(made->genesis->participants(),
                                          [&](const auto& participant) { return participant.code() == code; }),
                      "validators are participants");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(fuzz::text_of(data, size));
  check(fuzz::edited(kSound, data, size));
  return 0;
}
