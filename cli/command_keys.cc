// keys new, keys show: key files of this machine. They never leave it, and are never overwritten.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/table.h"
#include "cli/wallet.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

ExitCode make_key(const Context& context, const std::string& file) {
  const SecretKey key = SecretKey::generate();
  if (auto saved = save_new_key(file, key); !saved) {
    return context.report(saved.error());
  }
  if (context.options.json) {
    context.out << json::object{{"file", file}, {"public_key", key.public_key().hex()}} << '\n';
  } else {
    context.out << "made " << file << " (mode 0600; keep a copy in a safe place, but none of a node.key)\npublic key "
                << key.public_key().hex() << '\n';
  }
  return ExitCode::kOk;
}

/// All key files of the home, in order of their names.
std::vector<std::string> home_key_files(const std::string& home) {
  std::vector<std::string> files;
  std::error_code status;
  for (std::filesystem::recursive_directory_iterator at(std::filesystem::path(home) / "keys", status), end; at != end;
       at.increment(status)) {
    if (at->path().extension() == ".key") {
      files.push_back(at->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

ExitCode show_keys(const Context& context, std::vector<std::string> files) {
  if (files.empty()) {
    files = home_key_files(context.options.home);
  }
  if (files.empty()) {
    return context.report(Error{Reason::BAD_REQUEST, context.options.home + "/keys", "the home holds no keys"});
  }
  Table table({"file", "public key"});
  json::array list;
  for (const auto& file : files) {
    const auto key = load_key(file);
    if (!key) {
      return context.report(key.error());
    }
    table.add({file, key->public_key().hex()});
    list.push_back(json::object{{"file", file}, {"public_key", key->public_key().hex()}});
  }
  if (context.options.json) {
    context.out << list << '\n';
  } else {
    table.print(context.out);
  }
  return ExitCode::kOk;
}

}  // namespace

void add_key_commands(CLI::App& app, Context& context) {
  auto* keys = app.add_subcommand("keys", "Make and show key files")->require_subcommand(1);
  auto* make = keys->add_subcommand("new", "Make a key file; an existing file is never overwritten");
  const auto file = std::make_shared<std::string>();
  make->add_option("FILE", *file, "where to write the key, e.g. keys/BW/body-BW-AUTHORITY.key")->required();
  make->callback([&context, file] { context.action = [&context, file] { return make_key(context, *file); }; });
  auto* show = keys->add_subcommand("show", "Show the public keys of key files; secrets are never shown");
  const auto files = std::make_shared<std::vector<std::string>>();
  show->add_option("FILE", *files, "key files (default: all of the home)");
  show->callback([&context, files] { context.action = [&context, files] { return show_keys(context, *files); }; });
}

}  // namespace kimberlite::cli
