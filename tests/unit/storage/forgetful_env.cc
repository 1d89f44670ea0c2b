#include "tests/unit/storage/forgetful_env.h"

#include <rocksdb/file_system.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace kimberlite::storage::testing {

// What the disk would keep of every file written since arm().
struct ForgetfulEnv::State {
  struct File {
    std::uint64_t size{};
    std::uint64_t synced{};
    bool named{};  // its folder was synced since it was made
  };

  std::mutex mutex;
  bool armed{};
  PowerCut cut;
  std::uint64_t steps{};
  std::map<std::string, File> files;

  // Counts a step on a file; at the chosen one, the power goes.
  void step(const std::string& name) {
    const std::scoped_lock lock(mutex);
    if (!armed) return;
    if (steps++ == cut.at_step) power_cut(name);
  }

  [[noreturn]] void power_cut(const std::string& at_hand) {
    std::error_code error;
    for (const auto& [name, file] : files) {
      const std::uint64_t torn = name == at_hand ? (file.size - file.synced) * cut.torn_percent / 100 : 0;
      if (!file.named && file.synced + torn == 0) {
        std::filesystem::remove(name, error);
      } else if (file.synced + torn < file.size) {
        std::filesystem::resize_file(name, file.synced + torn, error);
      }
    }
    ::_exit(kPowerCutExitCode);
  }

  void change(const std::string& name, const auto& what) {
    const std::scoped_lock lock(mutex);
    const auto found = files.find(name);
    if (found != files.end()) what(found->second);
  }
};

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// Real syncs are not passed on: an _exit leaves the page cache alone, and the tests are a hundred times as fast.
template <typename State>
class ForgetfulFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  ForgetfulFile(std::unique_ptr<rocksdb::FSWritableFile> target, std::string name, std::shared_ptr<State> state)
      : FSWritableFileOwnerWrapper(std::move(target)), name_(std::move(name)), state_(std::move(state)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = FSWritableFileOwnerWrapper::Append(data, options, debug);
    state_->change(name_, [&](auto& file) { file.size += data.size(); });
    state_->step(name_);
    return status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*verification*/, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = FSWritableFileOwnerWrapper::Flush(options, debug);
    state_->step(name_);
    state_->change(name_, [this](auto& file) {
      if (!state_->cut.syncs_lie) file.synced = file.size;
    });
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }
  IOStatus RangeSync(std::uint64_t /*offset*/, std::uint64_t /*bytes*/, const IOOptions& /*options*/,
                     IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    state_->step(name_);
    return FSWritableFileOwnerWrapper::Close(options, debug);
  }

 private:
  const std::string name_;
  const std::shared_ptr<State> state_;
};

template <typename State>
class ForgetfulDirectory final : public rocksdb::FSDirectory {
 public:
  ForgetfulDirectory(std::string name, std::shared_ptr<State> state)
      : name_(std::move(name)), state_(std::move(state)) {}

  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    state_->step(name_);
    const std::scoped_lock lock(state_->mutex);
    for (auto& [name, file] : state_->files) file.named = true;
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions& /*options*/, IODebugContext* /*debug*/) override { return IOStatus::OK(); }

 private:
  const std::string name_;
  const std::shared_ptr<State> state_;
};

template <typename State>
class ForgetfulFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit ForgetfulFileSystem(std::shared_ptr<State> state)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), state_(std::move(state)) {}

  const char* Name() const override { return "ForgetfulFileSystem"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> target;
    IOStatus status = FileSystemWrapper::NewWritableFile(name, options, &target, debug);
    if (!status.ok()) return status;
    {
      const std::scoped_lock lock(state_->mutex);
      state_->files[name] = {};
    }
    state_->step(name);
    *result = std::make_unique<ForgetfulFile<State>>(std::move(target), name, state_);
    return status;
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& /*options*/,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext* /*debug*/) override {
    *result = std::make_unique<ForgetfulDirectory<State>>(name, state_);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* debug) override {
    state_->step(name);
    IOStatus status = FileSystemWrapper::DeleteFile(name, options, debug);
    const std::scoped_lock lock(state_->mutex);
    state_->files.erase(name);
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    state_->step(from);
    IOStatus status = FileSystemWrapper::RenameFile(from, to, options, debug);
    {
      const std::scoped_lock lock(state_->mutex);
      auto file = state_->files.extract(from);
      if (file) {
        file.key() = to;
        file.mapped().named = true;  // a rename may reach the disk at any time, so also at once
        state_->files.erase(to);
        state_->files.insert(std::move(file));
      }
    }
    state_->step(to);
    return status;
  }

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace

ForgetfulEnv::ForgetfulEnv()
    : state_(std::make_shared<State>()),
      env_(rocksdb::NewCompositeEnv(std::make_shared<ForgetfulFileSystem<State>>(state_))) {}

ForgetfulEnv::~ForgetfulEnv() = default;

rocksdb::Env& ForgetfulEnv::env() {
  return *env_;
}

void ForgetfulEnv::arm(const PowerCut& cut) {
  const std::scoped_lock lock(state_->mutex);
  state_->armed = true;
  state_->cut = cut;
}

}  // namespace kimberlite::storage::testing
