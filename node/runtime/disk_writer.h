// What writes: one to the vote journal, one to the store, each on a thread of its own. Each takes everything that has
// queued up and syncs once for all of it. A body and its vote are thus synced side by side. A failed write stops the
// process at once: nothing may leave it afterwards. Functions are called from the core thread; completions are posted
// back to it.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "storage/store.h"
#include "storage/vote_journal.h"

namespace kimberlite::runtime {

/// Work that may wait for a disk; more means that the disk stands still, and the core thread waits.
inline constexpr std::size_t kDiskQueueMax = 4'096;

/// A queue that an executor of one thread drains in batches. What was added is done before that thread ends.
template <typename Task>
class Batches {
 public:
  using Work = std::function<void(std::vector<Task>)>;
  Batches(boost::asio::any_io_executor thread, Work work) : thread_(std::move(thread)), work_(std::move(work)) {}

  /// Blocks while the queue is full.
  void add(Task task) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return queue_.size() < kDiskQueueMax; });
    queue_.push_back(std::move(task));
    if (queue_.size() > 1) return;  // the thread was called for the first of them
    lock.unlock();
    boost::asio::post(thread_, [this] { drain(); });
  }

 private:
  void drain() {
    std::vector<Task> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(queue_);
    }
    room_.notify_all();
    work_(std::move(batch));
  }

  boost::asio::any_io_executor thread_;
  Work work_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::vector<Task> queue_;
};

/// Stops the process with a named reason.
[[noreturn]] void stop_after_disk_failure(const Error& error);

class JournalWriter {
 public:
  JournalWriter(std::unique_ptr<storage::VoteJournal> journal, boost::asio::any_io_executor thread,
                boost::asio::io_context& core);
  /// `done` runs on the core thread once the records are on disk.
  void append(std::vector<storage::JournalEntry> records, std::function<void()> done);
  /// Syncs so far.
  [[nodiscard]] std::uint64_t synced_writes() const { return synced_writes_; }

 private:
  struct Task {
    std::vector<storage::JournalEntry> records;
    std::function<void()> done;
  };
  void write(std::vector<Task> tasks);

  std::unique_ptr<storage::VoteJournal> journal_;
  boost::asio::io_context& core_;
  std::atomic<std::uint64_t> synced_writes_{0};
  Batches<Task> batches_;
};

class StoreWriter {
 public:
  StoreWriter(storage::Store& store, boost::asio::any_io_executor thread, boost::asio::io_context& core);
  void put_body(storage::Store::Body body, std::function<void()> done);
  /// Blocks that follow one another; several commits may share one sync. `done` gets the snapshot after it; of one that
  /// is `last_of_sync`, exactly that of its last block.
  using Committed = std::function<void(std::shared_ptr<const storage::Snapshot>)>;
  void commit(std::vector<storage::FinalBlock> blocks, std::string finalization, bool last_of_sync, Committed done);
  void keep_certificates(std::vector<std::string> certificates);
  void put_evidence(std::string evidence);
  void put_checkpoint(std::string note);
  void retire_key(const PublicKey& key);

 private:
  struct Retirement {
    PublicKey key;
  };
  struct Commit {
    std::vector<storage::FinalBlock> blocks;
    std::string finalization;
    bool last_of_sync{};
    Committed done;
  };
  struct BodyTask {
    storage::Store::Body body;
    std::function<void()> done;
  };
  struct Kept {
    std::vector<std::string> certificates;
  };
  struct Evidence {
    std::string bytes;
  };
  struct CheckpointNote {
    std::string bytes;
  };
  using Task = std::variant<Commit, BodyTask, Kept, Evidence, CheckpointNote, Retirement>;
  void write(std::vector<Task> tasks);
  void write_bodies(std::vector<BodyTask>& bodies);
  void write_commits(std::span<Commit> commits);

  storage::Store& store_;
  boost::asio::io_context& core_;
  Batches<Task> batches_;
};

}  // namespace kimberlite::runtime
