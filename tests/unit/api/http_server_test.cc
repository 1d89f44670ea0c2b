// HTTP over real sockets: methods, headers, keep-alive, limits, malformed requests, a full house, and a clean stop.
#include "node/api/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/unit/api/http_client.h"
#include "tests/unit/api/log_fixture.h"

namespace kimberlite::api {
namespace {

using testing::HasSubstr;

class HttpServerTest : public testing::Test {
 protected:
  LogFixture log_{300};
  std::unique_ptr<HttpServer> server_ = start(log_.sources());

  static std::unique_ptr<HttpServer> start(HttpSources sources) {
    auto server = HttpServer::start("127.0.0.1:0", std::move(sources));
    EXPECT_TRUE(server.has_value()) << server.error().to_string();
    return *std::move(server);
  }
};

TEST_F(HttpServerTest, OneConnectionCarriesManyRequests) {
  HttpClient client(server_->port());
  for (int i = 0; i < 20; ++i) {
    const auto reply = client.ask("GET", "/checkpoint");
    ASSERT_TRUE(reply.has_value()) << i;
    EXPECT_EQ(reply->status, 200U);
    EXPECT_EQ(reply->body, "note\n");
  }
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  HttpClient client(server_->port());
  client.send("GET /livez HTTP/1.1\r\nHost: n\r\n\r\nGET /checkpoint HTTP/1.1\r\nHost: n\r\n\r\n");
  EXPECT_EQ(client.read()->body, "alive\n");
  EXPECT_EQ(client.read()->body, "note\n");
}

TEST_F(HttpServerTest, HeadersOfATile) {
  HttpClient client(server_->port());
  const auto reply = client.ask("GET", "/tile/0/000");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 200U);
  EXPECT_EQ(reply->body.size(), 8192U);
  EXPECT_EQ(reply->headers.at("content-type"), "application/octet-stream");
  EXPECT_EQ(reply->headers.at("access-control-allow-origin"), "*");
  EXPECT_THAT(reply->headers.at("cache-control"), HasSubstr("max-age=31536000"));
}

TEST_F(HttpServerTest, PrivateAnswersCarryNoCrossOriginHeader) {
  HttpClient client(server_->port());
  EXPECT_FALSE(client.ask("GET", "/metrics")->headers.contains("access-control-allow-origin"));
}

TEST_F(HttpServerTest, HeadSaysTheSameWithoutTheBody) {
  HttpClient client(server_->port());
  const auto head = client.ask("HEAD", "/tile/0/000");
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->status, 200U);
  EXPECT_EQ(head->headers.at("content-length"), "8192");
  EXPECT_EQ(client.ask("GET", "/livez")->body, "alive\n");  // no stray body in between
}

TEST_F(HttpServerTest, OtherMethodsAreRefusedAndToldWhich) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
    HttpClient client(server_->port());
    const auto reply = client.ask(method, "/checkpoint");
    ASSERT_TRUE(reply.has_value()) << method;
    EXPECT_EQ(reply->status, 405U) << method;
    EXPECT_EQ(reply->headers.at("allow"), "GET, HEAD");
  }
}

