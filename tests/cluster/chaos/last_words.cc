// Reading a node's output: see last_words.h.
#include "tests/cluster/chaos/last_words.h"

#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

namespace kimberlite::chaos {

LastWords::LastWords(Stage& stage, std::size_t node)
    : stage_(stage),
      node_(node),
      file_(stage.network().log_file(stage.code(node))),
      begin_(std::filesystem::file_size(file_)) {}

Result<void> LastWords::ended_with_reason() const {
  const auto status = stage_.network().collect_end(stage_.code(node_));
  if (!status) return {};
  std::ifstream file(file_);
  file.seekg(static_cast<std::streamoff>(begin_));
  std::ostringstream text;
  text << file.rdbuf();
  const std::string words = text.str();
  // A failed assertion aborts: that is how a read without a way to report stops the process.
  const bool stopped = WIFEXITED(*status) || (WIFSIGNALED(*status) && WTERMSIG(*status) == SIGABRT);
  const bool named = words.find("STORE_") != std::string::npos || words.find("JOURNAL_") != std::string::npos;
  if (stopped && named) return {};
  return fail(Reason::STORE_IO, stage_.code(node_),
              "ended with wait status " + std::to_string(*status) + " and no reason: " + words);
}

}  // namespace kimberlite::chaos
