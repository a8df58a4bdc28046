// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/counted_memory.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace acr::bench {
namespace {

// The benchmarks have one thread.
std::size_t used = 0;
std::size_t peak = 0;

void* allocate(std::size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  used += malloc_usable_size(block);
  peak = std::max(peak, used);
  return block;
}

void release(void* block) {
  used -= malloc_usable_size(block);
  std::free(block);
}

}  // namespace

std::size_t used_bytes() {
  return used;
}

std::size_t peak_bytes() {
  return peak;
}

void reset_peak() {
  peak = used;
}

}  // namespace acr::bench

void* operator new(std::size_t size) {
  return acr::bench::allocate(size);
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return acr::bench::allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete(void* block) noexcept {
  acr::bench::release(block);
}

void operator delete(void* block, std::size_t) noexcept {
  acr::bench::release(block);
}

void operator delete(void* block, const std::nothrow_t&) noexcept {
  acr::bench::release(block);
}
