// SPDX-License-Identifier: Apache-2.0
// The ResponseStream of the real client.
#pragma once

#include <memory>

#include "common/http/client.hpp"
#include "common/http/exchange.hpp"

namespace acr::http {

/// `exchange` has read the answer's header.
std::unique_ptr<ResponseStream> make_response_stream(std::unique_ptr<Exchange> exchange);

}  // namespace acr::http
