// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/errors.hpp"
#include "common/base/json.hpp"
#include "controller/credential_check/print.hpp"

namespace acr::controller {
namespace {

void write_list(JsonWriter& writer, std::string_view key, const std::vector<std::string>& texts) {
  write_key(writer, key);
  writer.StartArray();
  for (const auto& text : texts) write_value(writer, text);
  writer.EndArray();
}

void write_failure(JsonWriter& writer, const Error& error) {
  write_key(writer, "failure");
  writer.StartObject();
  write_string(writer, "kind", to_string(error.kind));
  write_string(writer, "code", error.code);
  write_string(writer, "requestId", error.request_id);
  write_string(writer, "message", error.message);
  write_string(writer, "advice", alibaba::advise(error));
  writer.EndObject();
}

void write_hosts(JsonWriter& writer, const InstanceReport& report) {
  write_key(writer, "hosts");
  writer.StartArray();
  for (const auto& host : report.hosts) {
    writer.StartObject();
    write_string(writer, "host", host.host);
    write_string(writer, "result", to_string(host.answer));
    if (!host.detail.empty()) write_string(writer, "detail", host.detail);
    if (!host.advice.empty()) write_string(writer, "advice", host.advice);
    writer.EndObject();
  }
  writer.EndArray();
}

void write_instance(JsonWriter& writer, const InstanceReport& report) {
  writer.StartObject();
  write_string(writer, "result", report.failure ? "failed" : "ok");
  write_string(writer, "instance", report.instance);
  write_string(writer, "instanceId", report.instance_id);
  write_string(writer, "regionId", report.region_id);
  write_string(writer, "identity", report.identity);
  write_list(writer, "roles", report.roles);
  write_string(writer, "accessKeyId", report.access_key);
  write_list(writer, "domains", report.domains);
  write_hosts(writer, report);
  if (report.expires) write_string(writer, "expires", format_rfc3339(*report.expires));
  if (!report.warning.empty()) write_string(writer, "warning", report.warning);
  if (report.failure) write_failure(writer, *report.failure);
  writer.EndObject();
}

}  // namespace

std::string print_json(const CredentialReport& report) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "result", report.is_good() ? "good" : "bad");
  write_string(writer, "configuration", report.configuration);
  write_list(writer, "configuration_errors", report.configuration_errors);
  write_string(writer, "region", report.region_id);
  write_key(writer, "instances");
  writer.StartArray();
  for (const auto& instance : report.instances) write_instance(writer, instance);
  writer.EndArray();
  writer.EndObject();
  return text_of(buffer) + "\n";
}

}  // namespace acr::controller
