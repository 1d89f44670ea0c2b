#include "node/net/peer_network.h"

#include <set>
#include <utility>

#include "node/net/host_port.h"
#include "node/net/internal/network.h"
#include "node/net/tls_identity.h"

namespace kimberlite::net {
namespace {

/// The peers' addresses, in their order. BAD_CONFIGURATION.
Result<std::vector<HostPort>> check_peers(const std::vector<PeerAddress>& peers, const PublicKey& self) {
  std::vector<HostPort> addresses;
  std::set<PublicKey> keys{self};
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const std::string field = "peers[" + std::to_string(i) + "]";
    if (!keys.insert(peers[i].key).second) {
      return fail(Reason::BAD_CONFIGURATION, field + ".key", peers[i].key.hex() + " is our own key or listed twice");
    }
    auto address = parse_host_port(peers[i].address, field + ".address");
    if (!address) return std::unexpected(address.error());
    addresses.push_back(*std::move(address));
  }
  return addresses;
}

}  // namespace

Result<std::unique_ptr<PeerNetwork>> PeerNetwork::start(NetworkOptions options, const SecretKey& node_key,
                                                        NetworkHandlers handlers) {
  auto addresses = check_peers(options.peers, node_key.public_key());
  if (!addresses) return std::unexpected(addresses.error());
  auto tls = make_tls_context(node_key);
  if (!tls) return std::unexpected(tls.error());
  auto network = std::make_unique<Network>(std::move(options), *std::move(addresses), node_key.public_key(),
                                           std::move(handlers), *std::move(tls));
  if (const auto bound = network->listen(); !bound) return std::unexpected(bound.error());
  network->run();
  return network;
}

}  // namespace kimberlite::net
