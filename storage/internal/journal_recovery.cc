#include "storage/internal/journal_recovery.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "storage/internal/journal_block.h"

namespace kimberlite::storage {
namespace {

constexpr std::size_t kHalves = 2;

std::unexpected<Error> corrupt(std::string message) {
  return fail(Reason::JOURNAL_CORRUPT, "vote journal", std::move(message));
}

// Equal to itself moved by one byte, and the first is zero. REQUIRES: not empty.
bool is_zero(std::string_view bytes) {
  return bytes.front() == '\0' && bytes.substr(1) == bytes.substr(0, bytes.size() - 1);
}

// A sound block and where in the file it was read.
struct Found {
  JournalBlock block;
  std::string_view bytes;
};

class Recovery {
 public:
  Recovery(std::string_view file, const PublicKey& identity)
      : file_(file), identity_(identity), half_bytes_(file.size() / kHalves) {}

  Result<JournalRecovery> run() {
    if (file_.size() % (kHalves * kJournalBlockBytes) != 0 ||
        half_bytes_ / kJournalBlockBytes < 1 + kJournalHalfBlocksMin) {
      return corrupt("the file has " + std::to_string(file_.size()) + " bytes, which no journal has");
    }
    blocks_ = half_bytes_ / kJournalBlockBytes - 1;
    const Result<bool> has_header = read_header();
    if (!has_header) return std::unexpected(has_header.error());
    if (!*has_header) return result_;
    if (Result<void> read = read_blocks(); !read) return std::unexpected(read.error());
    cut_torn_group();
    if (Result<void> complete = check_complete(); !complete) return std::unexpected(complete.error());
    if (Result<void> joined = join_records(); !joined) return std::unexpected(joined.error());
    heal();
    return result_;
  }

 private:
  [[nodiscard]] std::uint64_t offset(std::size_t half, std::uint64_t position) const {
    return half * half_bytes_ + (1 + position) * kJournalBlockBytes;
  }
  [[nodiscard]] std::string_view stored(std::size_t half, std::uint64_t position) const {
    return file_.substr(offset(half, position), kJournalBlockBytes);
  }
  [[nodiscard]] std::uint64_t position_of(std::uint64_t number) const { return (number - 1) % blocks_; }
  [[nodiscard]] bool holds(std::uint64_t number) const {
    const auto found = newest_.find(position_of(number));
    return found != newest_.end() && found->second.block.number == number;
  }

  // False for a new journal: no block was ever acknowledged. A torn header is told from a rotten one by the zeros
  // behind it.
  Result<bool> read_header() {
    std::optional<JournalHeader> header;
    const std::string expected = encode_journal_header(file_.size(), identity_);
    for (std::size_t half = 0; half < kHalves; ++half) {
      const std::string_view bytes = file_.substr(half * half_bytes_, kJournalBlockBytes);
      const std::optional<JournalHeader> found = decode_journal_header(bytes);
      if (found) header = found;
      if (bytes != expected) result_.repairs.push_back({half * half_bytes_, expected});
    }
    if (!header) {
      const bool untouched = is_zero(file_.substr(kJournalBlockBytes, half_bytes_ - kJournalBlockBytes)) &&
                             is_zero(file_.substr(half_bytes_ + kJournalBlockBytes));
      if (!untouched) return corrupt("both headers are damaged");
      result_.is_new = true;
      return false;
    }
    if (header->identity != identity_) {
      return fail(Reason::JOURNAL_OTHER_KEY, "vote journal",
                  "written by the key " + header->identity.hex() + ", expected " + identity_.hex());
    }
    if (header->file_bytes != file_.size()) {
      return corrupt("the file has " + std::to_string(file_.size()) + " bytes, its header says " +
                     std::to_string(header->file_bytes));
    }
    return true;
  }

  // The newest sound block of each position, from whichever half has it.
  Result<void> read_blocks() {
    for (std::size_t half = 0; half < kHalves; ++half) {
      for (std::uint64_t position = 0; position < blocks_; ++position) {
        std::optional<ReadBlock> read = decode_journal_block(stored(half, position));
        if (!read) continue;
        if (read->identity != identity_) {
          return fail(Reason::JOURNAL_OTHER_KEY, "vote journal",
                      "a block was written by the key " + read->identity.hex() + ", expected " + identity_.hex());
        }
        if (position_of(read->block.number) != position) {
          return corrupt("block " + std::to_string(read->block.number) + " stands where it was never written");
        }
        const auto found = newest_.find(position);
        if (found != newest_.end() && found->second.block.number >= read->block.number) continue;
        newest_.insert_or_assign(position, Found{std::move(read->block), stored(half, position)});
      }
    }
    return {};
  }