TEST_F(HttpServerTest, ABodyIsNeverRead) {
  HttpClient post(server_->port());
  post.send("POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(post.read()->status, 405U);
  EXPECT_TRUE(post.closed());
  HttpClient get(server_->port());
  get.send("GET / HTTP/1.1\r\nHost: n\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(get.read()->status, 400U);
  EXPECT_TRUE(get.closed());
  HttpClient chunked(server_->port());
  chunked.send("GET / HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read()->status, 400U);
  EXPECT_TRUE(chunked.closed());
}

TEST_F(HttpServerTest, ConnectionCloseIsHonoured) {
  HttpClient client(server_->port());
  client.send("GET /livez HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read()->body, "alive\n");
  EXPECT_TRUE(client.closed());
  HttpClient old(server_->port());
  old.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read()->body, "alive\n");
  EXPECT_TRUE(old.closed());
}

TEST_F(HttpServerTest, MalformedRequestsAreBadRequests) {
  for (const std::string& bytes :
       {std::string("garbage\r\n\r\n"), std::string("GET\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"),
        std::string("GET / FTP/1.1\r\n\r\n"), std::string("GET / HTTP/1.1\r\nno colon\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        std::string("\x16\x03\x01\x00\x05hello\r\n\r\n", 15), std::string("GET /\x01 HTTP/1.1\r\n\r\n"),
        std::string("GET http://node/ HTTP/1.1\r\nHost: n\r\n\r\n"),
        std::string("GET checkpoint HTTP/1.1\r\nHost: n\r\n\r\n")}) {
    HttpClient client(server_->port());
    client.send(bytes);
    const auto reply = client.read();
    ASSERT_TRUE(reply.has_value()) << bytes;
    EXPECT_EQ(reply->status, 400U) << bytes;
  }
}

TEST_F(HttpServerTest, OversizedHeadersAreRefused) {
  HttpClient client(server_->port());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(2 * kHttpRequestBytesMax, 'x') + "\r\n\r\n");
  const auto reply = client.read();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 431U);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AFullHouseTurnsAwayAndEmptiesAgain) {
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (std::size_t i = 0; i < kHttpConnectionsMax; ++i) {
    clients.push_back(std::make_unique<HttpClient>(server_->port()));
    ASSERT_EQ(clients.back()->ask("GET", "/livez")->status, 200U) << i;
  }
  HttpClient late(server_->port());
  EXPECT_TRUE(late.closed());
  EXPECT_EQ(clients.front()->ask("GET", "/livez")->status, 200U);
  clients.clear();
  bool served = false;
  for (int attempt = 0; attempt < 3000 && !served; ++attempt) {
    HttpClient next(server_->port());
    const auto reply = next.ask("GET", "/livez");
    served = reply.has_value() && reply->status == 200;
    if (!served) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(served);
}

TEST_F(HttpServerTest, AnswersThatNobodyReadsAreBoundedInMemory) {
  // Each answer is a quarter of the bound; clients that do not read keep theirs in memory.
  HttpSources sources = log_.sources();
  sources.metrics = [] { return std::string(kHttpAnswerBytesMax / 4, 'm'); };
  const auto server = start(std::move(sources));
  const auto ask = [&] {
    auto client = std::make_unique<HttpClient>(server->port());
    client->send("GET /metrics HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n");
    const auto head = client->read(true);
    return std::pair{std::move(client), head.has_value() ? head->status : 0};
  };
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 4; ++i) {
    auto [client, status] = ask();
    ASSERT_EQ(status, 200U);
    slow.push_back(std::move(client));
  }
  EXPECT_EQ(ask().second, 503U);
  EXPECT_TRUE(slow.front()->closed());  // reads it to its end
  EXPECT_EQ(ask().second, 200U);
}

TEST_F(HttpServerTest, ManyClientsAtOnceGetTheirOwnAnswers) {
  std::atomic<int> wrong{};
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      HttpClient client(server_->port());
      for (unsigned i = 0; i < 100; ++i) {
        const unsigned width = 1 + (thread * 100 + i) % 44;
        const auto reply = client.ask("GET", "/tile/0/001.p/" + std::to_string(width));
        if (!reply || reply->status != 200 || reply->body.size() != width * 32) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(HttpServerTest, StoppingEndsConnections) {
  HttpClient idle(server_->port());
  EXPECT_EQ(idle.ask("GET", "/livez")->status, 200U);
  server_.reset();
  EXPECT_TRUE(idle.closed());
}

TEST_F(HttpServerTest, AddressesThatCannotBeBoundAreNamed) {
  for (const std::string& address :
       {std::string("nonsense"), std::string("192.0.2.1:0"), "127.0.0.1:" + std::to_string(server_->port())}) {
    const auto server = HttpServer::start(address, log_.sources());
    ASSERT_FALSE(server.has_value()) << address;
    EXPECT_EQ(server.error().reason, Reason::BAD_CONFIGURATION);
    EXPECT_EQ(server.error().field, "listen_http");
  }
}

}  // namespace
}  // namespace kimberlite::api
