// SPDX-License-Identifier: Apache-2.0
// A name server on the loopback that knows what the test tells it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <map>
#include <string>
#include <vector>

#include "common/async/task_group.hpp"

namespace acr::fakes {

class DnsServer {
 public:
  /// What is answered to the questions of one name. `silent`: nothing at all.
  struct Record {
    std::vector<std::string> v4 = {};
    std::vector<std::string> v6 = {};
    unsigned ttl = 60;
    bool silent = false;
  };

  explicit DnsServer(boost::asio::io_context& io);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  /// For ResolverOptions::servers.
  [[nodiscard]] std::string address() const;

  /// An unknown name does not exist (NXDOMAIN).
  std::map<std::string, Record> records;
  /// The names asked for, one entry a question.
  std::vector<std::string> questions;

 private:
  async::awaitable<void> answer_all();
  [[nodiscard]] std::string answer(const std::string& query);

  boost::asio::io_context& io_;
  boost::asio::ip::udp::socket socket_;
  async::TaskGroup tasks_;
};

}  // namespace acr::fakes
