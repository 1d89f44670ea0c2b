// Completion scripts: see completion.h.
#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <string_view>
#include <vector>

namespace kimberlite::cli {

namespace {

/// A command's path ("keys new") with the words that may follow it.
struct Node {
  std::string path;
  std::string help;
  std::vector<const CLI::App*> commands;
  std::vector<const CLI::Option*> options;
};

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& nodes) {
  Node node{.path = path, .help = app.get_description(), .commands = {}, .options = {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(command);
  }
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_lnames().empty()) {
      node.options.push_back(option);
    }
  }
  nodes.push_back(node);
  for (const CLI::App* command : node.commands) {
    collect(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), nodes);
  }
}

std::string words_of(const Node& node, const Node& root) {
  std::string words;
  for (const CLI::App* command : node.commands) {
    words += command->get_name() + " ";
  }
  for (const CLI::Option* option : node.options) {
    words += "--" + option->get_lnames().front() + " ";
  }
  if (&node != &root) {
    for (const CLI::Option* option : root.options) {
      words += "--" + option->get_lnames().front() + " ";
    }
  }
  words.pop_back();
  return words;
}

/// Finds the command's path among the words typed, then offers what may follow it; files where nothing is known.
std::string bash_script(const std::vector<Node>& nodes) {
  std::string script =
      "# bash completion for kimberlite\n"
      "_kimberlite() {\n"
      "  local path='' word words\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$path $word\" in\n";
  for (const auto& node : nodes) {
    if (!node.path.empty()) {
      script += "      ' " + node.path + "'" +
                (node.path.find(' ') == std::string::npos ? "" : "|'" + node.path + "'") + ") path='" + node.path +
                "' ;;\n";
    }
  }
  script +=
      "    esac\n"
      "  done\n"
      "  case \"$path\" in\n";
  for (const auto& node : nodes) {
    script += "    '" + node.path + "') words='" + words_of(node, nodes.front()) + "' ;;\n";
  }
  script +=
      "  esac\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
      "}\n"
      "complete -o default -F _kimberlite kimberlite\n";
  return script;
}

std::string quoted_help(std::string_view help) {
  std::string text;
  for (const char c : help) {
    text += c == '\'' ? std::string("\\'") : std::string(1, c);
  }
  return "'" + text + "'";
}

std::string fish_script(const std::vector<Node>& nodes) {
  std::string script = "# fish completion for kimberlite\n";
  for (const auto& node : nodes) {
    const std::string last = node.path.substr(node.path.rfind(' ') + 1);
    const std::string when = node.path.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + last;
    for (const CLI::App* command : node.commands) {
      script += "complete -c kimberlite -f -n '" + when + "' -a " + command->get_name() + " -d " +
                quoted_help(command->get_description()) + "\n";
    }
    for (const CLI::Option* option : node.options) {
      script += "complete -c kimberlite " + (node.path.empty() ? std::string() : "-n '" + when + "' ") + "-l " +
                option->get_lnames().front() + " -d " + quoted_help(option->get_description()) + "\n";
    }
  }
  return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  std::vector<Node> nodes;
  collect(app, "", nodes);
  if (shell == "fish") {
    return fish_script(nodes);
  }
  const std::string bash = bash_script(nodes);
  return shell == "zsh" ? "#compdef kimberlite\nautoload -U +X bashcompinit && bashcompinit\n" + bash : bash;
}

}  // namespace kimberlite::cli
