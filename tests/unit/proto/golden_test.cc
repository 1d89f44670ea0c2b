// The formats do not change by accident: what this build computes is what tests/data/vectors/golden.txt says.
#include "golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "vector_file.h"

namespace kimberlite {
namespace {

TEST(Golden, ThisBuildGivesTheBytesOnFile) {
  const std::string computed = test::golden_vectors();
  if (std::getenv("KIMBERLITE_WRITE_VECTORS") != nullptr) {
    std::ofstream(test::vector_path("golden.txt"), std::ios::binary) << computed;
  }
  const std::vector<std::string> expected = test::split(test::read_vector_file("golden.txt"), '\n');
  const std::vector<std::string> found = test::split(computed, '\n');
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].substr(0, 2'000), expected[i].substr(0, 2'000)) << "line " << i + 1;
    EXPECT_TRUE(found[i] == expected[i]) << "line " << i + 1;
  }
}

TEST(Golden, CoversEveryRule) {
  const std::string text = test::golden_vectors();
  for (const char* kind :
       {"\ntagged|kimberlite/v1/vector/Event/incident_report|", "\nsigned-envelope|", "\naccepted-leaf|", "\nleaf|",
        "\nlog-root|", "\nmap-leaf|", "\nmap-root|", "\ncheckpoint|", "\nnote-key|", "\nvalidators|",
        "\ntagged|kimberlite/v1/genesis|", "\ntagged|kimberlite/v1/envelope|"}) {
    EXPECT_NE(text.find(kind), std::string::npos) << kind;
  }
}

// proto/README.md shows whole digests, keys and roots: each is on file as a vector.
TEST(Golden, ExamplesOfTheReadmeAreVectors) {
  const std::string vectors = test::read_vector_file("golden.txt");
  const std::string readme = test::read_vector_file("../../../proto/README.md");
  constexpr std::size_t kDigits = 64;
  std::size_t shown = 0;
  for (std::size_t at = 0; at < readme.size(); ++at) {
    const std::size_t end = std::min(readme.find_first_not_of("0123456789abcdef", at), readme.size());
    if (end - at == kDigits) {
      EXPECT_NE(vectors.find(readme.substr(at, kDigits)), std::string::npos) << readme.substr(at, kDigits);
      ++shown;
    }
    at = end;
  }
  EXPECT_GE(shown, 10U);
}

int run_check(const std::string& file) {
  const std::string command = "python3 '" + test::vector_path("check.py") + "' '" + file + "' >/dev/null 2>&1";
  return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe): a test of one thread
}

TEST(Golden, AnotherProgramAgrees) {
  EXPECT_EQ(run_check(test::vector_path("golden.txt")), 0);
}

TEST(Golden, TheOtherProgramSeesAnAlteredLine) {
  const std::string text = test::read_vector_file("golden.txt");
  const std::string file = ::testing::TempDir() + "kimberlite_altered_vectors.txt";
  for (const char* kind : {"\ntagged|", "\nmap-root|", "\ncheckpoint|"}) {
    std::string altered = text;
    char& last = altered[altered.find('\n', altered.find(kind) + 1) - 1];
    last = last == '0' ? '1' : '0';
    std::ofstream(file, std::ios::binary) << altered;
    EXPECT_NE(run_check(file), 0) << kind;
  }
}

}  // namespace
}  // namespace kimberlite
