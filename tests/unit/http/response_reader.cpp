// SPDX-License-Identifier: Apache-2.0
// The client's parser without a socket.
#include <catch2/catch.hpp>

#include "common/http/reader.hpp"

using namespace acr;
using namespace acr::http;

namespace {

const std::string kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello";
const std::string kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;q\r\nde\r\n0\r\n\r\n";

std::string outcome(const std::string& bytes, std::size_t piece) {
  ResponseReader reader({.header = 1024, .body = 64});
  for (std::size_t at = 0; at < bytes.size() && !reader.done(); at += piece) {
    if (const auto fed = reader.feed(std::string_view(bytes).substr(at, piece)); !fed)
      return std::string(to_string(fed.error().kind));
  }
  return reader.done() ? "done " + reader.take_body() : "unfinished";
}

}  // namespace

TEST_CASE("a response is read in any pieces") {
  for (std::size_t piece = 1; piece <= kChunked.size(); ++piece) {
    CHECK(outcome(kResponse, piece) == "done hello");
    CHECK(outcome(kChunked, piece) == "done abcde");
  }
}

TEST_CASE("every prefix and every one-byte change of a response is judged without a crash") {
  for (const auto& response : {kResponse, kChunked}) {
    for (std::size_t at = 0; at < response.size(); ++at) {
      CHECK(outcome(response.substr(0, at), 4096) == "unfinished");
      for (int value = 0; value < 256; ++value) {
        auto changed = response;
        changed[at] = static_cast<char>(value);
        const auto whole = outcome(changed, changed.size());
        if (value % 16 != 0) continue;
        // In pieces a fault may be noticed later, but nothing is judged otherwise.
        const auto in_pieces = outcome(changed, 1);
        const bool agrees = in_pieces == whole || (in_pieces == "unfinished" && whole == "protocol");
        if (!agrees)
          FAIL(whole << " in one piece, " << in_pieces << " byte by byte, for byte " << value << " at " << at);
      }
    }
  }
}

TEST_CASE("body bytes are given out as they come and only once") {
  ResponseReader reader({.body = std::nullopt});
  REQUIRE(reader.feed(kChunked.substr(0, kChunked.find("abc") + 2)));

  CHECK(reader.header_done());
  CHECK(reader.take_body() == "ab");
  REQUIRE(reader.feed(kChunked.substr(kChunked.find("abc") + 2)));
  CHECK(reader.take_body() == "cde");
  CHECK(reader.done());
  CHECK(reader.keeps_alive());
  CHECK_FALSE(reader.has_excess());
}

TEST_CASE("answers without a body end with their header") {
  for (const std::string status : {"204 No Content", "304 Not Modified"})
    CHECK(outcome("HTTP/1.1 " + status + "\r\n\r\n", 4096) == "done ");
  ResponseReader head({}, AnswerBody::None);
  REQUIRE(head.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  CHECK(head.done());
}

TEST_CASE("HTTP/1.0 answers do not keep the connection unless they say so") {
  ResponseReader closes({});
  ResponseReader keeps({});
  REQUIRE(closes.feed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  REQUIRE(keeps.feed("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));

  CHECK_FALSE(closes.keeps_alive());
  CHECK(keeps.keeps_alive());
}

TEST_CASE("the end of the connection ends a body without length, and cuts any other") {
  ResponseReader open_ended({});
  REQUIRE(open_ended.feed("HTTP/1.1 200 OK\r\n\r\nabc"));
  CHECK(open_ended.feed_end());
  CHECK(open_ended.done());
  CHECK_FALSE(open_ended.keeps_alive());

  ResponseReader cut({});
  REQUIRE(cut.feed(kResponse.substr(0, kResponse.size() - 1)));
  CHECK(cut.feed_end().error().kind == ErrorKind::Unavailable);
}

TEST_CASE("a promised length reserves no memory") {
  ResponseReader reader({.body = std::nullopt});

  REQUIRE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nabc"));
  CHECK(reader.take_body() == "abc");
  CHECK_FALSE(reader.done());
}
