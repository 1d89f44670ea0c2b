// The switch of packets: see packet_switch.h.
#include "tests/cluster/chaos/packet_switch.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <random>
#include <thread>
#include <utility>

#include "proto/assert.h"
#include "tests/cluster/chaos/tun_device.h"

namespace kimberlite::chaos {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kPacketBytesMax = 2'048;  // above the devices' MTU
constexpr std::uint8_t kFirstNodeAddress = 11;
constexpr std::uint8_t kClientsAddress = 1;
constexpr std::size_t kIpv4HeaderBytes = 20;
constexpr std::size_t kDestinationAt = 16;
constexpr milliseconds kLookAgain{20};  // when nothing waits

std::string address(std::uint8_t last) {
  return "192.0.2." + std::to_string(last);
}

struct Packet {
  Clock::time_point due;
  std::uint64_t order{};
  std::size_t port{};
  std::string bytes;
};
struct Later {
  bool operator()(const Packet& a, const Packet& b) const {
    return std::tie(a.due, a.order) > std::tie(b.due, b.order);
  }
};

/// A namespace of its own for one node.
struct NodeNamespace {
  int file = -1;
  int device = -1;
};
Result<NodeNamespace> make_namespace(std::size_t node) {
  Result<NodeNamespace> made;
  // unshare() moves only the calling thread; the namespace lives on in its file when the thread is gone.
  std::thread([&made, node] {
    if (unshare(CLONE_NEWNET) != 0) {
      made = fail(Reason::BAD_CONFIGURATION, "namespaces",
                  "a network namespace cannot be made: run as root, or inside `unshare --user --map-root-user`");
      return;
    }
    const auto device = open_tun_device(PacketSwitch::host(node));
    if (!device) {
      made = std::unexpected(device.error());
      return;
    }
    made = NodeNamespace{open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), *device};
  }).join();
  return made;
}

/// Takes this thread into the clients' namespace; returns its device. After an error it is where it was.
Result<int> leave_machine() {
  const int machine = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  Result<int> device = fail(Reason::BAD_CONFIGURATION, "namespaces", "a network namespace cannot be made");
  if (machine >= 0 && unshare(CLONE_NEWNET) == 0) {
    device = open_tun_device(address(kClientsAddress));
    if (!device) KIMBERLITE_ASSERT(setns(machine, CLONE_NEWNET) == 0, "the way back is open");
  }
  close(machine);
  return device;
}

}  // namespace

struct PacketSwitch::State {
  ~State() {
    stopping = true;
    if (thread.joinable()) thread.join();
    for (const int device : devices) close(device);
    for (const int file : namespaces) close(file);
  }

  // Devices by port: the nodes', then the clients'.
  [[nodiscard]] std::optional<std::size_t> port_of(const std::string& packet) const {
    if (packet.size() < kIpv4HeaderBytes || (static_cast<unsigned char>(packet[0]) >> 4) != 4) return std::nullopt;
    const auto last = static_cast<std::uint8_t>(packet[kDestinationAt + 3]);
    if (last == kClientsAddress) return namespaces.size();
    if (last < kFirstNodeAddress || last - kFirstNodeAddress >= static_cast<int>(namespaces.size()))
      return std::nullopt;
    return last - kFirstNodeAddress;
  }

  bool happens(std::uint32_t percent) { return percent > 0 && random() % 100 < percent; }

