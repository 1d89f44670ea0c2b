// Shell completion scripts, made from the parser itself so that they never lag behind it. Thread-safe: pure.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace kimberlite::cli {

/// The script for "bash", "zsh" or "fish". REQUIRES: one of these.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace kimberlite::cli
