// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/structure/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

namespace acr::structure {
namespace {

using Names = std::set<std::string_view>;

constexpr int kLongestFile = 400;

// Which folders of the product a folder may include, itself aside.
const std::map<std::string_view, Names>& allowed_folders() {
  static const Names kCommon{"common/base",    "common/async",  "common/http",        "common/kube",
                             "common/alibaba", "common/config", "common/credentials", "common/pullsecret"};
  static const std::map<std::string_view, Names> kTable = [] {
    std::map<std::string_view, Names> table{
        {"common/base", {}},
        {"common/async", {"common/base"}},
        {"common/http", {"common/base", "common/async"}},
        {"common/kube", {"common/base", "common/async", "common/http"}},
        {"common/alibaba", {"common/base", "common/async", "common/http"}},
        {"common/config", {"common/base"}},
        {"common/pullsecret", {"common/base", "common/config"}},
        {"common/credentials",
         {"common/base", "common/async", "common/http", "common/kube", "common/alibaba", "common/config"}},
        {"certs", {"common/base"}},
    };
    Names programs = kCommon;
    programs.insert("certs");
    table["controller"] = programs;
    table["webhook"] = programs;
    return table;
  }();
  return kTable;
}

// Single headers of plain values that a folder may include beyond its folders.
bool is_plain_value_header(std::string_view folder, std::string_view included) {
  return folder == "common/pullsecret" &&
         (included == "common/kube/object.hpp" || included == "common/credentials/registry_login.hpp");
}

// "common/kube" of "common/kube/store.hpp", "certs" of "certs/judge.hpp"; empty if the path is not of the product.
std::string_view folder_of(std::string_view path) {
  for (const auto& [folder, allowed] : allowed_folders()) {
    if (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/') return folder;
  }
  return {};
}

bool has_suffix(std::string_view path, std::initializer_list<std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) { return path.ends_with(suffix); });
}

bool is_cpp(std::string_view path) {
  return has_suffix(path, {".cpp", ".hpp"});
}

// The rules themselves name what they forbid.
bool is_of_the_rules(std::string_view path) {
  return path.starts_with("tests/unit/structure/");
}

bool is_data(std::string_view path) {
  return path.starts_with("tests/fixtures/") || path.starts_with("tests/fuzz/corpus/");
}

template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    visit(++number, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// What stands between the quotes or angle brackets of an #include line; empty for other lines.
std::string_view included_by(std::string_view line) {
  constexpr std::string_view kDirective = "#include ";
  if (!line.starts_with(kDirective)) return {};
  line.remove_prefix(kDirective.size());
  const auto end = line.find_last_of("\">");
  return line.size() < 2 || end == 0 || end == std::string_view::npos ? std::string_view{} : line.substr(1, end - 1);
}

bool contains_any(std::string_view line, std::initializer_list<std::string_view> words, std::string_view& found) {
  for (const auto word : words) {
    if (line.find(word) != std::string_view::npos) {
      found = word;
      return true;
    }
  }
  return false;
}

std::string_view without_comment(std::string_view line) {
  return line.substr(0, line.find("//"));
}

bool is_pure(std::string_view folder) {
  return folder == "common/config" || folder == "common/pullsecret" || folder == "certs";
}

bool needs_licence_line(std::string_view path, std::string_view text) {
  return has_suffix(path, {".cpp", ".hpp", ".go", ".cmake", ".yaml", ".yml", "CMakeLists.txt", "Dockerfile"}) ||
         text.starts_with("#!");
}

bool has_licence_line(std::string_view text) {
  constexpr std::string_view kTag = "SPDX-License-Identifier: Apache-2.0";
  bool found = false;
  for_each_line(text, [&](int number, std::string_view line) {
    found = found || (number <= 3 && line.find(kTag) != std::string_view::npos);
  });
  return found;
}

// A suppression names its check and says why: "NOLINT(check): reason".
bool is_bare_suppression(std::string_view line) {
  constexpr std::string_view kWord = "NOLINT";
  const auto at = line.find(kWord);
  if (at == std::string_view::npos) return false;
  const auto rest = line.substr(at + kWord.size());
  if (rest.starts_with("END")) return false;
  const auto open = rest.find('('), close = rest.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2) return true;
  return rest.find_first_not_of(" :/", close + 1) == std::string_view::npos;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// The rule ids in a line, such as "WR-1": a known prefix as a word of its own, a dash, a number.
std::vector<std::string> find_rule_ids(std::string_view line) {
  constexpr std::array<std::string_view, 9> kPrefixes{"ADM-", "LW-",  "WR-",  "LE-", "CRT-",
                                                      "SHD-", "SEC-", "CPP-", "TST-"};
  std::vector<std::string> ids;
  for (const auto prefix : kPrefixes) {
    for (auto at = line.find(prefix); at != line.npos; at = line.find(prefix, at + 1)) {
      const auto digits = at + prefix.size();
      const auto end = std::min(line.find_first_not_of("0123456789", digits), line.size());
      const bool is_whole =
          (at == 0 || !is_word(line[at - 1])) && end > digits && (end == line.size() || !is_word(line[end]));
      if (is_whole) ids.emplace_back(line.substr(at, end - at));
    }
  }
  return ids;
}

bool has_machine_path(std::string_view line) {
  // Written in two pieces so that this file passes its own rule.
  static const std::array<std::string, 2> kPaths{std::string("/wo") + "rk/", std::string("../sha") + "red"};
  return std::any_of(kPaths.begin(), kPaths.end(),
                     [&](const std::string& path) { return line.find(path) != line.npos; });
}

}  // namespace

std::vector<Finding> check_dependencies(const SourceFile& file) {
  std::vector<Finding> findings;
  const auto folder = folder_of(file.path);
  if (!is_cpp(file.path) || folder.empty()) return findings;
  const auto& allowed = allowed_folders().at(folder);
  for_each_line(file.text, [&](int number, std::string_view line) {
    const auto included = included_by(line);
    if (included.starts_with("tests/")) {
      findings.push_back({file.path, number, "the product includes a file of its tests"});
    }
    const auto target = folder_of(included);
    if (target.empty() || target == folder || allowed.contains(target)) return;
    if (is_plain_value_header(folder, included)) return;
    findings.push_back({file.path, number, std::string(folder) + " must not include " + std::string(included)});
  });
  return findings;
}

std::vector<Finding> check_edges(const SourceFile& file) {
  std::vector<Finding> findings;
  const auto folder = folder_of(file.path);
  if (!is_cpp(file.path) || folder.empty()) return findings;
  const bool may_start_tasks = folder == "common/async" || file.path.ends_with("/main.cpp");
  for_each_line(file.text, [&](int number, std::string_view line) {
    const auto code = without_comment(line);
    std::string_view word;
    if (!may_start_tasks && contains_any(code, {"co_spawn"}, word)) {
      findings.push_back({file.path, number, "co_spawn outside common/async: use TaskGroup::spawn"});
    }
    if (folder != "common/http" && contains_any(included_by(line),
                                                {"boost/asio/ip/", "boost/asio/ssl", "boost/beast", "sys/socket.h",
                                                 "netinet/", "openssl/ssl.h", "ares.h"},
                                                word)) {
      findings.push_back({file.path, number, std::string(word) + " belongs into common/http"});
    }
    if (is_pure(folder) && contains_any(code,
                                        {"boost/asio", "::now()", "clock_gettime", "<fstream>", "<filesystem>",
                                         "fopen(", "std::time(", "getenv("},
                                        word)) {
      findings.push_back({file.path, number, std::string(word) + " in a pure folder: take the value as an argument"});
    }
  });
  return findings;
}

std::vector<Finding> check_form(const SourceFile& file) {
  std::vector<Finding> findings;
  if (is_data(file.path)) return findings;
  if (needs_licence_line(file.path, file.text) && !has_licence_line(file.text)) {
    findings.push_back({file.path, 1, "no SPDX licence line among the first three"});
  }
  int lines = 0;
  for_each_line(file.text, [&](int number, std::string_view line) {
    lines = number;
    const bool is_checked_code = is_cpp(file.path) && !is_of_the_rules(file.path);
    if (is_checked_code && without_comment(line).find("this_thread::sleep") != line.npos) {
      findings.push_back({file.path, number, "waits for a time instead of a condition"});
    }
    if (is_checked_code && is_bare_suppression(line)) {
      findings.push_back({file.path, number, "NOLINT without a check name and a reason"});
    }
    if (has_machine_path(line)) findings.push_back({file.path, number, "names a path of one developer's machine"});
  });
  if (lines > kLongestFile && (is_cpp(file.path) || has_suffix(file.path, {".go"}) || file.text.starts_with("#!"))) {
    findings.push_back({file.path, 0, std::to_string(lines) + " lines; the limit is " + std::to_string(kLongestFile)});
  }
  return findings;
}

std::set<std::string> read_rule_ids(std::string_view document) {
  std::set<std::string> ids;
  for_each_line(document, [&](int, std::string_view line) {
    const auto found = find_rule_ids(line.substr(0, line.find('|', 1)));
    if (line.starts_with("| ") && found.size() == 1) ids.insert(found.front());
  });
  return ids;
}

std::vector<Finding> check_rule_ids(const SourceFile& file, const std::set<std::string>& defined) {
  std::vector<Finding> findings;
  if (is_data(file.path) || is_of_the_rules(file.path)) return findings;
  for_each_line(file.text, [&](int number, std::string_view line) {
    for (const auto& id : find_rule_ids(line)) {
      if (!defined.contains(id)) findings.push_back({file.path, number, id + " is not defined in docs/rules.md"});
    }
  });
  return findings;
}

std::string describe(const Finding& finding) {
  return finding.path + ":" + std::to_string(finding.line) + ": " + finding.message;
}

}  // namespace acr::structure
