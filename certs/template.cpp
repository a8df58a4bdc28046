// SPDX-License-Identifier: Apache-2.0
#include "certs/template.hpp"

#include <fmt/format.h>

namespace acr::certs::openssl {
namespace {

constexpr int kSerialBits = 128;

using Name = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using Names = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using Subtree = Owned<GENERAL_SUBTREE, GENERAL_SUBTREE_free>;
using Constraints = Owned<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

bool set_serial(X509& certificate) {
  const Number number(BN_new());
  return number && BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_subject(X509& certificate, std::string_view common_name) {
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(&certificate), NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool set_validity(X509& certificate, WallTime not_before, WallTime not_after) {
  using std::chrono::system_clock;
  return ASN1_TIME_set(X509_getm_notBefore(&certificate), system_clock::to_time_t(not_before)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(&certificate), system_clock::to_time_t(not_after)) != nullptr;
}

/// `type` is GEN_DNS or GEN_IPADD; as a constraint an address needs its mask, "10.0.0.1/255.255.255.255".
Name make_name(int type, const std::string& text, bool as_constraint) {
  if (type == GEN_DNS) {  // by hand, because a2i_GENERAL_NAME refuses the empty name, which stands for all names
    Name name(GENERAL_NAME_new());
    ASN1_IA5STRING* value = ASN1_IA5STRING_new();
    if (!name || ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) != 1) return nullptr;
    GENERAL_NAME_set0_value(name.get(), GEN_DNS, value);
    return name;
  }
  return Name(a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, text.c_str(), as_constraint ? 1 : 0));
}

bool add_subtree(STACK_OF(GENERAL_SUBTREE) * &list, int type, const std::string& text) {
  if (list == nullptr) list = sk_GENERAL_SUBTREE_new_null();
  Subtree subtree(GENERAL_SUBTREE_new());
  Name name = make_name(type, text, true);
  if (list == nullptr || !subtree || !name) return false;
  GENERAL_NAME_free(subtree->base);
  subtree->base = name.release();
  if (sk_GENERAL_SUBTREE_push(list, subtree.get()) == 0) return false;
  subtree.release();
  return true;
}

std::string single_address(const std::string& ip) {
  return ip + (ip.contains(':') ? "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "/255.255.255.255");
}

}  // namespace

Result<Certificate> begin_certificate(std::string_view common_name, WallTime not_before, WallTime not_after,
                                      const Key& subject_key) {
  Certificate certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 || !set_serial(*certificate) ||
      !set_subject(*certificate, common_name) || !set_validity(*certificate, not_before, not_after) ||
      X509_set_pubkey(certificate.get(), subject_key.get()) != 1) {
    return failure("cannot begin a certificate");
  }
  return certificate;
}

Result<void> add_extension(X509& certificate, X509& issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (!extension || X509_add_ext(&certificate, extension.get(), -1) != 1)
    return failure(fmt::format("cannot add {}", OBJ_nid2sn(nid)));
  return {};
}

Result<void> add_alternative_names(X509& certificate, const HostNames& names) {
  const Names list(sk_GENERAL_NAME_new_null());
  const auto add = [&](int type, const std::string& text) {
    Name name = make_name(type, text, false);
    if (!name || sk_GENERAL_NAME_push(list.get(), name.get()) == 0) return false;
    name.release();
    return true;
  };
  for (const auto& dns : names.dns) {
    if (!add(GEN_DNS, dns)) return failure(fmt::format("cannot name {} in a certificate", dns));
  }
  for (const auto& ip : names.ips) {
    if (!add(GEN_IPADD, ip)) return failure(fmt::format("cannot name {} in a certificate", ip));
  }
  if (X509_add1_ext_i2d(&certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return failure("cannot add subjectAltName");
  }
  return {};
}

Result<void> add_name_constraints(X509& certificate, const HostNames& names) {
  const Constraints constraints(NAME_CONSTRAINTS_new());
  bool good = constraints != nullptr;
  for (const auto& dns : names.dns) good = good && add_subtree(constraints->permittedSubtrees, GEN_DNS, dns);
  for (const auto& ip : names.ips)
    good = good && add_subtree(constraints->permittedSubtrees, GEN_IPADD, single_address(ip));
  // A kind of name that is not mentioned at all would be free (RFC 5280, 4.2.1.10).
  if (names.dns.empty()) good = good && add_subtree(constraints->excludedSubtrees, GEN_DNS, "");
  if (names.ips.empty()) {
    good = good && add_subtree(constraints->excludedSubtrees, GEN_IPADD, "0.0.0.0/0.0.0.0") &&
           add_subtree(constraints->excludedSubtrees, GEN_IPADD, "::/::");
  }
  if (!good || X509_add1_ext_i2d(&certificate, NID_name_constraints, constraints.get(), 1, X509V3_ADD_DEFAULT) != 1) {
    return failure("cannot add nameConstraints");
  }
  return {};
}

Result<void> sign(X509& certificate, const Key& issuer_key) {
  if (X509_sign(&certificate, issuer_key.get(), EVP_sha256()) == 0) return failure("cannot sign a certificate");
  return {};
}

}  // namespace acr::certs::openssl
