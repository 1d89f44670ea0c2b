#include "tests/cluster/daemon_network.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "cli/signing.h"
#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/civil_time.h"
#include "proto/envelope.h"

namespace kimberlite::cluster {
namespace {

constexpr std::int64_t kAnswerMs = 30'000;
constexpr std::int64_t kWeightCenticarats = 1'234'50;
constexpr std::int64_t kValueCents = 98'765'43;
// Below the ports that the system gives to outgoing connections (from 32,768 on): one of those could take the port of
// a node while it is down.
constexpr std::uint16_t kFirstBasePort = 21'000;
constexpr std::uint16_t kLastBasePort = 32'400;
constexpr std::uint16_t kPortsANetwork = 300;
constexpr int kCopyPortOffset = 50;  // above the nodes', below the next kind of ports
constexpr std::string_view kPeerKeys = "\n[peer_keys]\n";

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error(what);
}

std::filesystem::path temporary_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kimberlite-cluster-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) give_up("no temporary folder: " + pattern);
  return pattern;
}

bool port_free(std::uint16_t port) {
  boost::asio::io_context context;
  boost::system::error_code error;
  boost::asio::ip::tcp::acceptor acceptor(context);
  acceptor.open(boost::asio::ip::tcp::v4(), error);
  acceptor.set_option(boost::asio::socket_base::reuse_address(true), error);  // what was closed lately is free
  acceptor.bind({boost::asio::ip::address_v4::loopback(), port}, error);
  return !error;
}

// Processes that look at the same time begin at different places.
std::uint16_t free_base_port(std::size_t nodes) {
  const unsigned slots = (kLastBasePort - kFirstBasePort) / kPortsANetwork;
  const unsigned first = static_cast<unsigned>(getpid()) % slots;
  for (unsigned i = 0; i < slots; ++i) {
    const auto base = static_cast<std::uint16_t>(kFirstBasePort + (first + i) % slots * kPortsANetwork);
    bool free = true;
    for (std::uint16_t node = 0; node < nodes && free; ++node) {
      for (const std::uint16_t offset : {std::uint16_t{0}, cli::kGrpcPortOffset, cli::kHttpPortOffset}) {
        free = free && port_free(static_cast<std::uint16_t>(base + offset + node));
      }
    }
    if (free) return base;
  }
  give_up("no free ports on loopback");
}

cli::NewNetwork make(const NetworkOptions& options, const std::filesystem::path& folder) {
  auto wanted = cli::simple_network(options.nodes, options.clock);
  if (options.view_timeout_ms > 0) wanted.genesis->set_view_timeout_ms(options.view_timeout_ms);
  if (options.heartbeat_ms > 0) wanted.genesis->set_heartbeat_ms(options.heartbeat_ms);
  wanted.genesis->mutable_parameters()->set_issue_date_slack_days(1);
  auto made = cli::write_network(wanted, folder, free_base_port(options.nodes));
  if (!made) give_up(made.error().to_string());
  return *std::move(made);
}

std::string shell_words(const std::string& program, const std::vector<std::string>& arguments) {
  std::string command = "'" + program + "'";
  for (const auto& argument : arguments) command += " '" + argument + "'";
  return command + " 2>&1 < /dev/null";
}

DaemonNetwork::Printed run(const std::string& command) {
  DaemonNetwork::Printed printed;
  FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) give_up("popen failed");
  std::array<char, 4096> buffer{};
  while (const std::size_t read = fread(buffer.data(), 1, buffer.size(), pipe)) {
    printed.output.append(buffer.data(), read);
  }
  const int status = pclose(pipe);
  printed.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return printed;
}

// Output goes to the end of `log`.
pid_t spawn(const std::string& program, const std::vector<std::string>& arguments, const std::string& log,
            const Launch& launch) {
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  std::vector<char*> variables;
  for (const auto& variable : launch.environment) variables.push_back(const_cast<char*>(variable.c_str()));
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  variables.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) give_up("fork failed");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no nodes behind
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    if (launch.network_namespace >= 0 && setns(launch.network_namespace, CLONE_NEWNET) != 0) _exit(126);
    close_range(STDERR_FILENO + 1, ~0U, 0);  // sockets of this process would stay open in the child's hands
    execve(program.c_str(), words.data(), variables.data());
    _exit(127);
  }
  return child;
}

std::string read_text(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::trunc);
  if (!(stream << text).flush()) give_up("cannot write " + file.string());
}

std::string host_of(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}

/// ":7001"
std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':'));
}

void replace(std::string& text, const std::string& old, const std::string& by) {
  const auto at = text.find(old);
  if (at == std::string::npos) give_up("no " + old + " in a configuration");
  text.replace(at, old.size(), by);
}

TimeMs wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

}  // namespace

