#include "node/net/peer_network.h"

#include <set>
#include <string>
#include <utility>

#include "node/net/internal/network.h"
#include "node/net/tls_identity.h"

namespace kimberlite::net {
namespace {

/// BAD_CONFIGURATION.
Result<void> check_peers(const std::vector<PeerAddress>& peers, const PublicKey& self) {
  std::set<PublicKey> keys{self};
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (!keys.insert(peers[i].key).second) {
      return fail(Reason::BAD_CONFIGURATION, "peers[" + std::to_string(i) + "].key",
                  peers[i].key.hex() + " is our own key or listed twice");
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<PeerNetwork>> PeerNetwork::start(NetworkOptions options, const SecretKey& node_key,
                                                        NetworkHandlers handlers) {
  if (auto checked = check_peers(options.peers, node_key.public_key()); !checked)
    return std::unexpected(checked.error());
  auto tls = make_tls_context(node_key);
  if (!tls) return std::unexpected(tls.error());
  auto network =
      std::make_unique<Network>(std::move(options), node_key.public_key(), std::move(handlers), *std::move(tls));
  if (const auto bound = network->listen(); !bound) return std::unexpected(bound.error());
  network->run();
  return network;
}

}  // namespace kimberlite::net
