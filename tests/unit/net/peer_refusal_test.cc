// What strangers and misbehaving peers do to a node, one test a kind: wrong keys, wrong TLS, garbage, bad frames, other
// networks, floods. Each is refused with its own reason, and an honest peer connects afterwards all the same.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "kimberlite/v1/peer.pb.h"
#include "node/net/frame.h"
#include "node/net/hello.h"
#include "node/net/internal/wall_clock.h"
#include "node/net/peer_network.h"
#include "node/net/tls_identity.h"
#include "proto/strict.h"
#include "tests/unit/net/raw_peer.h"
#include "tests/unit/net/test_node.h"

namespace kimberlite::net {
namespace {

class PeerRefusalTest : public testing::Test {
 protected:
  std::vector<SecretKey> keys_ = ascending_keys(4);
  const SecretKey& dialler_ = keys_[0];
  const SecretKey& listener_ = keys_[1];
  const SecretKey& greater_ = keys_[2];
  const SecretKey& stranger_ = keys_[3];
  TestNode node_{listener_, {{&dialler_, 1}}};

  static std::string our_hello() { return encode_hello(test_chain_id(), "raw peer", wall_clock_now(), 7); }

  /// An accepted connection that has said its Hello.
  std::unique_ptr<RawPeer> established(std::size_t connects) {
    auto peer = std::make_unique<RawPeer>(node_.port());
    EXPECT_TRUE(peer->handshake(dialler_));
    EXPECT_TRUE(peer->write_frame(our_hello()));
    EXPECT_TRUE(node_.wait_connects(connects));
    EXPECT_TRUE(peer->read_frame().has_value());
    return peer;
  }

  /// The node still takes the peer it knows.
  void expect_honest_peer_connects() {
    const std::size_t before = node_.hellos().size();
    TestNode honest(dialler_, {{&listener_, node_.port()}});
    EXPECT_TRUE(node_.wait_connects(before + 1));
    EXPECT_TRUE(honest.wait_connects(1));
    honest.send(0, Priority::kVote, "honest");
    EXPECT_TRUE(node_.wait_frames(1));
  }

  /// A client that completes TLS or not, but is refused before it is a peer.
  void expect_stranger_refused(const SecretKey& key, const std::function<void(SSL_CTX*)>& alter,
                               const std::string& why) {
    RawPeer peer(node_.port());
    // In TLS 1.3 a client may finish before the server has looked at its certificate.
    if (peer.handshake(key, alter)) peer.write_frame(our_hello());
    EXPECT_TRUE(peer.closed());
    EXPECT_TRUE(node_.wait_refused(1));
    EXPECT_NE(node_.network().listener().last_refusal.find(why), std::string::npos)
        << node_.network().listener().last_refusal;
    EXPECT_TRUE(node_.hellos().empty());
    expect_honest_peer_connects();
  }

  /// An established peer sends these bytes (inside TLS), is disconnected for it, counted, and taken back later.
  void expect_punished(const std::string& bytes, const std::string& why) {
    const auto peer = established(1);
    EXPECT_TRUE(peer->write(bytes));
    EXPECT_TRUE(node_.wait_disconnects(1));
    EXPECT_TRUE(peer->closed());
    EXPECT_EQ(node_.disconnects()[0].reason, Reason::MALFORMED);
    EXPECT_NE(node_.disconnects()[0].message.find(why), std::string::npos) << node_.disconnects()[0].message;
    EXPECT_EQ(node_.state(0).punishments, 1U);
    EXPECT_NE(node_.state(0).last_error.find("MALFORMED"), std::string::npos);
    EXPECT_TRUE(node_.frames().empty());
    expect_honest_peer_connects();
  }

  /// A known peer whose first frame is refused.
  void expect_first_frame_refused(const std::string& bytes, Reason reason) {
    RawPeer peer(node_.port());
    EXPECT_TRUE(peer.handshake(dialler_));
    EXPECT_TRUE(peer.write(bytes));
    EXPECT_TRUE(node_.wait_disconnects(1));
    EXPECT_EQ(node_.disconnects()[0].reason, reason);
    EXPECT_TRUE(node_.hellos().empty());
    EXPECT_TRUE(node_.frames().empty());
    expect_honest_peer_connects();
  }

