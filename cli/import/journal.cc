// The import's journal: see journal.h.
#include "cli/import/journal.h"

#include <boost/json.hpp>

#include "cli/files.h"
#include "cli/message_json.h"
#include "proto/encoding.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

std::string_view step_name(ImportStep step) {
  return step == ImportStep::kEvent ? "event" : "acknowledgement";
}

std::uint64_t number_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? static_cast<std::uint64_t>(value->get_int64()) : 0;
}

std::string header(const Digest& file, const Digest& chain_id) {
  return json::serialize(json::object{{"format", 1}, {"file", file.hex()}, {"chain_id", chain_id.hex()}});
}

Verdict verdict_of(const json::object& record, const std::string& envelope) {
  Verdict verdict{.id = id_of_signed_bytes(envelope),
                  .node = text_at(record, "node"),
                  .height = number_at(record, "height"),
                  .log_index = number_at(record, "log_index"),
                  .refusal = {}};
  if (text_at(record, "outcome") == "refused") {
    verdict.refusal = RefusalText{text_at(record, "reason"), text_at(record, "field"), text_at(record, "message")};
  }
  return verdict;
}

}  // namespace

Result<ImportJournal> ImportJournal::open(const std::filesystem::path& path, const Digest& file,
                                          const Digest& chain_id) {
  ImportJournal journal(path);
  if (auto made = make_folder(path.parent_path()); !made) {
    return std::unexpected(made.error());
  }
  auto text = read_file(path);
  if (!text && text.error().reason != Reason::NOT_FOUND) {
    return std::unexpected(text.error());
  }
  // A disk that was full may have left a file without its first record.
  const bool fresh = !text || text->find('\n') == std::string::npos;
  if (fresh) {
    std::error_code none;
    std::filesystem::remove(path, none);
  } else {
    if (auto read = journal.read(*text, file, chain_id); !read) {
      return std::unexpected(read.error());
    }
  }
  journal.out_.open(path, std::ios::app | std::ios::binary);
  if (fresh) {
    if (auto written = journal.append(header(file, chain_id)); !written) {
      return std::unexpected(written.error());
    }
  }
  if (!journal.out_) {
    return fail(Reason::STORE_IO, path.string(), "the import's journal cannot be written");
  }
  return journal;
}

Result<void> ImportJournal::read(const std::string& text, const Digest& file, const Digest& chain_id) {
  std::string_view rest = text;
  bool first = true;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      // A torn last record: the process died while writing it. The envelope it speaks of can be submitted again.
      std::error_code status;
      std::filesystem::resize_file(path_, text.size() - rest.size(), status);
      return status ? fail(Reason::STORE_IO, path_.string(), status.message()) : Result<void>{};
    }
    const std::string_view row = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (first) {
      if (row != header(file, chain_id)) {
        return fail(Reason::BAD_REQUEST, path_.string(),
                    "this journal belongs to another file or network; move it away");
      }
      first = false;
      continue;
    }
    json::error_code error;
    const auto value = json::parse(row, error);
    if (error || !value.is_object()) {
      return fail(Reason::BAD_REQUEST, path_.string(), "a record in the journal was altered; move it away");
    }
    const auto& record = value.get_object();
    const ImportStep step = text_at(record, "step") == "event" ? ImportStep::kEvent : ImportStep::kAcknowledgement;
    Entry& entry = entries_[{number_at(record, "line"), step}];
    if (const auto envelope = from_base64(text_at(record, "envelope")); envelope && !envelope->empty()) {
      entry.envelope = *envelope;
    }
    if (record.contains("outcome")) {
      entry.verdict = verdict_of(record, entry.envelope);
    }
  }
  return {};
}

const ImportJournal::Entry* ImportJournal::find(std::uint64_t line, ImportStep step) const {
  const auto found = entries_.find({line, step});
  return found == entries_.end() ? nullptr : &found->second;
}

Result<void> ImportJournal::append(const std::string& record) {
  out_ << record << '\n' << std::flush;
  if (!out_) {
    return fail(Reason::STORE_IO, path_.string(), "the import's journal cannot be written");
  }
  return {};
}

Result<void> ImportJournal::signed_envelope(std::uint64_t line, ImportStep step, const std::string& envelope) {
  entries_[{line, step}].envelope = envelope;
  return append(
      json::serialize(json::object{{"line", line}, {"step", step_name(step)}, {"envelope", to_base64(envelope)}}));
}

Result<void> ImportJournal::finished(std::uint64_t line, ImportStep step, const Verdict& verdict) {
  entries_[{line, step}].verdict = verdict;
  json::object record{{"line", line}, {"step", step_name(step)}, {"id", verdict.id.hex()}, {"node", verdict.node}};
  if (verdict.refusal) {
    record["outcome"] = "refused";
    record["reason"] = verdict.refusal->reason;
    record["field"] = verdict.refusal->field;
    record["message"] = verdict.refusal->message;
  } else {
    record["outcome"] = "accepted";
    record["height"] = verdict.height;
    record["log_index"] = verdict.log_index;
  }
  return append(json::serialize(record));
}

}  // namespace kimberlite::cli
