// kimberlited: the daemon of one participant's node.
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "node/api/grpc_server.h"
#include "node/api/http_server.h"
#include "node/runtime/configuration.h"
#include "node/runtime/log.h"
#include "node/runtime/node.h"
#include "node/runtime/snapshot_start.h"

namespace kimberlite {
namespace {

constexpr const char* kSoftware = "kimberlited 0.1.0";
constexpr int kExitUsage = 2;
constexpr int kExitRefused = 3;
/// Descriptors: whoever opens connections to the gRPC port must not take those that the store needs.
constexpr rlim_t kOpenFilesWanted = 65'536;
constexpr rlim_t kOpenFilesFew = 4'096;

int refuse(const Error& error, int code) {
  std::fprintf(stderr, "kimberlited: %s\n", error.to_string().c_str());
  return code;
}

// Signals are taken by sigwait in the main thread; every other thread inherits the block.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return set;
}

// Up to what the system lets a process give itself.
void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min(std::max(limit.rlim_cur, kOpenFilesWanted), limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= kOpenFilesFew) return;
  runtime::log_event(runtime::Level::kWarn, "open_files_few",
                     {{"limit", static_cast<std::uint64_t>(limit.rlim_cur)},
                      {"why", "a flood of connections may take them all: raise the limit of this process"}});
}

api::HttpSources sources_of(runtime::Node& node) {
  return {.snapshot = [&node] { return node.snapshot(); },
          .checkpoint = [&node] { return node.checkpoints().newest().bytes; },
          .metrics = [&node] { return node.metrics(); },
          .readiness =
              [&node] {
                const auto status = node.status();
                return api::Readiness{status.core.progressing, status.core.why};
              },
          .genesis = [&node] { return node.genesis().bytes; }};
}

int run(const std::string& file) {
  auto configuration = runtime::read_configuration(file);
  if (!configuration) return refuse(configuration.error(), kExitUsage);
  runtime::configure_log(configuration->log_level, configuration->log_format);
  raise_open_files();
  if (configuration->sync_by_snapshot) {
    if (auto made = runtime::make_store_from_snapshot(*configuration, kSoftware); !made)
      return refuse(made.error(), kExitRefused);
  }
  const sigset_t signals = block_signals();
  auto node = runtime::Node::start(*configuration, kSoftware);
  if (!node) return refuse(node.error(), kExitRefused);
  auto http = api::HttpServer::start(configuration->listen_http, sources_of(**node));
  if (!http) return refuse(http.error(), kExitRefused);
  auto grpc = api::GrpcServer::start(configuration->listen_grpc, **node);
  if (!grpc) return refuse(grpc.error(), kExitRefused);
  runtime::log_event(runtime::Level::kInfo, "serving",
                     {{"grpc", configuration->listen_grpc}, {"http", configuration->listen_http}});
  int received = 0;
  sigwait(&signals, &received);
  runtime::log_event(runtime::Level::kInfo, "stopping", {{"signal", static_cast<std::uint64_t>(received)}});
  // Clients are answered first, then nobody can ask, then consensus stops and the disk drains.
  (*node)->drain();
  grpc->reset();
  http->reset();
  node->reset();
  runtime::log_event(runtime::Level::kInfo, "stopped");
  return 0;
}

int check(const std::string& file) {
  const auto configuration = runtime::read_configuration(file);
  if (!configuration) return refuse(configuration.error(), kExitUsage);
  std::printf("%s: every setting is valid\n", file.c_str());
  return 0;
}

int print_settings() {
  for (const auto& setting : runtime::settings()) {
    const std::string_view fallback = setting.fallback.empty() ? "(required)" : setting.fallback;
    std::printf("%-28.*s %-14.*s %.*s\n", static_cast<int>(setting.key.size()), setting.key.data(),
                static_cast<int>(fallback.size()), fallback.data(), static_cast<int>(setting.meaning.size()),
                setting.meaning.data());
  }
  return 0;
}

int main_with(int argc, char** argv) {
  CLI::App app{"Runs one participant's node of a Kimberlite network."};
  app.set_version_flag("--version", kSoftware);
  app.require_subcommand(1);
  std::string file = "kimberlited.toml";
  auto* run_command = app.add_subcommand("run", "join the network and serve until SIGTERM");
  auto* check_command = app.add_subcommand("check", "validate the configuration without opening anything");
  auto* settings_command = app.add_subcommand("settings", "list every setting with its default and meaning");
  for (auto* command : {run_command, check_command}) {
    command->add_option("--config", file, "configuration file")->capture_default_str();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : kExitUsage;
  }
  if (settings_command->parsed()) return print_settings();
  return check_command->parsed() ? check(file) : run(file);
}

}  // namespace
}  // namespace kimberlite

int main(int argc, char** argv) {
  return kimberlite::main_with(argc, argv);
}
