// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/registry_challenge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

constexpr std::size_t kMaxHeader = 4096;
constexpr std::size_t kMaxChallenges = 8;
constexpr std::size_t kMaxParameters = 16;
/// Customers can have names of their own below aliyuncs.com, but not these.
constexpr std::string_view kTokenService = "dockerauth";
constexpr std::string_view kOwnDomain = ".aliyuncs.com";

/// One challenge of any scheme.
struct SchemeChallenge {
  std::string scheme;
  std::map<std::string, std::string> parameters = {};
};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_token_character(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token68_character(char c) {
  return is_alphanumeric(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

/// Walks over the words of a header field.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at_comma() const { return rest_.starts_with(','); }

  bool skip_blanks() { return skip(is_blank) > 0; }
  /// A list may have empty elements.
  void skip_commas() {
    skip([](char c) { return is_blank(c) || c == ','; });
  }

  std::string_view take_token() {
    const auto before = rest_;
    return before.substr(0, skip(is_token_character));
  }

  /// The equals sign between a name and its value, with blanks around it; nothing is taken if there is none.
  bool take_equals() {
    const auto before = rest_;
    skip_blanks();
    if (!rest_.starts_with('=')) {
      rest_ = before;
      return false;
    }
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  /// The one word of schemes such as Negotiate; nothing is taken if a parameter stands here.
  bool take_token68() {
    const auto before = rest_;
    const bool some = skip(is_token68_character) > 0;
    skip([](char c) { return c == '='; });
    const auto after = rest_;
    skip_blanks();
    if (some && (at_end() || at_comma())) {
      rest_ = after;
      return true;
    }
    rest_ = before;
    return false;
  }

  /// A token or a quoted string; nullopt if neither stands here.
  std::optional<std::string> take_value() {
    if (rest_.starts_with('"')) return take_quoted();
    const auto token = take_token();
    if (token.empty()) return std::nullopt;
    return std::string(token);
  }

 private:
  template <class Predicate>
  std::size_t skip(Predicate matches) {
    const auto end = std::ranges::find_if_not(rest_, matches);
    const auto count = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(count);
    return count;
  }

  std::optional<std::string> take_quoted() {
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\') ++i;
      if (i == rest_.size() || is_control(rest_[i])) return std::nullopt;
      value += rest_[i];
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

/// The value of the parameter `name`; false if there is none, or the name stood before.
bool read_parameter(FieldReader& reader, std::string_view name, SchemeChallenge& challenge) {
  auto value = reader.take_value();
  if (!value || challenge.parameters.size() == kMaxParameters) return false;
  return challenge.parameters.emplace(to_lower(name), std::move(*value)).second;
}

/// What stands right behind the name of a scheme: nothing, its one word, or its first parameter.
bool read_first_element(FieldReader& reader, SchemeChallenge& challenge) {
  if (!reader.skip_blanks() || reader.at_end() || reader.at_comma() || reader.take_token68()) return true;
  const auto name = reader.take_token();
  return !name.empty() && reader.take_equals() && read_parameter(reader, name, challenge);
}

/// One element of the list: a parameter of the last challenge, or the start of the next one.
bool read_element(FieldReader& reader, std::vector<SchemeChallenge>& found) {
  const auto word = reader.take_token();
  if (word.empty()) return false;
  if (reader.take_equals()) return !found.empty() && read_parameter(reader, word, found.back());
  if (found.size() == kMaxChallenges) return false;
  found.push_back({.scheme = to_lower(word)});
  return read_first_element(reader, found.back());
}

std::optional<std::vector<SchemeChallenge>> read_challenges(std::string_view header) {
  FieldReader reader(header);
  std::vector<SchemeChallenge> found;
  for (reader.skip_commas(); !reader.at_end(); reader.skip_commas()) {
    if (!read_element(reader, found)) return std::nullopt;
    reader.skip_blanks();
    if (!reader.at_end() && !reader.at_comma()) return std::nullopt;
  }
  return found;
}

std::vector<std::string_view> split_service(std::string_view service) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = service.find(':');
    parts.push_back(service.substr(0, end));
    if (end == std::string_view::npos) return parts;
    service.remove_prefix(end + 1);
  }
}

bool is_instance_id(std::string_view part) {
  return part.starts_with("cri-") && is_dns_label(part);
}

/// "registry.aliyuncs.com:REGION:china:cri-x", or ":REGION:26842" for Personal Edition. The id is found by its
/// beginning, since more parts have been seen behind it.
void read_service(RegistryChallenge& challenge) {
  const auto parts = split_service(challenge.service);
  if (parts.size() > 1 && is_dns_label(parts[1]) && !is_instance_id(parts[1])) challenge.region_id = parts[1];
  const auto id = std::ranges::find_if(parts, is_instance_id);
  if (id != parts.end()) challenge.instance_id = *id;
}

std::unexpected<Error> unreadable(std::string_view why) {
  return fail(ErrorKind::Protocol, fmt::format("cannot read the challenge (WWW-Authenticate): {}", why));
}

bool may_stand_in_url(char c) {
  return c > 0x20 && c < 0x7f && std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
}

}  // namespace

Result<RegistryChallenge> parse_challenge(std::string_view header) {
  if (header.size() > kMaxHeader) return unreadable(fmt::format("it is longer than {} bytes", kMaxHeader));
  auto challenges = read_challenges(header);
  if (!challenges) return unreadable("it is malformed");
  const auto bearer = std::ranges::find(*challenges, "bearer", &SchemeChallenge::scheme);
  if (bearer == challenges->end()) return unreadable("there is none of scheme Bearer");
  auto& parameters = bearer->parameters;
  RegistryChallenge challenge{
      .realm = parameters["realm"], .service = parameters["service"], .scope = parameters["scope"]};
  if (challenge.realm.empty() || challenge.service.empty()) return unreadable("it lacks realm or service");
  read_service(challenge);
  return challenge;
}

Result<Realm> parse_realm(std::string_view realm) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::Denied,
                fmt::format("the login is wanted at \"{}\", where it is not sent: {}", printable(realm), why));
  };
  constexpr std::string_view kScheme = "https://";
  if (!std::ranges::all_of(realm, may_stand_in_url)) return refuse("that is no URL");
  if (!equals_ignore_case(realm.substr(0, kScheme.size()), kScheme)) return refuse("that is no https URL");
  const auto rest = realm.substr(kScheme.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  auto target = std::string(rest.substr(authority.size()));
  if (!target.starts_with('/')) target.insert(0, 1, '/');
  constexpr std::string_view kUsualPort = ":443";
  auto host = to_lower(authority);
  if (host.ends_with(kUsualPort)) host.resize(host.size() - kUsualPort.size());
  if (!is_dns_subdomain(host) || !host.ends_with(kOwnDomain)) return refuse("that host is not one of aliyuncs.com");
  const auto service = host.substr(0, host.find('.'));
  if (service != kTokenService && !service.starts_with(std::string(kTokenService) + "-"))
    return refuse("that host is not a token service of aliyuncs.com, whose names begin with dockerauth");
  if (target.find('?') != std::string::npos) return refuse("it asks for more than a token: there is a query in it");
  return Realm{.origin = {.scheme = "https", .host = std::move(host), .port = 443}, .target = std::move(target)};
}

}  // namespace acr::alibaba
