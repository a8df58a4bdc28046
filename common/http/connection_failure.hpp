// SPDX-License-Identifier: Apache-2.0
// Whether a request can have reached its peer.
#pragma once

#include "common/base/error.hpp"

namespace acr::http {

/// Is this an error of Client::fetch() because no connection came about: no name, no TCP, no proxy, no TLS? Known by
/// the words with which dial() begins all of its errors.
bool is_connection_failure(const Error& error);

}  // namespace acr::http
