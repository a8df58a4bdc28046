// SPDX-License-Identifier: Apache-2.0
// Linked into the programs: whatever the heap gets back is wiped first (SEC-9). A Secret wipes itself; this is for the
// copies that tokens leave in passing: strings that grew, bodies of requests and answers, parsed documents.
#include <malloc.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <new>

namespace {

void* take(std::size_t size) {
  // operator new(0) must give an address of its own.
  void* block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void give_back(void* block) noexcept {
  if (block == nullptr) return;
  OPENSSL_cleanse(block, malloc_usable_size(block));
  std::free(block);
}

}  // namespace

// The forms for arrays, and those that do not throw, go by these.
void* operator new(std::size_t size) {
  return take(size);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  void* block = std::aligned_alloc(step, (size + step) / step * step);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void operator delete(void* block) noexcept {
  give_back(block);
}

void operator delete(void* block, std::size_t) noexcept {
  give_back(block);
}

void operator delete(void* block, std::align_val_t) noexcept {
  give_back(block);
}

void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  give_back(block);
}
