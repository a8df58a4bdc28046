// SPDX-License-Identifier: Apache-2.0
// The one file that compiles Beast and Asio's TLS; all others see only their declarations.
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
