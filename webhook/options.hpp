// SPDX-License-Identifier: Apache-2.0
// The webhook's command line as a value.
#pragma once

#include <optional>
#include <string>

#include "certs/names.hpp"
#include "common/base/flags.hpp"

namespace acr::webhook {

/// Flags of docs/operations.md, parsed and checked. Every flag is also an environment variable ACR_<FLAG>.
struct Options {
  CommonFlags common;
  std::string bind_address = ":9443";
  NamespacedName service;     ///< its names are the certificate's, unless there is a URL
  std::string url_host = {};  ///< host or address of --webhook-url; empty = the Service
  std::string cert_dir = {};  ///< folder with tls.crt and tls.key; empty = self-made from the CA Secret
  std::string client_ca_file = {};
  std::string client_cn = {};
};

/// What the command line asks for: run with these options, or end at once with this exit code (help, version, wrong
/// usage).
struct ParsedOptions {
  Options options;
  std::optional<int> exit_code;
};
ParsedOptions parse_options(int argc, const char* const* argv);

/// The names that a self-made certificate is for.
certs::HostNames names_of(const Options& options);

/// The user name under which the controller writes.
std::string controller_username(const Options& options);

}  // namespace acr::webhook
