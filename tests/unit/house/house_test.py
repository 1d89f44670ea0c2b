"""Holds this tree to the rules of the house, and shows that each rule can fail.

Runs under ctest as house.include_graph. It does not cover what the compiler and the linker enforce (one target a room)
nor what clang-tidy measures (length of functions, names).
"""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import house  # noqa: E402

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
HEADER = "// What it is for.\n#pragma once\n"


class ThisTree(unittest.TestCase):
    def test_stands(self):
        faults = house.findings(ROOT)
        self.assertEqual(faults, [], "\n" + "\n".join(faults))

    def test_is_the_real_one(self):
        paths = set(house.files_under(ROOT))
        for room in house.MAY_INCLUDE:
            self.assertTrue(any(path.startswith(room + "/") for path in paths), f"no file of {room} was seen")


class BadTrees(unittest.TestCase):
    """One deliberately bad file each; exactly the expected rule must speak."""

    def rules_broken_by(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return [fault.split(": ")[1] for fault in house.findings(root)]

    def assert_breaks(self, rule, path, text):
        self.assertEqual(self.rules_broken_by({path: text}), [rule])

    def test_good_tree_passes(self):
        self.assertEqual(self.rules_broken_by({
            "proto/a.h": HEADER + "#include <string>\n",
            "consensus/b.h": HEADER + '#include "proto/a.h"\n// double, TODAY, std::mutex in a comment\n',
            "node/api/c.cc": '#include "node/runtime/d.h"\n#include "kimberlite/v1/service.grpc.pb.h"\n',
            "node/runtime/main.cc": '#include "node/api/c.h"\n',
            "storage/e.cc": "#include <rocksdb/db.h>\n#include <mutex>\n",
            "README.md": "[a](proto/a.h) [web](https://example.org) [here](#there)\n```\n[not a link](nowhere)\n```\n",
        }), [])

    def test_every_forbidden_edge(self):
        for room in house.MAY_INCLUDE:
            for other in house.MAY_INCLUDE:
                with self.subTest(room=room, other=other):
                    broken = self.rules_broken_by({room + "/x.cc": f'#include "{other}/y.h"\n'})
                    allowed = other == room or other in house.MAY_INCLUDE[room]
                    self.assertEqual(broken, [] if allowed else ["include-graph"])

    def test_rooms_that_stay_apart(self):
        # Written out, so that an edit of the table above cannot quietly open a door.
        for room, other in [("proto", "consensus"), ("consensus", "storage"), ("storage", "node/ledger"),
                            ("node/ledger", "consensus"), ("cli", "node/runtime"), ("cli", "storage"),
                            ("node/net", "node/runtime"), ("node/runtime", "node/api")]:
            self.assert_breaks("include-graph", room + "/x.cc", f'#include "{other}/y.h"\n')

    def test_stubs_outside_api_and_cli(self):
        self.assert_breaks("include-graph", "node/runtime/x.cc", '#include "kimberlite/v1/service.grpc.pb.h"\n')

    def test_tests_in_production(self):
        self.assert_breaks("include-graph", "proto/x.cc", '#include "tests/unit/proto/samples.h"\n')

    def test_relative_path(self):
        self.assert_breaks("include-path", "proto/x.cc", '#include "y.h"\n')

    def test_rocksdb_outside_storage(self):
        self.assert_breaks("rocksdb", "node/runtime/x.cc", "#include <rocksdb/db.h>\n")
        self.assert_breaks("rocksdb", "tests/cluster/x.cc", "#include <rocksdb/db.h>\n")

    def test_impure_headers(self):
        for header in ("random", "thread", "mutex", "unordered_map", "unordered_set"):
            for room in ("consensus", "node/ledger"):
                self.assert_breaks("purity", room + "/x.cc", f"#include <{header}>\n")

    def test_impure_words(self):
        for word in ("std::chrono::system_clock::now()", "std::chrono::steady_clock::now()", "rand()"):
            self.assert_breaks("purity", "consensus/x.cc", f"auto t = {word};\n")

    def test_floating_point(self):
        for room in ("proto", "consensus", "storage", "node/ledger"):
            self.assert_breaks("no-floating-point", room + "/x.cc", "double carats = 0;\n")
            self.assert_breaks("no-floating-point", room + "/x.cc", "float carats = 0;\n")
        self.assert_breaks("no-floating-point", "proto/kimberlite/v1/x.proto", "message M { double d = 1; }\n")

    def test_pragma_once(self):
        self.assert_breaks("pragma-once", "proto/x.h", "// What it is for.\n")

    def test_first_lines(self):
        self.assert_breaks("first-lines", "proto/x.h", "#pragma once\n")

    def test_too_long(self):
        self.assertEqual(self.rules_broken_by({"proto/x.cc": "int a;\n" * house.LINES_MAX}), [])
        self.assert_breaks("length", "proto/x.cc", "int a;\n" * (house.LINES_MAX + 1))

    def test_unfinished(self):
        self.assert_breaks("unfinished", "cli/x.cc", "// TO" + "DO: later\n")
        self.assert_breaks("unfinished", "deploy/x.sh", "# FIX" + "ME\n")

    def test_switched_off(self):
        self.assert_breaks("switched-off", "tests/unit/proto/x_test.cc", "TEST(A, " + "DISABLED_" + "b) {}\n")
        self.assert_breaks("switched-off", "tests/unit/proto/x_test.cc", "GTEST_SKIP" + "();\n")

    def test_dead_link(self):
        self.assert_breaks("dead-link", "README.md", "[gone](docs/gone.md)\n")


if __name__ == "__main__":
    unittest.main()
