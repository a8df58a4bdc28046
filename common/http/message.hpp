// SPDX-License-Identifier: Apache-2.0
// HTTP requests and responses as plain values: what pure builders make and pure parsers read.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acr::http {

/// Header fields in order; names compare without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  /// The first value of `name`, or empty.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// Replaces all values of `name`.
  void set(std::string_view name, std::string value);
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void remove(std::string_view name);

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request. `target` is path and query exactly as on the wire. Host, Content-Length and User-Agent are added by the
/// client if absent.
struct Request {
  std::string method = "GET";
  std::string target = "/";
  Headers headers = {};
  std::string body = {};
};

struct Response {
  unsigned status = 200;
  Headers headers = {};
  std::string body = {};
};

/// Where a request goes: "https://cr.cn-hangzhou.aliyuncs.com" or "http://100.100.100.200".
struct Origin {
  std::string scheme = "https";
  std::string host;  ///< a name, an IPv4 address or an IPv6 address without brackets
  std::uint16_t port = 443;

  friend auto operator<=>(const Origin&, const Origin&) = default;
};

/// "host:port" with brackets around IPv6; the port is left out where it is the scheme's own.
std::string host_header(const Origin& origin);
/// "https://host[:port]".
std::string to_string(const Origin& origin);

}  // namespace acr::http
