#include "tests/simulation/whole_node/disk.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "node/runtime/startup.h"
#include "proto/assert.h"
#include "storage/internal/database_import.h"
#include "storage/internal/database_store.h"
#include "tests/simulation/violation.h"

namespace kimberlite::whole_node {
namespace {

const std::string kFolder = "/store";
const std::string kImportFolder = kFolder + ".import";

// Of this process alone, in memory where that is to be had; it appears when the first file does.
std::filesystem::path new_folder() {
  static std::uint64_t made = 0;
  const std::filesystem::path memory = "/dev/shm";
  return (std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path()) /
         ("kimberlite-snapshots-" + std::to_string(getpid()) + "-" + std::to_string(++made));
}

class ImageFile final : public storage::JournalFile {
 public:
  explicit ImageFile(std::shared_ptr<JournalImage> image) : image_(std::move(image)) {}

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    return image_->bytes.substr(static_cast<std::size_t>(offset), size);
  }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    if (image_->bytes_until_power_cut != JournalImage::kNoCut) {
      bytes = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), image_->bytes_until_power_cut));
      image_->bytes_until_power_cut -= bytes.size();
    }
    image_->bytes.replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
    return {};
  }
  Result<void> sync() override { return {}; }
  [[nodiscard]] std::uint64_t size() const override { return image_->bytes.size(); }

 private:
  std::shared_ptr<JournalImage> image_;
};

}  // namespace

Disk::Disk(const Digest& chain_id, StateChanges genesis_state, std::uint64_t journal_bytes)
    : chain_id_(chain_id),
      genesis_state_(std::move(genesis_state)),
      snapshots_folder_(new_folder()),
      journal_bytes_(journal_bytes),
      files_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {}

Disk::~Disk() {
  close();
  delete_snapshots();
}

bool Disk::has_store() const {
  return store_ || files_->FileExists(kFolder + "/CURRENT").ok();
}

std::unique_ptr<storage::StoreImport> Disk::open_import() {
  auto opened = storage::open_import({kFolder, chain_id_, genesis_state_}, *files_);
  KIMBERLITE_ASSERT(opened, opened ? "" : opened.error().to_string());
  return *std::move(opened);
}

// As the start of a node goes about it (node/runtime/startup.cc), with files in memory.
DiskContents Disk::open(const PublicKey& key) {
  if (!store_) {
    auto opened = storage::open_store({kFolder, chain_id_, genesis_state_}, *files_);
    if (!opened) throw simulation::Violation("S4", "a store cannot be opened: " + opened.error().to_string());
    store_ = *std::move(opened);
  }
  DiskContents out{store_.get(), nullptr, {}};
  if (store_->key_retired(key)) {
    out.follower_reason = runtime::key_retired_error().to_string();
    return out;
  }
  auto& image = journals_[key];
  if (!image && store_->journal_created(key)) {
    journals_.erase(key);
    out.follower_reason = Error{Reason::JOURNAL_MISSING, "journal", "the vote journal is gone"}.to_string();
    return out;
  }
  if (!image) image = std::make_shared<JournalImage>(JournalImage{.bytes = std::string(journal_bytes_, '\0')});
  image->bytes_until_power_cut = JournalImage::kNoCut;
  auto journal = storage::VoteJournal::open(std::make_unique<ImageFile>(image), key);
  KIMBERLITE_ASSERT(journal, journal ? "" : journal.error().to_string());
  if (!store_->journal_created(key)) {
    const auto set = store_->set_journal_created(key);
    KIMBERLITE_ASSERT(set, "a store in memory takes a mark");
  }
  out.journal = *std::move(journal);
  return out;
}

JournalImage* Disk::journal(const PublicKey& key) {
  const auto found = journals_.find(key);
  return found == journals_.end() ? nullptr : found->second.get();
}

std::map<std::string, std::string> Disk::read_files() const {
  std::vector<std::string> names;
  static_cast<void>(files_->GetChildren(kFolder, &names));
  std::map<std::string, std::string> files;
  for (const std::string& name : names) {
    std::string bytes;
    if (rocksdb::ReadFileToString(files_.get(), kFolder + "/" + name, &bytes).ok()) files.emplace(name, bytes);
  }
  return files;
}

void Disk::delete_files() {
  close();
  delete_snapshots();
  for (const std::string& folder : {kFolder, kImportFolder}) {
    std::vector<std::string> names;
    static_cast<void>(files_->GetChildren(folder, &names));
    for (const std::string& name : names) static_cast<void>(files_->DeleteFile(folder + "/" + name));
  }
}

void Disk::delete_snapshots() {
  std::error_code ignored;
  std::filesystem::remove_all(snapshots_folder_, ignored);
}

void Disk::lose_all() {
  lose_store();
  journals_.clear();
}

void Disk::lose_store() {
  delete_files();
  backup_.reset();
}

void Disk::back_up() {
  backup_.emplace(Backup{read_files(), {}});
  for (const auto& [key, image] : journals_) backup_->journals.emplace(key, image->bytes);
}

void Disk::restore() {
  KIMBERLITE_ASSERT(backup_, "there is a backup");
  delete_files();
  static_cast<void>(files_->CreateDirIfMissing(kFolder));
  for (const auto& [name, bytes] : backup_->files) {
    if (name == "LOCK") continue;
    const auto written = rocksdb::WriteStringToFile(files_.get(), bytes, kFolder + "/" + name, true);
    KIMBERLITE_ASSERT(written.ok(), written.ToString());
  }
  journals_.clear();
  for (const auto& [key, bytes] : backup_->journals)
    journals_.emplace(key, std::make_shared<JournalImage>(JournalImage{.bytes = bytes}));
}

}  // namespace kimberlite::whole_node
