// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/dns_server.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

namespace acr::fakes {
namespace {

namespace asio = boost::asio;
constexpr std::size_t kHeader = 12;
constexpr char kTypeA = 1;
constexpr char kTypeAaaa = 28;

std::string name_at(const std::string& query, std::size_t& at) {
  std::string name;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<std::size_t>(query[at]);
    if (!name.empty()) name += '.';
    name += query.substr(at + 1, length);
    at += 1 + length;
  }
  ++at;
  return name;
}

void append_record(std::string& message, char type, unsigned ttl, const std::string& address) {
  message += std::string("\xc0\x0c\0", 3) + type + std::string("\0\x01\0\0", 4);
  message += {static_cast<char>(ttl >> 8), static_cast<char>(ttl & 0xff)};
  const auto append = [&](const auto& bytes) {
    message += {'\0', static_cast<char>(bytes.size())};
    message.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  if (type == kTypeA) {
    append(asio::ip::make_address_v4(address).to_bytes());
  } else {
    append(asio::ip::make_address_v6(address).to_bytes());
  }
}

}  // namespace

DnsServer::DnsServer(asio::io_context& io)
    : io_(io), socket_(io, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0)), tasks_(io.get_executor()) {
  tasks_.spawn("dns", answer_all());
}

DnsServer::~DnsServer() {
  tasks_.cancel();
  io_.restart();
  while (tasks_.size() > 0 && io_.run_one_for(std::chrono::seconds(5)) > 0) {
  }
}

std::string DnsServer::address() const {
  return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
}

async::awaitable<void> DnsServer::answer_all() {
  std::array<char, 512> space;
  for (;;) {
    asio::ip::udp::endpoint asker;
    const auto length = co_await socket_.async_receive_from(asio::buffer(space), asker, asio::use_awaitable);
    const auto reply = answer(std::string(space.data(), length));
    if (!reply.empty()) co_await socket_.async_send_to(asio::buffer(reply), asker, asio::use_awaitable);
  }
}

std::string DnsServer::answer(const std::string& query) {
  if (query.size() < kHeader + 5) return {};
  std::size_t at = kHeader;
  const auto name = name_at(query, at);
  const char type = query.at(at + 1);
  questions.push_back(name);
  const auto found = records.find(name);
  if (found != records.end() && found->second.silent) return {};
  const auto record = found == records.end() ? Record{} : found->second;
  const auto addresses = type == kTypeA ? record.v4 : type == kTypeAaaa ? record.v6 : std::vector<std::string>{};
  const auto count = addresses.size();
  const char code = found == records.end() ? 3 : 0;  // NXDOMAIN
  auto reply = query.substr(0, 2) +
               std::string{'\x81', static_cast<char>(0x80 | code), 0, 1, 0, static_cast<char>(count), 0, 0, 0, 0};
  reply += query.substr(kHeader, at + 4 - kHeader);
  for (std::size_t i = 0; i < count; ++i) append_record(reply, type, record.ttl, addresses[i]);
  return reply;
}

}  // namespace acr::fakes
