// What an import has signed and what became of it, so that running it again submits only what is missing: NDJSON, one
// record a line, appended and flushed before and after each submission. Belongs to one file and one network.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cli/submitter.h"
#include "proto/digest.h"
#include "proto/error.h"

namespace kimberlite::cli {

/// One submission of a line: the event itself, or the importer's acknowledgement that goes before it.
enum class ImportStep { kAcknowledgement, kEvent };

class ImportJournal {
 public:
  struct Entry {
    std::string envelope;            ///< serialised SignedEnvelope
    std::optional<Verdict> verdict;  ///< empty: signed, but its end is not known
  };

  /// Opens or creates the journal. BAD_REQUEST if it belongs to another file or network or cannot be read, STORE_IO.
  static Result<ImportJournal> open(const std::filesystem::path& path, const Digest& file, const Digest& chain_id);

  /// What is known of a step; nullptr: nothing.
  [[nodiscard]] const Entry* find(std::uint64_t line, ImportStep step) const;
  Result<void> signed_envelope(std::uint64_t line, ImportStep step, const std::string& envelope);
  Result<void> finished(std::uint64_t line, ImportStep step, const Verdict& verdict);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit ImportJournal(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> read(const std::string& text, const Digest& file, const Digest& chain_id);
  Result<void> append(const std::string& record);

  std::filesystem::path path_;
  std::ofstream out_;
  std::map<std::pair<std::uint64_t, ImportStep>, Entry> entries_;
};

}  // namespace kimberlite::cli
