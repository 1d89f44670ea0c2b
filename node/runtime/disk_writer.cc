#include "node/runtime/disk_writer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace kimberlite::runtime {
namespace {

constexpr int kExitDisk = 74;  // EX_IOERR

}  // namespace

void stop_after_disk_failure(const Error& error) {
  std::fprintf(stderr, "kimberlited: stopped, the disk failed: %s\n", error.to_string().c_str());
  std::_Exit(kExitDisk);
}

JournalWriter::JournalWriter(std::unique_ptr<storage::VoteJournal> journal, boost::asio::any_io_executor thread,
                             boost::asio::io_context& core)
    : journal_(std::move(journal)),
      core_(core),
      batches_(std::move(thread), [this](std::vector<Task> tasks) { write(std::move(tasks)); }) {}

void JournalWriter::append(std::vector<storage::JournalEntry> records, std::function<void()> done) {
  batches_.add({std::move(records), std::move(done)});
}

void JournalWriter::write(std::vector<Task> tasks) {
  std::vector<storage::JournalEntry> all;
  for (auto& task : tasks) std::ranges::move(task.records, std::back_inserter(all));
  if (auto written = journal_->append(all); !written) stop_after_disk_failure(written.error());
  synced_writes_ = journal_->synced_writes();
  for (auto& task : tasks) boost::asio::post(core_, std::move(task.done));
}

StoreWriter::StoreWriter(storage::Store& store, boost::asio::any_io_executor thread, boost::asio::io_context& core)
    : store_(store),
      core_(core),
      batches_(std::move(thread), [this](std::vector<Task> tasks) { write(std::move(tasks)); }) {}

void StoreWriter::put_body(storage::Store::Body body, std::function<void()> done) {
  batches_.add(BodyTask{std::move(body), std::move(done)});
}

void StoreWriter::commit(std::vector<storage::FinalBlock> blocks, std::string finalization, bool last_of_sync,
                         Committed done) {
  batches_.add(Commit{std::move(blocks), std::move(finalization), last_of_sync, std::move(done)});
}

void StoreWriter::put_evidence(std::string evidence) {
  batches_.add(Evidence{std::move(evidence)});
}

void StoreWriter::put_checkpoint(std::string note) {
  batches_.add(CheckpointNote{std::move(note)});
}

void StoreWriter::keep_certificates(std::vector<std::string> certificates) {
  batches_.add(Kept{std::move(certificates)});
}

void StoreWriter::retire_key(const PublicKey& key) {
  batches_.add(Retirement{key});
}

// Bodies first: votes wait for them. A body that is decided in the same batch is dropped by the commit.
void StoreWriter::write(std::vector<Task> tasks) {
  std::vector<BodyTask> bodies;
  std::vector<Commit> commits;
  std::vector<std::string> kept;
  for (auto& task : tasks) {
    if (auto* body = std::get_if<BodyTask>(&task)) {
      bodies.push_back(std::move(*body));
    } else if (auto* commit = std::get_if<Commit>(&task)) {
      kept.clear();  // a commit drops what was kept before it
      commits.push_back(std::move(*commit));
    } else if (auto* more = std::get_if<Kept>(&task)) {
      std::ranges::move(more->certificates, std::back_inserter(kept));
    } else if (auto* evidence = std::get_if<Evidence>(&task)) {
      if (auto put = store_.put_evidence(evidence->bytes); !put) stop_after_disk_failure(put.error());
    } else if (auto* note = std::get_if<CheckpointNote>(&task)) {
      if (auto put = store_.put_checkpoint(note->bytes); !put) stop_after_disk_failure(put.error());
    } else if (auto* retirement = std::get_if<Retirement>(&task)) {
      if (auto put = store_.retire_key(retirement->key); !put) stop_after_disk_failure(put.error());
    }
  }
  if (!bodies.empty()) write_bodies(bodies);
  std::span<Commit> left(commits);
  while (!left.empty()) {
    const auto last = std::ranges::find_if(left, &Commit::last_of_sync);
    const auto count = static_cast<std::size_t>(last - left.begin()) + (last == left.end() ? 0 : 1);
    write_commits(left.first(count));
    left = left.subspan(count);
  }
  if (kept.empty()) return;
  if (auto put = store_.keep_certificates(kept); !put) stop_after_disk_failure(put.error());
}

void StoreWriter::write_bodies(std::vector<BodyTask>& tasks) {
  std::vector<storage::Store::Body> bodies;
  for (auto& task : tasks) bodies.push_back(std::move(task.body));
  if (auto put = store_.put_bodies(bodies); !put) stop_after_disk_failure(put.error());
  for (auto& task : tasks) boost::asio::post(core_, std::move(task.done));
}

void StoreWriter::write_commits(std::span<Commit> commits) {
  std::vector<storage::FinalBlock> blocks;
  for (auto& commit : commits) std::ranges::move(commit.blocks, std::back_inserter(blocks));
  if (auto done = store_.commit(blocks, commits.back().finalization); !done) stop_after_disk_failure(done.error());
  const auto snapshot = store_.snapshot();
  for (auto& commit : commits) {
    boost::asio::post(core_, [done = std::move(commit.done), snapshot] { done(snapshot); });
  }
}

}  // namespace kimberlite::runtime
