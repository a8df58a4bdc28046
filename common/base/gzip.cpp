// SPDX-License-Identifier: Apache-2.0
#include "common/base/gzip.hpp"

#include <fmt/format.h>
// Its input is not const unless asked for.
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <new>

namespace acr {
namespace {

/// The largest window, and gzip's header and checksum instead of zlib's.
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr std::size_t kPieceBytes = 64UL * 1024;

/// From our own heap, which is wiped when it is given back: the window holds what is compressed, logins too.
voidpf take(voidpf, uInt count, uInt size) {
  return ::operator new(static_cast<std::size_t>(count) * size, std::nothrow);
}

void give_back(voidpf, voidpf block) {
  ::operator delete(block);
}

z_stream begin(std::string_view input) {
  z_stream stream{};
  stream.zalloc = take;
  stream.zfree = give_back;
  stream.next_in = reinterpret_cast<const Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  return stream;
}

/// Makes room for another piece behind what was written.
void extend(z_stream& stream, std::string& output, std::size_t size) {
  const auto written = output.size();
  output.resize(written + size);
  stream.next_out = reinterpret_cast<Bytef*>(output.data() + written);
  stream.avail_out = static_cast<uInt>(size);
}

}  // namespace

std::string compress_gzip(std::string_view bytes) {
  auto stream = begin(bytes);
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string output;
  extend(stream, output, deflateBound(&stream, static_cast<uLong>(bytes.size())));
  deflate(&stream, Z_FINISH);  // in one go: the bound is that of the whole
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return output;
}

Result<std::string> expand_gzip(std::string_view compressed, std::size_t most_bytes) {
  auto stream = begin(compressed);
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  std::string output;
  int status = Z_OK;
  while (status == Z_OK && output.size() <= most_bytes) {
    extend(stream, output, std::min(kPieceBytes, most_bytes + 1 - output.size()));
    status = inflate(&stream, Z_NO_FLUSH);
    output.resize(stream.total_out);
  }
  const bool is_whole = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (output.size() > most_bytes)
    return fail(ErrorKind::Protocol, fmt::format("it expands to more than {} bytes", most_bytes));
  if (!is_whole) return fail(ErrorKind::Protocol, "it is no complete gzip stream");
  return output;
}

}  // namespace acr
