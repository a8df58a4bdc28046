// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error (common/base/error.hpp).
#pragma once

#include "common/base/error.hpp"
