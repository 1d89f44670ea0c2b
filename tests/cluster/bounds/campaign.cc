// Running the attacks: see campaign.h.
#include "tests/cluster/bounds/campaign.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <future>
#include <stdexcept>
#include <thread>

#include "cli/http_get.h"
#include "node/net/tls_identity.h"
#include "proto/block.h"
#include "tests/cluster/chaos/node_log.h"
#include "tests/cluster/process.h"

namespace kimberlite::bounds {
namespace {

constexpr std::int64_t kPatienceMs = 60'000;
constexpr std::int64_t kHttpMs = 20'000;
constexpr std::chrono::seconds kAnswerWithin{5};
constexpr std::chrono::milliseconds kSampleEvery{50};
constexpr std::uint64_t kTargetFirstNumber = 5'000'000;  // away from the numbers of the other clients
constexpr std::uint64_t kBigFirstNumber = 8'000'000;
constexpr std::size_t kBigEnvelopes = 24;
constexpr std::size_t kBigEvents = 250;
constexpr double kBigRate = 1'000;
constexpr double kWarmUpSeconds = 3;
/// Counters of a node's metrics page that say what it refused.
constexpr std::array kCounted{"kimberlite_peer_messages_refused_total{reason=\"", "kimberlite_peer_faults",
                              "kimberlite_connections_refused", "kimberlite_peer_frames_dropped",
                              "kimberlite_evidence"};

/// The counters as the node shows them, by reason or name.
std::map<std::string, double> counters(const cluster::DaemonNetwork& network, const std::string& code) {
  std::map<std::string, double> out;
  cli::HttpGet http(network.address(code).http, kHttpMs);
  const auto page = http.get("/metrics");
  if (!page) return out;
  for (const std::string name : kCounted) {
    for (std::size_t at = 0; (at = page->find("\n" + name, at)) != std::string::npos; ++at) {
      const std::size_t begin = at + 1;
      const std::size_t space = page->find(' ', begin);
      std::string key = page->substr(begin, space - begin);
      const bool reason = key.ends_with("\"}");
      key = reason ? key.substr(name.size(), key.size() - name.size() - 2) : key.substr(sizeof("kimberlite_") - 1);
      out[key] = std::stod(page->substr(space + 1));
    }
  }
  return out;
}

std::map<std::string, double> difference(std::map<std::string, double> after,
                                         const std::map<std::string, double>& before) {
  for (const auto& [name, value] : before) after[name] -= value;
  return after;
}

std::int64_t growth(std::uint64_t before, std::uint64_t after) {
  return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
}

}  // namespace

Campaign::Campaign(const CampaignOptions& options)
    : options_(options), network_({.nodes = options.nodes}), scene_{.network = network_} {
  std::signal(SIGPIPE, SIG_IGN);  // the nodes close connections into which we write
  network_.start_all();
  if (!network_.wait_all_ready(kPatienceMs)) throw std::runtime_error("the network is not ready" + network_.describe());
  write_big_block();
  choose_liars();
  const std::chrono::seconds patience = kAnswerWithin;
  others_load_ = std::make_unique<bench::Load>(
      network_, bench::LoadShape{.codes = scene_.honest, .clients = 2 * scene_.honest.size(), .patience = patience});
  target_load_ = std::make_unique<bench::Load>(
      network_, bench::LoadShape{
                    .codes = {scene_.target}, .clients = 2, .first_number = kTargetFirstNumber, .patience = patience});
  serve(kWarmUpSeconds);
}

std::filesystem::path Campaign::data_folder(const std::string& code) const {
  return network_.folder() / "nodes" / code / "data";
}

// The smaller key dials: the smallest may connect to every other node.
void Campaign::choose_liars() {
  const auto& validators = network_.genesis().validators;
  std::vector<Validator> order = validators.all();
  std::ranges::sort(order, {}, &Validator::key);
  scene_.target = order.back().participant;
  for (std::size_t i = 0; i < validators.faulty(); ++i) {
    const auto& code = order[i].participant;
    auto key = cli::load_key(network_.folder() / "nodes" / code / "node.key");
    auto tls = key ? net::make_tls_context(*key) : std::unexpected(key.error());
    if (!tls) throw std::runtime_error(tls.error().to_string());
    network_.signal(code, SIGKILL);
    scene_.liars.push_back(
        {code, *std::move(key), static_cast<std::uint32_t>(*validators.index_of(order[i].key)), *std::move(tls)});
  }
  for (std::size_t i = validators.faulty(); i + 1 < order.size(); ++i) scene_.honest.push_back(order[i].participant);
}

// Members are free to fill the log: a question for this block is short, its answer long.
void Campaign::write_big_block() {
  bench::Load load(network_, {.codes = {}, .first_number = kBigFirstNumber, .events = kBigEvents});
  const auto result = load.open_loop(load.sign(kBigEnvelopes), kBigRate);
  if (result.final_count < kBigEnvelopes) throw std::runtime_error("large envelopes did not become final");
  std::size_t bytes = 0;
  std::size_t most = 0;
  auto& client = network_.client(network_.codes().front());
  const auto status = client.status();
  if (!status) throw std::runtime_error(status.error().to_string());
  scene_.log_size = status->log_size();
  const auto read = client.watch(0, [&](const v1::WatchResponse& response) {
    bytes += response.leaf().size();
    if (const auto envelope = decode_accepted_leaf(response.leaf()); envelope && envelope->empty()) {
      if (bytes > most) scene_.big_block = block_digest(response.leaf());
      most = std::max(most, std::exchange(bytes, 0));
    }
    return response.index() + 1 < scene_.log_size;
  });
  if (!read) throw std::runtime_error(read.error().to_string());
}

Campaign::Served Campaign::serve(double seconds) {
  const double share = options_.rate / static_cast<double>(scene_.honest.size() + 1);
  const double others_rate = options_.rate - share;
  const auto others = others_load_->sign(static_cast<std::size_t>(others_rate * seconds));
  const auto target = target_load_->sign(static_cast<std::size_t>(share * seconds));
  auto side = std::async(std::launch::async, [&] { return target_load_->open_loop(target, share); });
  Served served{.others = others_load_->open_loop(others, others_rate), .target = {}};
  served.target = side.get();
  for (const auto* result : {&served.others, &served.target})
    finals_.insert(finals_.end(), result->finals.begin(), result->finals.end());
  return served;
}

Sample Campaign::attack(const Attack& attack) {
  const Served before = serve(options_.seconds);
  const pid_t target = network_.pid(scene_.target);
  const pid_t other = network_.pid(scene_.honest.front());
  Sample sample{.attack = std::string(attack.name)};
  sample.growth_allowed = growth_allowed(bound_lines(options_.nodes, scene_.liars.size()), attack.reached);
  sample.others_before = Served::of(before.others);
  sample.target_before = Served::of(before.target);
  const auto counted = counters(network_, scene_.target);
  const std::uint64_t folder = cluster::folder_bytes(data_folder(scene_.target));
  const std::uint64_t folder_other = cluster::folder_bytes(data_folder(scene_.honest.front()));
  for (const pid_t process : {target, other}) cluster::forget_peak(process);
  sample.memory_before = cluster::memory_of(target).resident_bytes;

  Effort effort;
  if (const auto status = network_.client(scene_.honest.front()).status()) scene_.view = status->view();
  const auto floods = prepare(attack, scene_);
  {
    std::jthread watching([&](const std::stop_token& stop) {
      cli::NodeClient client(network_.address(scene_.honest.front()), kPatienceMs);
      while (!stop.stop_requested()) {
        if (const auto status = client.status()) scene_.view = status->view();
        sample.files_peak = std::max(sample.files_peak, cluster::open_files(target));
        std::this_thread::sleep_for(kSampleEvery);
      }
    });
    std::jthread attacking([&](const std::stop_token& stop) { play(attack, scene_, floods, stop, effort); });
    const Served under = serve(options_.seconds);
    sample.others = Served::of(under.others);
    sample.target = Served::of(under.target);
  }
  sample.attack_bytes = effort.bytes;
  sample.attack_connections = effort.connections;
  for (const auto& code : network_.codes()) {
    if (network_.runs(code) && network_.collect_end(code)) sample.ended.push_back(code);
  }
  if (!sample.ended.empty()) return sample;
  sample.memory_peak = cluster::memory_of(target).resident_peak_bytes;
  sample.memory_peak_other = cluster::memory_of(other).resident_peak_bytes;
  settle(sample);
  sample.folder_growth = growth(folder, cluster::folder_bytes(data_folder(scene_.target)));
  sample.folder_growth_other = growth(folder_other, cluster::folder_bytes(data_folder(scene_.honest.front())));
  sample.refused = difference(counters(network_, scene_.target), counted);
  return sample;
}

void Campaign::settle(Sample& sample) {
  sample.equal = network_.wait_equal(1, kPatienceMs);
  if (!sample.equal) std::printf("%s\n", network_.describe().c_str());
  sample.lost = count_lost();
}

std::uint64_t Campaign::count_lost() {
  std::uint64_t lost = 0;
  auto nodes = scene_.honest;
  nodes.push_back(scene_.target);
  for (const auto& code : nodes) {
    const auto log = chaos::read_node_log(network_.client(code), code);
    if (!log) throw std::runtime_error(log.error().to_string());
    lost += static_cast<std::uint64_t>(std::ranges::count_if(finals_, [&](const cluster::FinalAnswer& answer) {
      const bool there = answer.log_index < log->leaves.size();
      return !there || log->leaves[answer.log_index].envelope != answer.id ||
             log->leaves[answer.log_index].height != answer.height;
    }));
  }
  return lost;
}

Report Campaign::run() {
  Report report{.command = {},
                .nodes = options_.nodes,
                .liars = scene_.liars.size(),
                .rate = options_.rate,
                .seconds = options_.seconds,
                .demands = options_.demands,
                .lines = bound_lines(options_.nodes, scene_.liars.size()),
                .samples = {}};
  for (const Attack& kind : attacks()) {
    const bool wanted = options_.kinds.empty() || std::ranges::find(options_.kinds, kind.name) != options_.kinds.end();
    if (!wanted) continue;
    report.samples.push_back(attack(kind));
    const Sample& sample = report.samples.back();
    std::printf("%-20s %6llu KiB sent, goodput %.2f, memory %llu to %llu MiB, p99 %.0f to %.0f ms\n",
                sample.attack.c_str(), static_cast<unsigned long long>(sample.attack_bytes >> 10U),
                sample.goodput_ratio(), static_cast<unsigned long long>(sample.memory_before >> 20U),
                static_cast<unsigned long long>(sample.memory_peak >> 20U), sample.others_before.p99_ms,
                sample.others.p99_ms);
    for (const auto& sentence : judge(sample, options_.demands)) std::printf("  BROKEN: %s\n", sentence.c_str());
    std::fflush(stdout);
    if (!sample.ended.empty()) break;  // without them there is no network to attack
  }
  return report;
}

}  // namespace kimberlite::bounds