  // The last group counts only if all of it is there: otherwise its sync never returned.
  void cut_torn_group() {
    const auto newest =
        std::ranges::max_element(newest_, {}, [](const auto& item) { return item.second.block.number; });
    if (newest == newest_.end()) return;
    const std::uint64_t first = newest->second.block.group_first;
    last_ = newest->second.block.group_last;
    for (std::uint64_t number = first; number <= newest->second.block.group_last; ++number) {
      if (!holds(number)) last_ = first - 1;
    }
    std::erase_if(newest_, [this](const auto& item) { return item.second.block.number > last_; });
  }

  // Every acknowledged block of the last lap must be readable, but for those that a torn group may have overwritten.
  Result<void> check_complete() {
    const std::uint64_t may_be_torn = last_ + kJournalGroupBlocksMax;  // the highest number a torn group can have had
    const std::uint64_t first = may_be_torn > blocks_ ? may_be_torn - blocks_ + 1 : 1;
    for (std::uint64_t number = first; number <= last_; ++number) {
      if (!holds(number)) return corrupt("block " + std::to_string(number) + " is damaged, later ones are not");
    }
    for (std::uint64_t number = may_be_torn + 1; number <= blocks_; ++number) {
      for (std::size_t half = 0; half < kHalves; ++half) {
        if (!is_zero(stored(half, position_of(number)))) {
          return corrupt("block " + std::to_string(number) + " was never written, but is not zero");
        }
      }
    }
    // Older blocks, under the write head, count as far back as they follow one another.
    first_ = first;
    while (first_ > 1 && last_ - first_ + 1 < blocks_ && holds(first_ - 1)) --first_;
    return {};
  }

  Result<void> join_records() {
    std::optional<JournalEntry> open;
    unsigned parts_read = 0;
    for (std::uint64_t number = first_; number <= last_; ++number) {
      const JournalBlock& block = newest_.at(position_of(number)).block;
      if (!open && block.part > 0 && result_.entries.empty()) continue;  // its beginning was overwritten
      if (!open) {
        open = JournalEntry{block.sequence, {}};
        parts_read = 0;
      }
      if (open->sequence != block.sequence || block.part != parts_read) {
        return corrupt("the parts of record " + std::to_string(open->sequence) + " do not follow one another");
      }
      open->payload.append(block.payload);
      if (++parts_read < block.parts) continue;
      if (!result_.entries.empty() && result_.entries.back().sequence + 1 != open->sequence) {
        return corrupt("record " + std::to_string(open->sequence) + " does not follow the one before it");
      }
      result_.entries.push_back(std::move(*open));
      open.reset();
    }
    if (open) return corrupt("the last record has no end");
    if (!result_.entries.empty()) result_.next_sequence = result_.entries.back().sequence + 1;
    result_.next_block = last_ + 1;
    return {};
  }

  // Both halves shall hold what counts, and nothing shall remain of a torn group. The newest group is written in any
  // case: where its sync failed, the system may have it in memory, take it for written, and never write it.
  void heal() {
    const std::string zeros(kJournalBlockBytes, '\0');
    for (std::uint64_t position = 0; position < blocks_; ++position) {
      const auto found = newest_.find(position);
      const bool kept = found != newest_.end() && found->second.block.number >= first_;
      const std::string_view block = kept ? found->second.bytes : std::string_view(zeros);
      const bool in_newest_group = kept && found->second.block.number + kJournalGroupBlocksMax > last_;
      for (std::size_t half = 0; half < kHalves; ++half) {
        if (in_newest_group || stored(half, position) != block)
          result_.repairs.push_back({offset(half, position), std::string(block)});
      }
    }
  }

  const std::string_view file_;
  const PublicKey identity_;
  const std::uint64_t half_bytes_;
  std::uint64_t blocks_{};
  std::map<std::uint64_t, Found> newest_;  // by position
  std::uint64_t first_{1};                 // numbers of the oldest and newest block that count
  std::uint64_t last_{};
  JournalRecovery result_;
};

}  // namespace

Result<JournalRecovery> recover_journal(std::string_view file, const PublicKey& identity) {
  return Recovery(file, identity).run();
}

}  // namespace kimberlite::storage
