// SPDX-License-Identifier: Apache-2.0
#include "common/kube/kubeconfig.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <filesystem>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace acr::kube {
namespace {

constexpr std::size_t kSizeLimit = 1024 * 1024;

/// Reads fields and remembers where it is, so that each error names file, context and field.
struct Reader {
  const std::string& file;
  std::string context;

  [[nodiscard]] std::unexpected<Error> refuse(std::string_view field, std::string_view why) const {
    const auto where = context.empty() ? std::string{} : fmt::format(", context \"{}\"", context);
    return fail(ErrorKind::Invalid, fmt::format("cannot use kubeconfig {}{}: {}: {}", file, where, field, why));
  }

  static std::string text(const YAML::Node& node, const char* field) {
    if (!node || !node.IsMap()) return {};
    const YAML::Node value = node[field];
    return value && value.IsScalar() ? value.Scalar() : std::string{};
  }

  /// The entry called `name` of the list `list`, its part `part`.
  static YAML::Node named(const YAML::Node& root, const char* list, const std::string& name, const char* part) {
    const YAML::Node entries = root[list];
    if (entries && entries.IsSequence()) {
      for (const auto& entry : entries) {
        if (entry.IsMap() && text(entry, "name") == name) return entry[part];
      }
    }
    return YAML::Node(YAML::NodeType::Undefined);
  }

  [[nodiscard]] std::string absolute(const std::string& path) const {
    if (path.empty()) return path;
    return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
  }

  /// `field`-data (base64) beats `field` (a path).
  [[nodiscard]] Result<TextSource> pem(const YAML::Node& node, const std::string& field) const {
    const auto data_field = field + "-data";
    if (const auto encoded = text(node, data_field.c_str()); !encoded.empty()) {
      auto decoded = decode_base64(encoded);
      if (!decoded) return refuse(data_field, "not base64");
      return TextSource{.text = Secret(std::move(*decoded))};
    }
    return TextSource{.file = absolute(text(node, field.c_str()))};
  }
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<void> read_server(const Reader& reader, const std::string& server, ClusterAccess& access) {
  const auto parsed = boost::urls::parse_uri(server);
  if (!parsed || parsed->host_address().empty())
    return reader.refuse("server", fmt::format("\"{}\" is not a URL", printable(server)));
  const auto& url = *parsed;
  access.origin.scheme = url.scheme();
  access.origin.host = url.host_address();
  access.origin.port =
      url.has_port() ? url.port_number() : static_cast<std::uint16_t>(url.scheme() == "http" ? 80 : 443);
  access.path_prefix = url.encoded_path();
  while (access.path_prefix.ends_with('/')) access.path_prefix.pop_back();
  if (access.origin.scheme == "https") return {};
  if (access.origin.scheme == "http" && is_loopback(access.origin.host)) return {};
  return reader.refuse("server", "only https is allowed, or http to this machine");
}

Result<void> read_cluster(const Reader& reader, const YAML::Node& cluster, ClusterAccess& access) {
  if (Reader::text(cluster, "insecure-skip-tls-verify") == "true") {
    return reader.refuse("insecure-skip-tls-verify",
                         "the server's certificate is always verified; give certificate-authority instead");
  }
  if (!Reader::text(cluster, "proxy-url").empty())
    return reader.refuse("proxy-url", "no proxy is used towards the API server");
  if (auto server = read_server(reader, Reader::text(cluster, "server"), access); !server) return server;
  auto ca = reader.pem(cluster, "certificate-authority");
  if (!ca) return fail(ca.error());
  access.ca = std::move(*ca);
  access.tls_server_name = Reader::text(cluster, "tls-server-name");
  return {};
}

Result<void> read_user(const Reader& reader, const YAML::Node& user, ClusterAccess& access) {
  constexpr std::array<const char*, 4> kUnsupported{"exec", "auth-provider", "username", "password"};
  for (const auto* field : kUnsupported) {
    if (user && user.IsMap() && user[field] && !user[field].IsNull()) {
      return reader.refuse(fmt::format("user.{}", field),
                           "not supported; use a token, tokenFile or a client certificate");
    }
  }
  if (auto token = Reader::text(user, "token"); !token.empty()) access.token.text = Secret(std::move(token));
  access.token.file = reader.absolute(Reader::text(user, "tokenFile"));
  auto certificate = reader.pem(user, "client-certificate");
  if (!certificate) return fail(certificate.error());
  auto key = reader.pem(user, "client-key");
  if (!key) return fail(key.error());
  if (certificate->empty() != key->empty())
    return reader.refuse("user", "client-certificate and client-key are needed together");
  access.client_certificate = std::move(*certificate);
  access.client_key = std::move(*key);
  return {};
}

Result<ClusterAccess> read_kubeconfig(const YAML::Node& root, Reader reader) {
  if (!root.IsMap()) return reader.refuse("document", "not a kubeconfig");
  if (reader.context.empty()) reader.context = Reader::text(root, "current-context");
  if (reader.context.empty()) return reader.refuse("current-context", "missing");
  const auto context = Reader::named(root, "contexts", reader.context, "context");
  if (!context || !context.IsMap()) return reader.refuse("contexts", "no context of this name");
  const auto cluster_name = Reader::text(context, "cluster");
  const auto cluster = Reader::named(root, "clusters", cluster_name, "cluster");
  if (!cluster || !cluster.IsMap())
    return reader.refuse("cluster", fmt::format("no cluster named \"{}\"", printable(cluster_name)));
  const auto user_name = Reader::text(context, "user");
  const auto user = Reader::named(root, "users", user_name, "user");
  if (!user_name.empty() && !user)
    return reader.refuse("user", fmt::format("no user named \"{}\"", printable(user_name)));

  ClusterAccess access;
  access.namespace_name = Reader::text(context, "namespace");
  if (auto read = read_cluster(reader, cluster, access); !read) return fail(read.error());
  if (auto read = read_user(reader, user, access); !read) return fail(read.error());
  return access;
}

}  // namespace

Result<ClusterAccess> parse_kubeconfig(std::string_view text, const std::string& file, std::string_view context) {
  const Reader reader{.file = file, .context = std::string(context)};
  if (text.size() > kSizeLimit) return reader.refuse("document", "larger than 1 MiB");
  try {
    return read_kubeconfig(YAML::Load(std::string(text)), reader);
  } catch (const YAML::Exception& error) {
    // Only the place: the library's message may quote the document.
    return reader.refuse(fmt::format("line {}", error.mark.line + 1), "not readable as YAML");
  }
}

Result<ClusterAccess> in_cluster_access(std::string_view service_host, std::string_view service_port,
                                        const std::string& folder) {
  const auto port = parse_unsigned(service_port);
  if (service_host.empty() || !port || *port < 1 || *port > 65535) {
    return fail(ErrorKind::Invalid,
                "cannot find the API server: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this "
                "is not a pod; "
                "outside a cluster give --kubeconfig FILE");
  }
  // Some runtimes hand over an IPv6 address with its brackets.
  if (service_host.starts_with('[') && service_host.ends_with(']'))
    service_host = service_host.substr(1, service_host.size() - 2);
  ClusterAccess access;
  access.origin = {.scheme = "https", .host = std::string(service_host), .port = static_cast<std::uint16_t>(*port)};
  access.ca.file = folder + "/ca.crt";
  access.token.file = folder + "/token";
  return access;
}

}  // namespace acr::kube
