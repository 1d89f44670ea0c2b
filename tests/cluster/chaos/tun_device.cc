// Making a TUN device: see tun_device.h.
#include "tests/cluster/chaos/tun_device.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace kimberlite::chaos {
namespace {

constexpr std::string_view kDevice = "chaos0";
constexpr std::string_view kNetmask = "255.255.255.0";

/// Closes a file at the end of its scope.
class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

ifreq request_for(std::string_view device) {
  ifreq request{};
  std::ranges::copy(device, std::begin(request.ifr_name));
  return request;
}

ifreq with_address(std::string_view device, const std::string& address) {
  ifreq request = request_for(device);
  sockaddr_in value{};
  value.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &value.sin_addr);
  std::memcpy(&request.ifr_addr, &value, sizeof(value));
  return request;
}

bool put_up(int socket, std::string_view device) {
  ifreq request = request_for(device);
  request.ifr_flags = IFF_UP;
  return ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

std::unexpected<Error> not_permitted(const std::string& step) {
  return fail(Reason::BAD_CONFIGURATION, "namespaces", step + ": " + std::strerror(errno));
}

}  // namespace

Result<int> open_tun_device(const std::string& address) {
  File device(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (device.number() < 0) return not_permitted("/dev/net/tun cannot be opened");
  ifreq request = request_for(kDevice);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(device.number(), TUNSETIFF, &request) != 0) return not_permitted("a TUN device cannot be made");
  const File socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq own = with_address(kDevice, address);
  ifreq netmask = with_address(kDevice, std::string(kNetmask));
  if (ioctl(socket.number(), SIOCSIFADDR, &own) != 0 || ioctl(socket.number(), SIOCSIFNETMASK, &netmask) != 0 ||
      !put_up(socket.number(), kDevice) || !put_up(socket.number(), "lo")) {
    return not_permitted("the TUN device cannot be set up");
  }
  return device.release();
}

}  // namespace kimberlite::chaos
