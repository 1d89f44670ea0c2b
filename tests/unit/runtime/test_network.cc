#include "tests/unit/runtime/test_network.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "node/runtime/clock.h"
#include "proto/civil_time.h"
#include "proto/encoding.h"

namespace kimberlite::runtime {
namespace {

// Below the ports that the system gives to outgoing connections (from 32,768 on): one of those could take the port of
// a node while it is down. Other tests could, too: so each process takes blocks of ports for itself, by listening on
// the first of each as long as it lives.
class PortBlocks {
 public:
  std::uint16_t take() {
    while (true) {
      while (next_ < end_) {
        const auto port = static_cast<std::uint16_t>(next_++);
        if (listens(port)) return port;
      }
      claim();
    }
  }

 private:
  static constexpr unsigned kFirstPort = 12'000;
  static constexpr unsigned kBlocks = 200;
  static constexpr unsigned kPortsABlock = 40;
  using Acceptor = boost::asio::ip::tcp::acceptor;

  std::optional<Acceptor> listens(std::uint16_t port) {
    boost::system::error_code error;
    Acceptor acceptor(context_, boost::asio::ip::tcp::v4());
    acceptor.set_option(boost::asio::socket_base::reuse_address(true));  // what was closed lately is free
    acceptor.bind({boost::asio::ip::address_v4::loopback(), port}, error);
    if (!error) acceptor.listen(1, error);
    return error ? std::nullopt : std::optional(std::move(acceptor));
  }

  // Processes that look at the same time begin at different places.
  void claim() {
    for (unsigned tried = 0; tried < kBlocks; ++tried) {
      const unsigned first = kFirstPort + (static_cast<unsigned>(getpid()) + tried) % kBlocks * kPortsABlock;
      auto guard = listens(static_cast<std::uint16_t>(first));
      if (!guard) continue;
      guards_.push_back(*std::move(guard));
      next_ = first + 1;
      end_ = first + kPortsABlock;
      return;
    }
    throw std::runtime_error("no free ports on loopback");
  }

  boost::asio::io_context context_;
  std::vector<Acceptor> guards_;
  unsigned next_ = 0;
  unsigned end_ = 0;
};

std::vector<std::uint16_t> free_ports(std::size_t count) {
  static PortBlocks blocks;
  std::vector<std::uint16_t> ports(count);
  for (auto& port : ports) port = blocks.take();
  return ports;
}

std::filesystem::path temporary_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kimberlite-runtime-XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  return pattern;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

constexpr std::int64_t kCertificateCenticarats = 100'00;

v1::CertificateIssue certificate(const std::string& code, const std::string& importer, std::uint64_t number) {
  const auto now = wall_now_ms();
  v1::CertificateIssue event;
  char text[16];
  std::snprintf(text, sizeof text, "%s-%07llu", code.c_str(), static_cast<unsigned long long>(number));
  event.set_number(text);
  event.set_body(code + "-AUTHORITY");
  event.set_importer(importer);
  event.set_basis(v1::BASIS_PRODUCTION);
  event.set_origin(code);
  event.set_weight_centicarats(kCertificateCenticarats);
  event.set_value_cents(5'000'00);
  event.set_parcels(1);
  auto& line = *event.add_hs_lines();
  line.set_code("710231");
  line.set_weight_centicarats(kCertificateCenticarats);
  line.set_value_cents(5'000'00);
  event.set_issue_day(day_of(now));
  event.set_expiry_day(day_of(now) + 30);
  event.set_exporter_trader(code + "-TRADER-01");
  event.set_importer_trader(importer + "-TRADER-01");
  return event;
}

}  // namespace

TestNetwork::TestNetwork(std::vector<std::string> codes, std::int64_t heartbeat_ms)
    : folder_(temporary_folder()), codes_(std::move(codes)) {
  const auto ports = free_ports(codes_.size());
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_network_name("kimberlite.example/runtime-test");
  genesis.set_genesis_time_ms(wall_now_ms().value - 1'000);
  genesis.set_clock(v1::CLOCK_WALL);
  genesis.set_log_readers(v1::LOG_READERS_PUBLIC);
  genesis.set_heartbeat_ms(heartbeat_ms);
  genesis.set_view_timeout_ms(300);
  genesis.set_development(true);
  auto& parameters = *genesis.mutable_parameters();
  parameters.set_validity_days(60);
  parameters.set_tolerance_basis_points(50);
  parameters.set_confirmation_clock_days(30);
  parameters.set_correction_percent(10);
  parameters.set_issue_date_slack_days(1);
  for (std::size_t i = 0; i < codes_.size(); ++i) {
    const auto& code = codes_[i];
    const auto node_key = SecretKey::generate();
    auto root = SecretKey::generate();
    const auto trader = SecretKey::generate();
    auto body = SecretKey::generate();
    auto& participant = *genesis.add_participants();
    participant.set_code(code);
    participant.set_name("Participant " + code);
    participant.set_member_states(1);
    participant.set_role("both");
    participant.set_admitted_ms(1);
    participant.set_root_key(std::string(root.public_key().view()));
    participant.set_node_key(std::string(node_key.public_key().view()));
    participant.set_node_address("127.0.0.1:" + std::to_string(ports[i]));
    auto& delegated = *participant.add_bodies();
    delegated.set_holder(code + "-AUTHORITY");
    delegated.set_public_key(std::string(body.public_key().view()));
    delegated.set_exporting(true);
    delegated.set_importing(true);
    auto& registered = *participant.add_traders();
    registered.set_holder(code + "-TRADER-01");
    registered.set_public_key(std::string(trader.public_key().view()));
    registered.set_private_digest(std::string(32, 'd'));
    auto& prefix = *genesis.add_prefixes();
    prefix.set_prefix(code);
    prefix.set_participant(code);
    bodies_.emplace(code, std::move(body));
    roots_.emplace(code, std::move(root));

    const auto home = folder_ / code;
    std::filesystem::create_directories(home);
    write(home / "node.key", "kimberlite-key-v1 " + to_base64(node_key.seed()) + "\n");
    Configuration configuration;
    configuration.participant = code;
    configuration.key_file = home / "node.key";
    configuration.data_dir = home / "data";
    configuration.genesis_file = folder_ / "genesis.json";
    configuration.listen_peer = participant.node_address();
    configuration.pool_envelopes_max = 10'000;
    configuration.submissions_max = 10'000;
    configuration.verify_threads = 2;
    configurations_.emplace(code, std::move(configuration));
  }
  genesis.mutable_chair()->set_chair(codes_.front());
  genesis.mutable_chair()->set_vice_chair(codes_.back());
  genesis.mutable_chair()->set_term(2026);
  const std::string document = format_genesis(genesis);
  write(folder_ / "genesis.json", document);
  auto parsed = parse_genesis(document);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().to_string());
  genesis_ = *std::move(parsed);
}

TestNetwork::~TestNetwork() {
  nodes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Node& TestNetwork::start(const std::string& code) {
  auto node = Node::start(configurations_.at(code), "test");
  EXPECT_TRUE(node) << (node ? "" : node.error().to_string());
  return *(nodes_[code] = *std::move(node));
}

void TestNetwork::start_all() {
  for (const auto& code : codes_) start(code);
}

void TestNetwork::stop(const std::string& code) {
  nodes_.erase(code);
}

std::string TestNetwork::sign_by_body(const std::string& code, const v1::CertificateIssue& issue) {
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(genesis_.chain_id.view()));
  envelope.set_participant(code);
  envelope.set_not_after_ms(wall_now_ms().value + 3'600'000);
  envelope.set_nonce(std::string(sha256(code, issue.number()).view().substr(0, 16)));
  *envelope.add_events()->mutable_certificate_issue() = issue;
  return sign_envelope(envelope, bodies_.at(code));
}

std::string TestNetwork::issue(const std::string& code, const std::string& importer, std::uint64_t number) {
  return sign_by_body(code, certificate(code, importer, number));
}

std::string TestNetwork::reexport(const std::string& code, const std::string& importer, std::uint64_t number,
                                  const std::vector<std::string>& sources) {
  v1::CertificateIssue event = certificate(code, importer, number);
  event.set_basis(v1::BASIS_REEXPORT);
  event.set_origin("EC");
  for (const auto& source : sources) {
    auto& draw = *event.add_sources();
    draw.set_number(source);
    draw.set_weight_centicarats(kCertificateCenticarats / static_cast<std::int64_t>(sources.size()));
  }
  return sign_by_body(code, event);
}

std::string TestNetwork::sign_by_root(const std::string& code, const v1::Event& event) {
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(genesis_.chain_id.view()));
  envelope.set_participant(code);
  envelope.set_not_after_ms(wall_now_ms().value + 3'600'000);
  envelope.set_nonce(std::string(sha256("root", code, std::to_string(++nonce_)).view().substr(0, 16)));
  *envelope.add_events() = event;
  return sign_envelope(envelope, roots_.at(code));
}

