// Tables as people see them.
#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace kimberlite::cli {
namespace {

TEST(Table, AlignsColumnsByWhatIsSeen) {
  Table table({"name", ">carats", "note"});
  table.add({"Côte", "1.00", "a"});
  table.add({"BW", "1,250.00", ""});
  std::ostringstream out;
  table.print(out);
  EXPECT_EQ(out.str(),
            "name    carats  note\n"
            "Côte      1.00  a\n"
            "BW    1,250.00\n");
}

TEST(Table, FieldListLeavesOutWhatIsEmpty) {
  FieldList fields;
  fields.add("number", "BW-0000001");
  fields.add("origin", "");
  fields.add("to", "EC");
  std::ostringstream out;
  fields.print(out);
  EXPECT_EQ(out.str(), "number  BW-0000001\nto      EC\n");
}

TEST(Table, Grouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace kimberlite::cli