  static std::string framed(const std::string& payload) {
    const auto header = frame_header(payload.size());
    return std::string(header.data(), header.size()) + payload;
  }
};

// Keys and TLS.

TEST_F(PeerRefusalTest, ADialledPeerMustBeTheOneDialled) {
  // Where the node expects the peer with the greater key, a stranger listens that would take it.
  TestNode impostor(stranger_, {{&dialler_, 1}});
  TestNode dialling(dialler_, {{&greater_, impostor.port()}});
  ASSERT_TRUE(dialling.wait_disconnects(1));
  const Error why = dialling.disconnects()[0];
  EXPECT_EQ(why.reason, Reason::UNKNOWN_KEY);
  EXPECT_NE(why.message.find(stranger_.public_key().hex()), std::string::npos);
  EXPECT_NE(why.message.find(greater_.public_key().hex()), std::string::npos);
  EXPECT_TRUE(dialling.hellos().empty());
  EXPECT_TRUE(impostor.hellos().empty());
}

TEST_F(PeerRefusalTest, UnknownKey) {
  expect_stranger_refused(stranger_, {}, stranger_.public_key().hex());
}

TEST_F(PeerRefusalTest, APeerThatOughtToListenMayNotDial) {
  TestNode node(listener_, {{&dialler_, 1}, {&greater_, 1}});
  RawPeer peer(node.port());
  if (peer.handshake(greater_)) peer.write_frame(our_hello());
  EXPECT_TRUE(peer.closed());
  ASSERT_TRUE(node.wait_refused(1));
  EXPECT_NE(node.network().listener().last_refusal.find("UNKNOWN_KEY"), std::string::npos);
  EXPECT_TRUE(node.hellos().empty());
}

TEST_F(PeerRefusalTest, KeyWithoutItsSecret) {
  // The dialler's certificate, public for all to copy, with another secret key: TLS does not let it pass.
  const auto victim = make_tls_context(dialler_);
  X509* stolen = SSL_CTX_get0_certificate(const_cast<boost::asio::ssl::context&>(*victim).native_handle());
  RawPeer peer(node_.port());
  bool used = false;
  const bool secured = peer.handshake(stranger_, [&](SSL_CTX* context) {
    EVP_PKEY* own = EVP_PKEY_dup(SSL_CTX_get0_privatekey(context));
    SSL_CTX_use_certificate(context, stolen);
    used = SSL_CTX_use_PrivateKey(context, own) == 1 && SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(own);
  });
  EXPECT_FALSE(used);
  if (secured) peer.write_frame(our_hello());
  EXPECT_TRUE(peer.closed());
  EXPECT_TRUE(node_.hellos().empty());
}

TEST_F(PeerRefusalTest, ClientWithoutCertificate) {
  const auto forget = [](SSL* session, void* /*unused*/) {
    SSL_certs_clear(session);
    return 1;
  };
  expect_stranger_refused(
      dialler_, [&](SSL_CTX* context) { SSL_CTX_set_cert_cb(context, forget, nullptr); },
      "peer did not return a certificate");
}

TEST_F(PeerRefusalTest, CertificateOfAnotherKindOfKey) {
  const auto use_elliptic_curve_key = [](SSL* session, void* /*unused*/) {
    std::string curve = "P-256";  // OpenSSL's macro takes text that could be written to
    EVP_PKEY* key = EVP_EC_gen(curve.data());
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    SSL_certs_clear(session);
    const int used = SSL_use_certificate(session, certificate) + SSL_use_PrivateKey(session, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return used == 2 ? 1 : 0;
  };
  expect_stranger_refused(
      dialler_,
      [&](SSL_CTX* context) {
        std::string algorithms = "ed25519:ECDSA+SHA256";  // as above
        SSL_CTX_set1_sigalgs_list(context, algorithms.data());
        SSL_CTX_set_cert_cb(context, use_elliptic_curve_key, nullptr);
      },
      "TLS handshake");
}

TEST_F(PeerRefusalTest, AnExpiredCertificateIsNoReasonToRefuse) {
  // The pinned key is the identity: whatever dates its certificate bears, the consortium must not fall apart over them.
  RawPeer peer(node_.port());
  ASSERT_TRUE(peer.handshake(dialler_, [](SSL_CTX* context) {
    X509* certificate = X509_dup(SSL_CTX_get0_certificate(context));
    EVP_PKEY* key = EVP_PKEY_dup(SSL_CTX_get0_privatekey(context));
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), -3600);
    EXPECT_GT(X509_sign(certificate, key, nullptr), 0);
    EXPECT_EQ(SSL_CTX_use_certificate(context, certificate), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }));
  peer.write_frame(our_hello());
  EXPECT_TRUE(node_.wait_connects(1));
}

TEST_F(PeerRefusalTest, Tls12) {
  expect_stranger_refused(
      dialler_,
      [](SSL_CTX* context) {
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
        SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
      },
      "TLS handshake");
}

TEST_F(PeerRefusalTest, AnotherApplicationProtocol) {
  expect_stranger_refused(
      dialler_,
      [](SSL_CTX* context) {
        constexpr unsigned char kHttp2[] = {2, 'h', '2'};
        EXPECT_EQ(SSL_CTX_set_alpn_protos(context, kHttp2, sizeof kHttp2), 0);
      },
      "TLS handshake");
}

TEST_F(PeerRefusalTest, NoApplicationProtocol) {
  expect_stranger_refused(
      dialler_, [](SSL_CTX* context) { SSL_CTX_set_alpn_protos(context, nullptr, 0); }, "kimberlite/1");
}

TEST_F(PeerRefusalTest, PlainTextOnThePort) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(5000, '\0'), std::string(5000, '\xff'),
        std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x')}) {
    RawPeer peer(node_.port());
    peer.write_plain(bytes);
    EXPECT_TRUE(peer.closed());
  }
  EXPECT_TRUE(node_.wait_refused(4));
  expect_honest_peer_connects();
}

