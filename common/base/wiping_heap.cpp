// SPDX-License-Identifier: Apache-2.0
// Linked into the programs: whatever the heap gets back is wiped first (SEC-9). A Secret wipes itself; this is for the
// copies that tokens leave in passing: strings that grew, bodies of requests and answers, parsed documents.
#include <malloc.h>
#include <string.h>

#include <cstdlib>
#include <limits>
#include <new>

namespace {

void* take(std::size_t size) noexcept {
  // operator new(0) must give an address of its own.
  return std::malloc(size == 0 ? 1 : size);
}

void* take(std::size_t size, std::align_val_t alignment) noexcept {
  const auto step = static_cast<std::size_t>(alignment);
  if (size > std::numeric_limits<std::size_t>::max() - step) return nullptr;
  return std::aligned_alloc(step, (size + step) / step * step);
}

void* or_throw(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

/// Nothing beyond `size`, where that is told, was the caller's to write.
void give_back(void* block, std::size_t size) noexcept {
  if (block == nullptr) return;
  explicit_bzero(block, size);
  std::free(block);
}

void give_back(void* block) noexcept {
  if (block != nullptr) give_back(block, malloc_usable_size(block));
}

}  // namespace

// All forms, although the standard library's go by the first ones: those of a sanitizer's runtime do not.
void* operator new(std::size_t size) {
  return or_throw(take(size));
}
void* operator new[](std::size_t size) {
  return or_throw(take(size));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return take(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return take(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return or_throw(take(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return or_throw(take(size, alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return take(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return take(size, alignment);
}

void operator delete(void* block) noexcept {
  give_back(block);
}
void operator delete[](void* block) noexcept {
  give_back(block);
}
void operator delete(void* block, std::size_t size) noexcept {
  give_back(block, size);
}
void operator delete[](void* block, std::size_t size) noexcept {
  give_back(block, size);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
  give_back(block);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
  give_back(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  give_back(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  give_back(block);
}
void operator delete(void* block, std::size_t size, std::align_val_t) noexcept {
  give_back(block, size);
}
void operator delete[](void* block, std::size_t size, std::align_val_t) noexcept {
  give_back(block, size);
}
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  give_back(block);
}
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
  give_back(block);
}
