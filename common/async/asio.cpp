// SPDX-License-Identifier: Apache-2.0
// The one file that compiles Asio itself; all others see only its declarations.
#include <boost/asio/impl/src.hpp>
