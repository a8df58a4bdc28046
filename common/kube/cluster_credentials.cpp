// SPDX-License-Identifier: Apache-2.0
#include "common/kube/cluster_credentials.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/base/crypto.hpp"
#include "common/base/log.hpp"
#include "common/base/text.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

constexpr auto kTokenAge = 60s;   // LW-26
constexpr auto kTrustAge = 5min;  // LW-27
constexpr std::size_t kFileLimit = 1024 * 1024;

Result<Secret> read_source(const TextSource& source, const FileReader& read) {
  if (!source.text.empty() || source.file.empty()) return source.text;
  auto text = read(source.file);
  if (text && trim(text->reveal()).empty())
    return fail(ErrorKind::Invalid, fmt::format("cannot use {}: the file is empty", source.file));
  return text;
}

std::string digest_of(const http::ClientTrust& trust) {
  auto digest = sha256(trust.ca_bundle);
  if (trust.client_pair) {
    digest += sha256(trust.client_pair->certificate_chain);
    digest += sha256(trust.client_pair->private_key.reveal());
  }
  return digest;
}

}  // namespace

Result<Secret> read_file(const std::string& path) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::Invalid, fmt::format("cannot read {}: {}", path, why));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return refuse(std::strerror(errno));
  std::string text(kFileLimit + 1, '\0');
  const auto size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return refuse(std::strerror(errno));
  if (size > kFileLimit) return refuse("larger than 1 MiB");
  text.resize(size);
  text.shrink_to_fit();
  return Secret(std::move(text));
}

Result<Secret> BearerToken::get(async::Deadline now) {
  if (!source_.text.empty() || source_.file.empty()) return source_.text;
  if (read_at_ && now - *read_at_ < kTokenAge) return token_;
  const auto text = read_source(source_, read_);
  if (!text && token_.empty()) return fail(text.error());
  if (!text)
    log::warn("the service account token cannot be read; the last one serves on",
              {log::kv("error", text.error().message)});
  if (text) token_ = Secret(std::string(trim(text->reveal())));
  read_at_ = now;
  return token_;
}

bool BearerToken::expire() {
  if (!source_.text.empty() || source_.file.empty()) return false;
  read_at_.reset();
  return true;
}

ClusterTrust::ClusterTrust(const ClusterAccess& access, FileReader read)
    : tls_(access.origin.scheme == "https"),
      ca_(access.ca),
      certificate_(access.client_certificate),
      key_(access.client_key),
      read_(std::move(read)) {}

Result<http::ClientTrust> ClusterTrust::read_trust() const {
  http::ClientTrust trust{.system_roots = ca_.empty(), .resume_sessions = true};
  const auto ca = read_source(ca_, read_);
  if (!ca) return fail(ca.error());
  trust.ca_bundle = ca->reveal();
  if (certificate_.empty()) return trust;
  const auto certificate = read_source(certificate_, read_);
  if (!certificate) return fail(certificate.error());
  auto key = read_source(key_, read_);
  if (!key) return fail(key.error());
  trust.client_pair =
      http::KeyPair{.certificate_chain = std::string(certificate->reveal()), .private_key = std::move(*key)};
  return trust;
}

Result<void> ClusterTrust::load(async::Deadline now) {
  if (!tls_) return {};
  const auto trust = read_trust();
  if (!trust) return fail(trust.error());
  auto context = http::make_client_tls(*trust);
  if (!context) return fail(context.error());
  context_ = std::move(*context);
  digest_ = digest_of(*trust);
  checked_at_ = now;
  return {};
}

bool ClusterTrust::refresh(async::Deadline now) {
  if (!tls_ || now - checked_at_ < kTrustAge) return false;
  checked_at_ = now;
  const auto trust = read_trust();
  if (trust && digest_of(*trust) == digest_) return false;
  auto loaded = trust ? load(now) : Result<void>(std::unexpected(trust.error()));
  if (loaded) {
    log::info("the trust towards the API server was renewed");
    return true;
  }
  log::warn("the trust towards the API server cannot be renewed; the last one serves on",
            {log::kv("error", loaded.error().message)});
  return false;
}

}  // namespace acr::kube
