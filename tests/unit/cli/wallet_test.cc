// Key files: what is written is read back, nothing is overwritten, other text is refused; and which key signs what.
#include "cli/wallet.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/files.h"
#include "cli/signer_choice.h"
#include "kimberlite/v1/event.pb.h"
#include "proto/encoding.h"
#include "tests/unit/cli/test_log.h"

namespace kimberlite::cli {
namespace {

TEST(KeyFile, RoundTripWithModeAndWithoutOverwriting) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "keys" / "BW" / "root.key";
  const SecretKey key = key_of("one");
  ASSERT_TRUE(save_new_key(file, key).has_value());
  struct stat status{};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto loaded = load_key(file);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->public_key(), key.public_key());
  EXPECT_NE(read_file(file)->find("# public key " + key.public_key().hex()), std::string::npos);

  const auto again = save_new_key(file, key_of("two"));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().reason, Reason::BAD_REQUEST);
  EXPECT_EQ(load_key(file)->public_key(), key.public_key());
}

TEST(KeyFile, OtherTextIsRefused) {
  const std::string seed = to_base64(std::string(32, 's'));
  const std::string line = "kimberlite-key-v1 " + seed + "\n";
  EXPECT_TRUE(parse_key_file(line, "k").has_value());
  EXPECT_TRUE(parse_key_file("# a comment\n\n" + line, "k").has_value());
  for (const std::string& text :
       {std::string(), std::string("# only a comment\n"), line + line, "kimberlite-key-v2 " + seed + "\n",
        "kimberlite-key-v1 " + seed.substr(4) + "\n", std::string("kimberlite-key-v1 !\n"), seed + "\n"}) {
    const auto key = parse_key_file(text, "some.key");
    ASSERT_FALSE(key.has_value()) << text;
    EXPECT_EQ(key.error().field, "some.key");
  }
}

TEST(Wallet, MissingKeysAreNamed) {
  const TemporaryFolder folder;
  Wallet wallet(folder.path());
  const auto missing = wallet.body("BW", "BW-AUTHORITY");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().reason, Reason::BAD_REQUEST) << "NOT_FOUND is what the ledger says";
  EXPECT_NE(missing.error().field.find("BW/body-BW-AUTHORITY.key"), std::string::npos);
}

class SignerChoiceTest : public ::testing::Test {
 protected:
  SignerChoiceTest() {
    for (const std::string file :
         {"BW/root.key", "BW/body-BW-AUTHORITY.key", "BW/body-OTHER.key", "EC/body-EC-AUTHORITY.key",
          "EC/trader-EC-TRADER-01.key", "WDC/observer.key", "CLOCK/clock.key", "UNSC/sanctions.key"}) {
      EXPECT_TRUE(save_new_key(folder_.path() / file, key_of(file)).has_value());
    }
  }

  std::string signer_of(const std::string& party, const v1::Event& event, const std::string& body = {}) {
    const auto signer = choice_.choose(party, event, body);
    if (!signer) {
      return signer.error().to_string();
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file() && load_key(entry.path())->public_key() == signer->key->public_key()) {
        return std::filesystem::relative(entry.path(), folder_.path()).string();
      }
    }
    return "no file";
  }

  TemporaryFolder folder_;
  GenesisDocument genesis_ = test_genesis();
  Wallet wallet_{folder_.path()};
  SignerChoice choice_{wallet_, genesis_};
};

TEST_F(SignerChoiceTest, ByEventAndParty) {
  v1::Event event;
  event.mutable_advance_clock();
  EXPECT_EQ(signer_of("CLOCK", event), "CLOCK/clock.key");
  event.mutable_measure_lift();
  EXPECT_EQ(signer_of("UNSC", event), "UNSC/sanctions.key");
  EXPECT_EQ(signer_of("BW", event), "BW/root.key");
  event.mutable_certificate_coapprove();
  EXPECT_EQ(signer_of("WDC", event), "WDC/observer.key");
  EXPECT_EQ(signer_of("BW", event), "BW/root.key");
  event.mutable_receipt_acknowledge();
  EXPECT_EQ(signer_of("EC", event, "EC-TRADER-01"), "EC/trader-EC-TRADER-01.key");
  event.mutable_certificate_arrive();
  EXPECT_EQ(signer_of("EC", event), "EC/body-EC-AUTHORITY.key");
  event.mutable_receipt_confirm()->set_body("OTHER");
  EXPECT_EQ(signer_of("BW", event), "BW/body-OTHER.key");
}

TEST_F(SignerChoiceTest, TheIssuingBodyShipsWhatItIssued) {
  v1::Event ship;
  ship.mutable_certificate_ship()->set_number("BW-0000001");
  EXPECT_EQ(signer_of("BW", ship), "BW/body-BW-AUTHORITY.key");
  v1::Event issue;
  issue.mutable_certificate_issue()->set_number("BW-0000001");
  issue.mutable_certificate_issue()->set_body("OTHER");
  EXPECT_EQ(signer_of("BW", issue), "BW/body-OTHER.key");
  EXPECT_EQ(signer_of("BW", ship), "BW/body-OTHER.key");
  EXPECT_EQ(signer_of("BW", ship, "BW-AUTHORITY"), "BW/body-BW-AUTHORITY.key");
}

}  // namespace
}  // namespace kimberlite::cli
