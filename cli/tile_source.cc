// Tiles over HTTP or from a folder: see tile_source.h.
#include "cli/tile_source.h"

#include <filesystem>

#include "cli/files.h"
#include "cli/http_get.h"

namespace kimberlite::cli {

namespace {

constexpr std::string_view kHttpScheme = "http://";
constexpr std::string_view kGenesisFile = "genesis.json";

class FolderTiles : public TileSource {
 public:
  explicit FolderTiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<std::string> get(const std::string& path) override { return read_file(folder_ / path); }
  [[nodiscard]] std::string name() const override { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

class HttpTiles : public TileSource {
 public:
  HttpTiles(const std::string& host_port, std::string prefix, std::int64_t timeout_ms)
      : name_(std::string(kHttpScheme) + host_port + prefix),
        prefix_(std::move(prefix)),
        http_(host_port, timeout_ms) {}
  Result<std::string> get(const std::string& path) override {
    auto bytes = http_.get(prefix_ + "/" + path);
    if (!bytes && bytes.error().reason == Reason::NOT_FOUND && path == kGenesisFile) {
      // A node serves the document under this name; a folder put on a web server keeps the file's.
      bytes = http_.get(prefix_ + "/genesis");
    }
    return bytes;
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  std::string name_;
  std::string prefix_;
  HttpGet http_;
};

}  // namespace

Result<std::unique_ptr<TileSource>> open_tiles(const std::string& url_or_folder, std::int64_t timeout_ms) {
  std::error_code status;
  if (std::filesystem::is_directory(url_or_folder, status)) {
    return std::make_unique<FolderTiles>(url_or_folder);
  }
  std::string_view rest = url_or_folder;
  if (rest.starts_with(kHttpScheme)) {
    rest.remove_prefix(kHttpScheme.size());
  } else if (rest.find("://") != std::string_view::npos || rest.find(':') == std::string_view::npos ||
             rest.find('/') == 0) {
    return fail(Reason::BAD_REQUEST, url_or_folder, "this is neither a folder nor http://HOST:PORT");
  }
  const std::size_t slash = rest.find('/');
  std::string prefix(slash == std::string_view::npos ? "" : rest.substr(slash));
  while (prefix.ends_with('/')) {
    prefix.pop_back();
  }
  return std::make_unique<HttpTiles>(std::string(rest.substr(0, slash)), std::move(prefix), timeout_ms);
}

}  // namespace kimberlite::cli