  void arrived(std::size_t from, std::string packet) {
    const auto to = port_of(packet);
    if (!to) return;
    LinkRule rule;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = rules.find({from, *to}); found != rules.end()) rule = found->second;
    }
    if (rule.cut || happens(rule.loss_percent)) return;
    if (happens(rule.garble_percent)) {
      auto& byte = packet[kIpv4HeaderBytes + random() % (packet.size() - kIpv4HeaderBytes)];
      byte = static_cast<char>(byte ^ 0x10);
    }
    if (happens(rule.twice_percent)) enqueue(from, *to, rule, packet);
    enqueue(from, *to, rule, std::move(packet));
  }

  void enqueue(std::size_t from, std::size_t to, const LinkRule& rule, std::string packet) {
    if (waiting.size() >= kSwitchPacketsMax) return;
    const auto jitter = rule.jitter_ms > 0 ? static_cast<std::int64_t>(random() % (rule.jitter_ms + 1)) : 0;
    auto due = Clock::now() + milliseconds(rule.delay_ms + jitter);
    if (rule.bytes_per_s > 0) {
      auto& free = line_free[{from, to}];
      due = std::max(due, free);
      free = due + std::chrono::microseconds(static_cast<std::int64_t>(packet.size()) * 1'000'000 / rule.bytes_per_s);
    }
    waiting.push({due, order++, to, std::move(packet)});
  }

  void deliver_due() {
    const auto now = Clock::now();
    while (!waiting.empty() && waiting.top().due <= now) {
      const auto& packet = waiting.top();
      // A full device loses the packet, as a full line does.
      [[maybe_unused]] const auto written = write(devices[packet.port], packet.bytes.data(), packet.bytes.size());
      waiting.pop();
    }
  }

  void run() {
    std::vector<pollfd> files;
    for (const int device : devices) files.push_back({device, POLLIN, 0});
    std::array<char, kPacketBytesMax> buffer{};
    while (!stopping) {
      auto wait = kLookAgain;
      if (!waiting.empty()) {
        const auto until = std::chrono::ceil<milliseconds>(waiting.top().due - Clock::now());
        wait = std::clamp(until, milliseconds{0}, kLookAgain);
      }
      poll(files.data(), files.size(), static_cast<int>(wait.count()));
      for (std::size_t port = 0; port < files.size(); ++port) {
        if ((files[port].revents & POLLIN) == 0) continue;
        while (true) {
          const auto size = read(devices[port], buffer.data(), buffer.size());
          if (size <= 0) break;
          arrived(port, std::string(buffer.data(), static_cast<std::size_t>(size)));
        }
      }
      deliver_due();
    }
  }

  std::vector<int> devices;
  std::vector<int> namespaces;
  std::mutex mutex;
  std::map<std::pair<std::size_t, std::size_t>, LinkRule> rules;  // guarded by mutex
  // The rest belongs to the thread.
  std::map<std::pair<std::size_t, std::size_t>, Clock::time_point> line_free;
  std::priority_queue<Packet, std::vector<Packet>, Later> waiting;
  std::uint64_t order = 0;
  std::mt19937_64 random;
  std::atomic<bool> stopping{false};
  std::thread thread;
};

Result<std::unique_ptr<PacketSwitch>> PacketSwitch::make(std::size_t nodes, std::uint64_t seed) {
  KIMBERLITE_ASSERT(nodes <= kSwitchNodesMax, "at most kSwitchNodesMax nodes");
  auto state = std::make_unique<State>();
  state->random.seed(seed);
  for (std::size_t node = 0; node < nodes; ++node) {
    const auto made = make_namespace(node);
    if (!made) return std::unexpected(made.error());
    state->namespaces.push_back(made->file);
    state->devices.push_back(made->device);
  }
  const auto clients = leave_machine();
  if (!clients) return std::unexpected(clients.error());
  state->devices.push_back(*clients);
  state->thread = std::thread([running = state.get()] { running->run(); });
  return std::unique_ptr<PacketSwitch>(new PacketSwitch(std::move(state)));
}

PacketSwitch::PacketSwitch(std::unique_ptr<State> state) : state_(std::move(state)) {}
PacketSwitch::~PacketSwitch() = default;

std::string PacketSwitch::host(std::size_t node) {
  return address(static_cast<std::uint8_t>(kFirstNodeAddress + node));
}

int PacketSwitch::network_namespace(std::size_t node) const {
  return state_->namespaces.at(node);
}

void PacketSwitch::set(std::size_t from, std::size_t to, const LinkRule& rule) {
  const std::lock_guard lock(state_->mutex);
  state_->rules[{from, to}] = rule;
}

void PacketSwitch::reset(std::size_t /*one*/, std::size_t /*other*/) {
  KIMBERLITE_ASSERT(false, "connections are reset by the relay only");
}

}  // namespace kimberlite::chaos