std::string TestNetwork::register_node(const std::string& code, const PublicKey& key) {
  v1::Event event;
  event.mutable_node_register()->set_public_key(std::string(key.view()));
  return sign_by_root(code, event);
}

void TestNetwork::set_node_key(const std::string& code, const SecretKey& key) const {
  write(configurations_.at(code).key_file, "kimberlite-key-v1 " + to_base64(key.seed()) + "\n");
}

void TestNetwork::add_node(const std::string& code, const SecretKey& key) {
  Configuration configuration = configurations_.begin()->second;
  configuration.participant = code;
  configuration.key_file = folder_ / code / "node.key";
  configuration.data_dir = folder_ / code / "data";
  configuration.listen_peer = "127.0.0.1:" + std::to_string(free_ports(1).front());
  std::filesystem::create_directories(folder_ / code);
  configurations_.emplace(code, std::move(configuration));
  set_node_key(code, key);
}

bool TestNetwork::wait_votes(const std::string& code, std::int64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!nodes_.at(code)->status().core.votes) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

bool TestNetwork::wait_epoch(std::uint64_t epoch, std::int64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (std::chrono::steady_clock::now() < deadline) {
    const bool there = std::ranges::all_of(
        nodes_, [&](const auto& entry) { return entry.second->status().core.epoch.value == epoch; });
    if (there) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

SubmitResult TestNetwork::submit(const std::string& code, std::string_view signed_envelope, std::int64_t timeout_ms) {
  auto envelope = open_envelope(signed_envelope, genesis_.chain_id);
  EXPECT_TRUE(envelope) << (envelope ? "" : envelope.error().to_string());
  auto promise = std::make_shared<std::promise<SubmitResult>>();
  auto future = promise->get_future();
  node(code).submit(*std::move(envelope), std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms),
                    [promise](const SubmitResult& result) { promise->set_value(result); });
  return future.get();
}

bool TestNetwork::wait_equal(std::uint64_t height, std::int64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto first = nodes_.begin()->second->snapshot()->tip();
    bool equal = first.height.value >= height;
    for (const auto& [code, node] : nodes_) {
      const auto tip = node->snapshot()->tip();
      equal = equal && tip.block == first.block && tip.state_root == first.state_root && tip.log_root == first.log_root;
    }
    if (equal) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace kimberlite::runtime
