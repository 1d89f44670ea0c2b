"""The rules of the house, as a checker over a tree of sources.

Reads files as text, compiles nothing. `findings(root)` returns one line a fault, "path:line: rule: what is wrong", in
path order; an empty list means that the house stands. The rules come from the design: who may include whom, what may
not appear in the pure rooms, and the habits that keep a file readable. house_test.py shows each rule failing.

    python3 tests/unit/house/house.py [ROOT]    prints the findings, exits 1 if there are any
"""

import os
import re
import sys

# Room -> rooms whose headers it may include, besides its own.
MAY_INCLUDE = {
    "proto": set(),
    "consensus": {"proto"},
    "storage": {"proto"},
    "node/ledger": {"proto"},
    "node/net": {"proto", "consensus", "storage", "node/ledger"},
    "node/runtime": {"proto", "consensus", "storage", "node/ledger", "node/net"},
    "node/api": {"proto", "consensus", "storage", "node/ledger", "node/net", "node/runtime"},
    "cli": {"proto", "node/ledger"},
}
# The daemon's main program joins what runtime and api offer.
EXTRA_FOR_FILE = {"node/runtime/main.cc": {"node/api"}}
# Generated headers: whose stubs may be seen where.
RPC_ROOMS = {"node/api", "cli"}
# The store, its tests, the benchmark that asks RocksDB what this machine's disk can do, and simulated disks.
ROCKSDB_FOLDERS = ("storage/", "tests/unit/storage/", "tests/bench/", "tests/simulation/whole_node/")

PURE_ROOMS = {"consensus", "node/ledger"}
PURE_FORBIDDEN_HEADERS = {
    "random", "thread", "mutex", "shared_mutex", "condition_variable", "future", "atomic", "ctime", "time.h",
    "sys/time.h", "unordered_map", "unordered_set", "fstream", "iostream",
}
PURE_FORBIDDEN_WORDS = re.compile(
    r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday|random_device|mt19937(?:_64)?|"
    r"unordered_(?:multi)?(?:map|set)|rand|getenv)\b")
NO_FLOAT_ROOMS = {"proto", "consensus", "storage", "node/ledger"}
FLOAT_WORDS = re.compile(r"\b(double|float)\b")

LINES_MAX = 600
# Written in halves so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|X" + "XX|HA" + r"CK)\b")
SWITCHED_OFF = re.compile(r"\b(GTEST_" + r"SKIP|DISABLED_\w+)\b")

SOURCE_SUFFIXES = (".h", ".cc")
TEXT_SUFFIXES = (".h", ".cc", ".proto", ".py", ".sh", ".cmake", ".md", ".toml", ".txt", ".json")
SKIPPED_FOLDERS = {"build", ".git", ".cache", "__pycache__"}
DATA_FOLDERS = ("tests/data/", "deploy/quickstart/data/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def room_of(path):
    """The room that a path lies in, or None outside of the rooms."""
    for room in MAY_INCLUDE:
        if path.startswith(room + "/"):
            return room
    return None


def without_comments_and_texts(text):
    """The same text with comments and literals blanked out; line numbers stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def files_under(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def include_faults(path, lines):
    room = room_of(path)
    in_tests = path.startswith("tests/")
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        target = found.group(2)
        if target.startswith("rocksdb/") and not path.startswith(ROCKSDB_FOLDERS):
            yield number, "rocksdb", f"only storage/ may include <{target}>"
        if room is None:
            continue
        if target.startswith("tests/"):
            yield number, "include-graph", f"{room} includes a test's header, {target}"
        other = "rpc" if re.match(r"kimberlite/v1/service\.", target) else room_of(target)
        if other == "rpc":
            if room not in RPC_ROOMS:
                yield number, "include-graph", f"{room} may not speak gRPC: {target}"
        elif other and other != room and other not in MAY_INCLUDE[room] | EXTRA_FOR_FILE.get(path, set()):
            yield number, "include-graph", f"{room} may not include {other}: {target}"
        elif found.group(1) == '"' and other is None and not target.startswith(("kimberlite/v1/", "tests/")):
            yield number, "include-path", f"write the path from the repository's root: {target}"
        if room in PURE_ROOMS and target in PURE_FORBIDDEN_HEADERS:
            yield number, "purity", f"{room} may not include <{target}>"
    if path.endswith(".h") and not any(line.strip() == "#pragma once" for line in lines):
        yield 1, "pragma-once", "a header without #pragma once"
    if path.endswith(SOURCE_SUFFIXES) and room and not in_tests and not (lines and lines[0].startswith("//")):
        if path.endswith(".h"):
            yield 1, "first-lines", "the first line must say what the file is for"


def word_faults(path, text):
    room = room_of(path)
    if room is None:
        return
    for number, line in enumerate(without_comments_and_texts(text).split("\n"), 1):
        if room in PURE_ROOMS and path.endswith(SOURCE_SUFFIXES):
            for found in PURE_FORBIDDEN_WORDS.finditer(line):
                if not line.lstrip().startswith("#"):
                    yield number, "purity", f"{room} may not use {found.group()}"
        if room in NO_FLOAT_ROOMS:
            for found in FLOAT_WORDS.finditer(line):
                yield number, "no-floating-point", f"{room} may not use {found.group()}"


def text_faults(path, lines):
    if path.endswith(SOURCE_SUFFIXES) and len(lines) > LINES_MAX:
        yield LINES_MAX + 1, "length", f"{len(lines)} lines; split it, {LINES_MAX} is the most"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield number, "unfinished", f"finish it or leave it out: {line.strip()[:60]}"
        if path.startswith("tests/") and path.endswith(SOURCE_SUFFIXES) and SWITCHED_OFF.search(line):
            yield number, "switched-off", f"no test is switched off: {line.strip()[:60]}"


def link_faults(root, path, lines):
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced:
            continue
        for found in LINK.finditer(line):
            target = found.group(1).split("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            place = os.path.normpath(os.path.join(root, os.path.dirname(path), target))
            if not os.path.exists(place):
                yield number, "dead-link", f"{target} does not exist"


def findings(root):
    """Every fault in the tree, sorted by path and line."""
    faults = []
    for path in files_under(root):
        if not path.endswith(TEXT_SUFFIXES) or path.startswith(DATA_FOLDERS):
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        lines = text.split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        found = list(text_faults(path, lines))
        if path.endswith(SOURCE_SUFFIXES):
            found += include_faults(path, lines)
        if path.endswith(SOURCE_SUFFIXES + (".proto",)):
            found += word_faults(path, text)
        if path.endswith(".md"):
            found += link_faults(root, path, lines)
        faults += [f"{path}:{number}: {rule}: {what}" for number, rule, what in sorted(found)]
    return faults


def main(arguments):
    root = arguments[1] if len(arguments) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
    faults = findings(root)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