// Frames.

TEST_F(PeerRefusalTest, OversizedFrame) {
  expect_punished(std::string("\x00\x40\x00\x01", 4), "announces 4194305");
}

TEST_F(PeerRefusalTest, ZeroLengthFrame) {
  expect_punished(std::string(4, '\0'), "announces 0");
}

TEST_F(PeerRefusalTest, TruncatedFrame) {
  auto peer = established(1);
  EXPECT_TRUE(peer->write(framed("whole") + std::string("\x00\x00\x00\x09half", 8)));
  ASSERT_TRUE(node_.wait_frames(1));
  peer.reset();
  ASSERT_TRUE(node_.wait_disconnects(1));
  EXPECT_NE(node_.disconnects()[0].message.find("in the middle of a frame"), std::string::npos);
  EXPECT_EQ(node_.frames(), std::vector<std::string>{"whole"});
  EXPECT_EQ(node_.state(0).punishments, 0U);  // a broken line is nobody's fault
}

TEST_F(PeerRefusalTest, TlsRecordsTamperedWith) {
  auto peer = established(1);
  peer->write_plain(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  ASSERT_TRUE(node_.wait_disconnects(1));
  EXPECT_TRUE(peer->closed());
  EXPECT_TRUE(node_.frames().empty());
}

TEST_F(PeerRefusalTest, TheRuntimesVerdictPunishes) {
  auto peer = established(1);
  node_.network().punish(0, Error{Reason::BAD_SIGNATURE, "vote.signature", "not a signature of BW"});
  EXPECT_TRUE(peer->closed());
  ASSERT_TRUE(node_.wait_disconnects(1));
  EXPECT_EQ(node_.disconnects()[0].reason, Reason::BAD_SIGNATURE);
  EXPECT_EQ(node_.state(0).punishments, 1U);
  expect_honest_peer_connects();
}

TEST_F(PeerRefusalTest, PunishingAnAbsentPeerDoesNothing) {
  node_.network().punish(0, Error{Reason::BAD_SIGNATURE, "", "late"});
  expect_honest_peer_connects();
  EXPECT_EQ(node_.state(0).punishments, 0U);
}

// Hellos.

TEST_F(PeerRefusalTest, FirstFrameThatIsNoHello) {
  v1::PeerMessage message;
  message.mutable_block_request()->set_digest("x");
  expect_first_frame_refused(framed(serialize_canonical(message)), Reason::MALFORMED);
}

TEST_F(PeerRefusalTest, FirstFrameThatIsNoMessage) {
  expect_first_frame_refused(framed("garbage"), Reason::MALFORMED);
}

TEST_F(PeerRefusalTest, FirstFrameLargerThanAnyHello) {
  expect_first_frame_refused(std::string("\x00\x00\x10\x01", 4), Reason::MALFORMED);
}

TEST_F(PeerRefusalTest, HelloOfAnotherProtocol) {
  v1::PeerMessage message;
  ASSERT_TRUE(message.ParseFromString(our_hello()));
  message.mutable_hello()->set_protocol(9);
  expect_first_frame_refused(framed(serialize_canonical(message)), Reason::WRONG_NETWORK);
}

TEST_F(PeerRefusalTest, HelloOfAnotherChainIsToldToBothSides) {
  const Digest other = sha256("another network");
  TestNode astray(dialler_, {{&listener_, node_.port()}}, TestNode::Setup{.chain_id = other});
  ASSERT_TRUE(node_.wait_disconnects(1));
  ASSERT_TRUE(astray.wait_disconnects(1));
  for (TestNode* node : {&node_, &astray}) {
    const Error why = node->disconnects()[0];
    EXPECT_EQ(why.reason, Reason::WRONG_NETWORK) << why.to_string();
    EXPECT_NE(why.message.find(other.hex()), std::string::npos);
    EXPECT_NE(why.message.find(test_chain_id().hex()), std::string::npos);
    EXPECT_NE(node->state(0).last_error.find("WRONG_NETWORK"), std::string::npos);
    EXPECT_TRUE(node->hellos().empty());
    EXPECT_FALSE(node->state(0).connected);
  }
}

// Floods.

TEST_F(PeerRefusalTest, AFloodOfHandshakesIsCutAndHarmsNoConnectedPeer) {
  auto peer = established(1);
  std::vector<std::unique_ptr<RawPeer>> flood;
  for (std::size_t i = 0; i < kHandshakesMax + 10; ++i) flood.push_back(std::make_unique<RawPeer>(node_.port()));
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(flood[i]->closed());
  ASSERT_TRUE(node_.wait_refused(10));
  EXPECT_EQ(node_.network().listener().refused, 10U);
  EXPECT_NE(node_.network().listener().last_refusal.find("64 handshakes"), std::string::npos);
  EXPECT_FALSE(flood.back()->anything_arrives(0));
  EXPECT_TRUE(peer->write_frame("still here"));
  EXPECT_TRUE(node_.wait_frames(1));
  flood.clear();
  peer.reset();
  ASSERT_TRUE(node_.wait_refused(10 + kHandshakesMax));
  expect_honest_peer_connects();
}

TEST_F(PeerRefusalTest, AFloodThatHoldsEveryPlaceDoesNotKeepAPeerOut) {
  std::vector<std::unique_ptr<RawPeer>> flood;
  for (std::size_t i = 0; i < kHandshakesMax; ++i) flood.push_back(std::make_unique<RawPeer>(node_.port()));
  expect_honest_peer_connects();
  EXPECT_TRUE(flood.front()->closed());
  ASSERT_TRUE(node_.wait_refused(1));
  // No place became free by a timeout: the peer got in while the others were held.
  EXPECT_FALSE(flood.back()->anything_arrives(0));
  EXPECT_EQ(node_.network().listener().refused, 1U);
}

TEST_F(PeerRefusalTest, AFloodCrowdsOutItselfBeforeAnotherAddress) {
  RawPeer slow(node_.port(), 0, "127.0.0.2");  // the oldest of all, but alone at its address
  std::vector<std::unique_ptr<RawPeer>> flood;
  for (std::size_t i = 0; i < 2 * kHandshakesMax; ++i) flood.push_back(std::make_unique<RawPeer>(node_.port()));
  ASSERT_TRUE(node_.wait_refused(kHandshakesMax + 1));
  EXPECT_TRUE(flood[kHandshakesMax]->closed());
  ASSERT_TRUE(slow.handshake(dialler_));
  EXPECT_TRUE(slow.write_frame(our_hello()));
  EXPECT_TRUE(node_.wait_connects(1));
}

TEST_F(PeerRefusalTest, ASilentStrangerIsCutAfterTheHandshakeTimeout) {
  RawPeer silent(node_.port());
  EXPECT_TRUE(silent.closed());
  ASSERT_TRUE(node_.wait_refused(1));
  EXPECT_NE(node_.network().listener().last_refusal.find("no handshake within"), std::string::npos);
}

}  // namespace
}  // namespace kimberlite::net
