#include "tests/bench/machine_limits.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "proto/ed25519.h"

namespace kimberlite::bench {
namespace {

using Clock = std::chrono::steady_clock;
namespace asio = boost::asio;

constexpr auto kVerifyFor = std::chrono::milliseconds(1'500);
constexpr int kWrites = 300;
constexpr int kRoundTrips = 2'000;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

double synced_write_ms(const std::filesystem::path& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  if (!rocksdb::DB::Open(options, folder.string(), &raw).ok())
    throw std::runtime_error("no RocksDB in " + folder.string());
  const std::unique_ptr<rocksdb::DB> db(raw);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  std::vector<double> times;
  for (int i = 0; i < kWrites; ++i) {
    const auto start = Clock::now();
    if (!db->Put(synced, std::to_string(i), std::string(256, 'v')).ok())
      throw std::runtime_error("synced write failed");
    times.push_back(ms_since(start));
  }
  return median(times);
}

// A throw-away certificate, as a node makes one.
void give_identity(asio::ssl::context& context) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"),
                                                                EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), nullptr);
  SSL_CTX_use_certificate(context.native_handle(), certificate.get());
  SSL_CTX_use_PrivateKey(context.native_handle(), key.get());
}

double tls_round_trip_ms() {
  using Stream = asio::ssl::stream<asio::ip::tcp::socket>;
  asio::io_context io;
  asio::ssl::context server(asio::ssl::context::tlsv13_server);
  asio::ssl::context client(asio::ssl::context::tlsv13_client);
  give_identity(server);
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::thread echo([&] {
    Stream stream(io, server);
    acceptor.accept(stream.next_layer());
    stream.next_layer().set_option(asio::ip::tcp::no_delay(true));
    stream.handshake(Stream::server);
    std::array<char, 128> bytes{};
    boost::system::error_code error;
    while (!error) {
      asio::read(stream, asio::buffer(bytes), error);
      if (!error) asio::write(stream, asio::buffer(bytes), error);
    }
  });
  std::vector<double> times;
  {
    Stream stream(io, client);
    stream.next_layer().connect(acceptor.local_endpoint());
    stream.next_layer().set_option(asio::ip::tcp::no_delay(true));
    stream.handshake(Stream::client);
    std::array<char, 128> bytes{};
    for (int i = 0; i < kRoundTrips; ++i) {
      const auto start = Clock::now();
      asio::write(stream, asio::buffer(bytes));
      asio::read(stream, asio::buffer(bytes));
      times.push_back(ms_since(start));
    }
  }
  echo.join();
  return median(times);
}

}  // namespace

double verifications_per_second() {
  const auto key = SecretKey::generate();
  const std::string message(300, 'm');
  const auto signature = key.sign(message);
  std::atomic<std::uint64_t> done{0};
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      while (Clock::now() - start < kVerifyFor) {
        for (int n = 0; n < 50; ++n) {
          if (!verify_signature(key.public_key(), message, signature)) throw std::runtime_error("verification failed");
        }
        done += 50;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return static_cast<double>(done) * 1000 / ms_since(start);
}

MachineLimits measure_limits(const std::filesystem::path& folder) {
  return {verifications_per_second(), synced_write_ms(folder), tls_round_trip_ms()};
}

}  // namespace kimberlite::bench
