// SPDX-License-Identifier: Apache-2.0
#include "common/kube/kubeconfig.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

std::string config(const std::string& cluster, const std::string& user, const std::string& context = "") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
         "contexts:\n- name: other\n  context: {cluster: nowhere, user: nobody}\n- name: main\n  context: {cluster: c, "
         "user: u" +
         context +
         "}\n"
         "clusters:\n- name: c\n  cluster: {" +
         cluster +
         "}\n"
         "users:\n- name: u\n  user: {" +
         user + "}\n";
}

const std::string kServer = "server: 'https://10.0.0.1:6443'";

std::string refusal(const std::string& text) {
  const auto access = parse_kubeconfig(text, "/etc/kube/config");
  return access ? "accepted" : access.error().message;
}

}  // namespace

TEST_CASE("LW-29: a kubeconfig names server, trust and credentials; paths are relative to the file") {
  const auto access = parse_kubeconfig(
      config(kServer + ", certificate-authority: ca.crt, tls-server-name: kube.example",
             "tokenFile: ../token, client-certificate: /abs/c.crt, client-key: c.key", ", namespace: shop"),
      "/etc/kube/config");

  REQUIRE(access);
  CHECK(access->origin == http::Origin{"https", "10.0.0.1", 6443});
  CHECK(access->path_prefix.empty());
  CHECK(access->ca.file == "/etc/kube/ca.crt");
  CHECK(access->tls_server_name == "kube.example");
  CHECK(access->token.file == "/etc/token");
  CHECK(access->client_certificate.file == "/abs/c.crt");
  CHECK(access->client_key.file == "/etc/kube/c.key");
  CHECK(access->namespace_name == "shop");
}

TEST_CASE("LW-29: inline data beats a file, a token beats its file") {
  const auto access = parse_kubeconfig(
      config(
          kServer + ", certificate-authority: ca.crt, certificate-authority-data: Q0E=",
          "token: abc, tokenFile: t, client-certificate-data: Q0VSVA==, client-certificate: x, client-key-data: S0VZ"),
      "config");

  REQUIRE(access);
  CHECK(access->ca.text.reveal() == "CA");
  CHECK(access->token.text.reveal() == "abc");
  CHECK(access->client_certificate.text.reveal() == "CERT");
  CHECK(access->client_key.text.reveal() == "KEY");
}

TEST_CASE("servers may have a path, a name, an IPv6 address and the default port") {
  const auto access = [](const std::string& server) {
    return *parse_kubeconfig(config("server: '" + server + "'", ""), "f");
  };

  CHECK(access("https://rancher.example/k8s/clusters/c-1/").path_prefix == "/k8s/clusters/c-1");
  CHECK(access("https://rancher.example").origin == http::Origin{"https", "rancher.example", 443});
  CHECK(access("https://[fd00::1]:6443").origin == http::Origin{"https", "fd00::1", 6443});
  CHECK(access("http://127.0.0.1:8001").origin == http::Origin{"http", "127.0.0.1", 8001});
}

TEST_CASE("a context can be chosen") {
  CHECK_FALSE(parse_kubeconfig(config(kServer, ""), "f", "other"));
  CHECK(parse_kubeconfig(config(kServer, ""), "f", "main"));
  CHECK_FALSE(parse_kubeconfig(config(kServer, ""), "f", "missing"));
}

TEST_CASE("what is not supported is refused with file, context and field") {
  const auto has = [](const std::string& message, const std::string& part) {
    INFO(message);
    CHECK(message.find(part) != std::string::npos);
    CHECK(message.find("/etc/kube/config, context \"main\"") != std::string::npos);
  };
  has(refusal(config(kServer, "exec: {command: aws}")), "user.exec");
  has(refusal(config(kServer, "auth-provider: {name: gcp}")), "user.auth-provider");
  has(refusal(config(kServer, "username: a, password: S3CR3T")), "user.username");
  has(refusal(config(kServer + ", insecure-skip-tls-verify: true", "token: a")), "insecure-skip-tls-verify");
  has(refusal(config(kServer + ", proxy-url: 'http://p'", "token: a")), "proxy-url");
  has(refusal(config("server: 'http://10.0.0.1'", "token: a")), "only https");
  has(refusal(config("server: nonsense", "token: a")), "server");
  has(refusal(config(kServer + ", certificate-authority-data: '%%'", "")), "certificate-authority-data");
  has(refusal(config(kServer, "client-certificate: a")), "needed together");
}

TEST_CASE("insecure-skip-tls-verify: false is the default and fine") {
  CHECK(refusal(config(kServer + ", insecure-skip-tls-verify: false", "")) == "accepted");
}

TEST_CASE("broken documents are refused without being quoted") {
  for (const auto* text :
       {"", "[]", "a: [S3CR3T", "current-context: x", "current-context: x\ncontexts: [S3CR3T]", "\t\x01"}) {
    const auto message = refusal(text);
    INFO(message);
    CHECK(message != "accepted");
    CHECK(message.find("/etc/kube/config") != std::string::npos);
    CHECK(message.find("S3CR3T") == std::string::npos);
  }
  CHECK(refusal(std::string(2 * 1024 * 1024, ' ')).find("1 MiB") != std::string::npos);
}

TEST_CASE("every prefix of a kubeconfig is refused or read, never worse") {
  const auto text = config(kServer + ", certificate-authority-data: Q0E=", "token: abc");
  for (std::size_t size = 0; size + 4 < text.size(); ++size) (void)parse_kubeconfig(text.substr(0, size), "f");
  CHECK(parse_kubeconfig(text, "f"));
}

TEST_CASE("LW-25: a pod knows the server by its environment and the rest by its files") {
  const auto access = in_cluster_access("10.96.0.1", "443");
  REQUIRE(access);
  CHECK(access->origin == http::Origin{"https", "10.96.0.1", 443});
  CHECK(access->ca.file == "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
  CHECK(access->token.file == "/var/run/secrets/kubernetes.io/serviceaccount/token");

  CHECK(in_cluster_access("fd00::1", "6443")->origin.host == "fd00::1");
  CHECK(in_cluster_access("[fd00::1]", "6443")->origin.host == "fd00::1");
}

TEST_CASE("LW-25: outside a pod the error says what to do") {
  for (const auto& [host, port] :
       {std::pair{"", "443"}, {"10.0.0.1", ""}, {"10.0.0.1", "tcp://x"}, {"10.0.0.1", "0"}, {"10.0.0.1", "70000"}}) {
    const auto access = in_cluster_access(host, port);
    REQUIRE_FALSE(access);
    CHECK(access.error().message.find("--kubeconfig") != std::string::npos);
  }
}

}  // namespace acr::kube