bool wait_until(std::int64_t timeout_ms, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

DaemonNetwork::DaemonNetwork(const NetworkOptions& options)
    : folder_(temporary_folder() / "net"), network_(make(options, folder_)), wallet_(folder_ / "keys") {
  for (const auto& node : network_.client.nodes) codes_.push_back(node.name);
}

DaemonNetwork::~DaemonNetwork() {
  kill_all();
  std::error_code ignored;
  if (std::getenv("KIMBERLITE_KEEP") == nullptr) std::filesystem::remove_all(folder_.parent_path(), ignored);
}

const cli::NodeAddress& DaemonNetwork::address(const std::string& code) const {
  const auto* found = network_.client.find(code);
  if (found == nullptr) give_up("no node " + code);
  return *found;
}

std::string DaemonNetwork::peer_address(const std::string& code) const {
  for (const auto& participant : network_.genesis.genesis->participants()) {
    if (participant.code() == code) return participant.node_address();
  }
  give_up("no participant " + code);
}

cli::NodeClient& DaemonNetwork::client(const std::string& code) {
  auto& client = clients_[code];
  if (!client) client = std::make_unique<cli::NodeClient>(address(code), kAnswerMs);
  return *client;
}

std::filesystem::path DaemonNetwork::log_file(const std::string& code) const {
  return folder_ / (code + ".log");
}

std::filesystem::path DaemonNetwork::node_folder(const std::string& code) const {
  return folder_ / "nodes" / code;
}

std::filesystem::path DaemonNetwork::configuration(const std::string& code) const {
  return node_folder(code) / "kimberlited.toml";
}

void DaemonNetwork::move_to(const std::string& code, const std::string& host) {
  const auto moved = [&host](const std::string& address) { return host + port_of(address); };
  auto& node = *std::ranges::find(network_.client.nodes, code, &cli::NodeAddress::name);
  std::string text = read_text(configuration(code));
  for (const auto& address : {peer_address(code), node.grpc, node.http}) replace(text, address, moved(address));
  write_text(configuration(code), text);
  node.grpc = moved(node.grpc);
  node.http = moved(node.http);
  write_text(folder_ / "client.toml", cli::format_client_config(network_.client));
}

void DaemonNetwork::set_peers(const std::string& code, const std::map<std::string, std::string>& addresses) const {
  std::string text = read_text(configuration(code)) + "\n[peers]\n";
  for (const auto& [peer, address] : addresses) text += peer + " = \"" + address + "\"\n";
  write_text(configuration(code), text);
}

void DaemonNetwork::start(const std::string& code) {
  pids_[code] = spawn(KIMBERLITED_PATH, {"run", "--config", configuration(code).string()}, log_file(code).string(),
                      launches_[code]);
}

std::optional<int> DaemonNetwork::collect_end(const std::string& code) {
  const auto running = pids_.find(code);
  int status = 0;
  if (running == pids_.end() || waitpid(running->second, &status, WNOHANG) != running->second) return std::nullopt;
  pids_.erase(running);
  return status;
}

pid_t DaemonNetwork::start_cli(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"--home", folder_.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return spawn(KIMBERLITE_CLI_PATH, all, log_file("kimberlite").string(), {});
}

PublicKey DaemonNetwork::node_key(const std::string& code) const {
  const auto key = cli::load_key(node_folder(code) / "node.key");
  if (!key) give_up(key.error().to_string());
  return key->public_key();
}

std::filesystem::path DaemonNetwork::journal_file(const std::string& code) const {
  const std::string key = node_key(code).hex();
  for (const auto& item : std::filesystem::directory_iterator(node_folder(code) / "data")) {
    const std::string name = item.path().stem().string();
    if (item.path().extension() == ".journal" && key.starts_with(name.substr(name.find('-') + 1))) return item.path();
  }
  give_up(code + " has no vote journal");
}

void DaemonNetwork::set_node_key(const std::string& code, const SecretKey& key) {
  write_text(node_folder(code) / "node.key", cli::format_key_file(key));
  new_keys_[code] = key.public_key();
  for (const auto& node : codes_) {
    const std::string before = read_text(configuration(node));
    std::string text = before.substr(0, before.find(kPeerKeys)) + std::string(kPeerKeys);
    for (const auto& [peer, peer_key] : new_keys_) text += peer + " = \"" + peer_key.hex() + "\"\n";
    write_text(configuration(node), text);
  }
}

cli::NodeAddress DaemonNetwork::copy_node(const std::string& code) {
  const std::string name = code + "-copy";
  std::filesystem::copy(node_folder(code), node_folder(name), std::filesystem::copy_options::recursive);
  std::string text = read_text(configuration(name));
  const auto& node = address(code);
  const auto beside = [](const std::string& listen) {
    return host_of(listen) + ":" + std::to_string(std::stoi(port_of(listen).substr(1)) + kCopyPortOffset);
  };
  const std::string peer = host_of(node.grpc) + port_of(peer_address(code));
  for (const auto& listen : {peer, node.grpc, node.http}) {
    replace(text, "\"" + listen + "\"", "\"" + beside(listen) + "\"");
  }
  write_text(configuration(name), text);
  launches_[name] = launches_[code];
  return {.name = name, .grpc = beside(node.grpc), .http = beside(node.http)};
}

void DaemonNetwork::remove_copy(const std::string& name) {
  collect_end(name);
  if (runs(name)) signal(name, SIGKILL);
  std::filesystem::remove_all(node_folder(name));
}

void DaemonNetwork::start_all() {
  for (const auto& code : codes_) start(code);
}

int DaemonNetwork::signal(const std::string& code, int number) {
  const pid_t process = pids_.at(code);
  kill(process, number);
  if (number != SIGKILL && number != SIGTERM) return 0;
  int status = 0;
  waitpid(process, &status, 0);
  pids_.erase(code);
  return status;
}

void DaemonNetwork::kill_all() {
  for (const auto& [code, process] : pids_) kill(process, SIGKILL);
  for (const auto& [code, process] : pids_) waitpid(process, nullptr, 0);
  pids_.clear();
}

bool DaemonNetwork::wait_ready(const std::string& code, std::int64_t timeout_ms, bool progressing) {
  return wait_until(timeout_ms, [&] {
    cli::NodeClient quick(address(code), 1'000);
    const auto status = quick.status();
    return status && (!progressing || status->progressing());
  });
}

bool DaemonNetwork::wait_all_ready(std::int64_t timeout_ms) {
  for (const auto& [code, process] : pids_) {
    if (!wait_ready(code, timeout_ms)) return false;
  }
  return true;
}

bool DaemonNetwork::wait_equal(std::uint64_t height, std::int64_t timeout_ms) {
  return wait_until(timeout_ms, [&] {
    std::string first;
    for (const auto& [code, process] : pids_) {
      const auto status = client(code).status();
      if (!status || status->final_height() < height) return false;
      if (status->log_size() != status->checkpoint_size()) return false;
      const std::string tip = std::to_string(status->final_height()) + status->log_root() + status->state_root();
      if (first.empty()) first = tip;
      if (tip != first) return false;
    }
    return true;
  });
}

std::string DaemonNetwork::describe() {
  std::string out;
  for (const auto& [code, process] : pids_) {
    const auto status = client(code).status();
    out += "\n" + code + ": ";
    out += status ? "height " + std::to_string(status->final_height()) + " view " + std::to_string(status->view()) +
                        " pool " + std::to_string(status->pool_envelopes()) + " " + status->why()
                  : status.error().to_string();
  }
  return out;
}

DaemonNetwork::Printed DaemonNetwork::run_cli(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"--home", folder_.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(shell_words(KIMBERLITE_CLI_PATH, all));
}

DaemonNetwork::Printed DaemonNetwork::run_daemon(const std::vector<std::string>& arguments) {
  return run(shell_words(KIMBERLITED_PATH, arguments));
}

v1::Event DaemonNetwork::issue_event(const std::string& code, const std::string& importer, std::uint64_t number) {
  v1::Event event;
  auto& certificate = *event.mutable_certificate_issue();
  const std::string digits = std::to_string(number);
  certificate.set_number(code + "-" + std::string(7 - std::min<std::size_t>(digits.size(), 7), '0') + digits);
  certificate.set_body(code + "-AUTHORITY");
  certificate.set_importer(importer);
  certificate.set_basis(v1::BASIS_PRODUCTION);
  certificate.set_origin(code);
  certificate.set_weight_centicarats(kWeightCenticarats);
  certificate.set_value_cents(kValueCents);
  certificate.set_parcels(3);
  auto& line = *certificate.add_hs_lines();
  line.set_code("710231");
  line.set_weight_centicarats(kWeightCenticarats);
  line.set_value_cents(kValueCents);
  certificate.set_issue_day(day_of(wall_now()));
  certificate.set_expiry_day(day_of(wall_now()) + 30);
  certificate.set_exporter_trader(code + "-TRADER-01");
  certificate.set_importer_trader(importer + "-TRADER-01");
  return event;
}

std::string DaemonNetwork::sign(const cli::Signer& signer, const v1::Event& event) const {
  const TimeMs not_after{wall_now().value + cli::kNotAfterMs};
  return cli::sign_event(network_.genesis.chain_id, signer, event, not_after, cli::random_nonce()).bytes;
}

std::string DaemonNetwork::issue(const std::string& code, const std::string& importer, std::uint64_t number,
                                 std::size_t count) {
  const auto signer = wallet_.body(code, code + "-AUTHORITY");
  if (!signer) give_up(signer.error().to_string());
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(network_.genesis.chain_id.view()));
  envelope.set_participant(signer->party);
  envelope.set_not_after_ms(wall_now().value + cli::kNotAfterMs);
  envelope.set_nonce(cli::random_nonce());
  for (std::size_t i = 0; i < count; ++i) *envelope.add_events() = issue_event(code, importer, number + i);
  return sign_envelope(envelope, *signer->key);
}

}  // namespace kimberlite::cluster
