// SPDX-License-Identifier: Apache-2.0
#include "webhook/serving_certificate.hpp"

#include "certs/judge.hpp"
#include "common/base/log.hpp"
#include "common/kube/cluster_credentials.hpp"

namespace acr::webhook {

ServingCertificate::ServingCertificate(std::string client_ca_file, std::string client_cn, Metrics& metrics)
    : client_ca_file_(std::move(client_ca_file)),
      client_cn_(std::move(client_cn)),
      expiry_(metrics.gauge("acr_webhook_certificate_expiry_timestamp_seconds",
                            "When the served certificate ends, in Unix time.")),
      read_errors_(metrics
                       .counter("certwatcher_read_certificate_errors_total",
                                "Looks at --cert-dir that found no usable certificate.")
                       .Add({})) {}

Result<std::optional<http::ClientCheck>> ServingCertificate::read_client_check() const {
  if (client_ca_file_.empty()) return std::optional<http::ClientCheck>{};
  const auto text = kube::read_file(client_ca_file_);
  if (!text) return fail(text.error());
  return http::ClientCheck{.ca_bundle = std::string(text->reveal()), .common_name = client_cn_};
}

Result<void> ServingCertificate::use(const http::KeyPair& pair, const char* source) {
  const auto validity = certs::parse_validity(pair.certificate_chain);
  if (!validity) return fail(validity.error());
  const auto client_check = read_client_check();
  if (!client_check) return fail(client_check.error());
  auto context = http::make_server_tls(pair, *client_check);
  if (!context) return fail(std::move(context.error()));
  context_ = std::move(*context);
  not_before_ = validity->not_before;
  not_after_ = validity->not_after;
  expiry_.Add({{"source", source}}).Set(std::chrono::duration<double>(not_after_.time_since_epoch()).count());
  log::info("certificate in use",
            {log::kv("not_after", format_rfc3339(not_after_)),
             log::kv("fingerprint", certs::fingerprint(pair.certificate_chain).value_or("unknown"))});
  return {};
}

Result<void> ServingCertificate::check(WallTime now) const {
  if (!context_) return fail(ErrorKind::Unavailable, "no certificate yet");
  if (now < not_before_)
    return fail(ErrorKind::Unavailable, "the certificate begins at " + format_rfc3339(not_before_));
  if (now >= not_after_) return fail(ErrorKind::Unavailable, "the certificate ended at " + format_rfc3339(not_after_));
  return {};
}

}  // namespace acr::webhook
