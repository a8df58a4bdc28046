# SPDX-License-Identifier: Apache-2.0
# The headers of others that most files read, compiled once for each build folder: reading them anew for each file was two thirds of
# the time of a build. Every file still includes what it uses, so the build works without this too (-DACR_PRECOMPILED_HEADERS=OFF).
option(ACR_PRECOMPILED_HEADERS "Compile the headers of other libraries once" ON)

set(acr_plain_headers
  <algorithm> <array> <charconv> <chrono> <cstddef> <cstdint> <deque> <exception> <expected> <filesystem> <fstream> <functional> <map>
  <memory> <optional> <random> <ranges> <set> <span> <sstream> <string> <string_view> <utility> <variant> <vector> <fmt/format.h>)
# Asio's headers ask for its code at link time: only for what links it.
set(acr_asio_headers
  <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/experimental/parallel_group.hpp> <boost/asio/io_context.hpp>
  <boost/asio/ip/tcp.hpp> <boost/asio/redirect_error.hpp> <boost/asio/ssl/context.hpp> <boost/asio/steady_timer.hpp>
  <boost/asio/use_awaitable.hpp> <boost/asio/write.hpp>)

# acr_precompile(NAME COMPILER targets... HEADERS headers...): the target acr_headers_NAME, whose compiled headers others take over
# that are compiled with the same options.
function(acr_precompile name)
  cmake_parse_arguments(ARG "" "" "COMPILER;HEADERS" ${ARGN})
  set(source ${PROJECT_BINARY_DIR}/generated/headers_${name}.cpp)
  if(NOT EXISTS ${source})
    file(WRITE ${source} "// CMake compiles no headers for a target without a source.\n")
  endif()
  add_library(acr_headers_${name} OBJECT ${source})
  target_link_libraries(acr_headers_${name} PRIVATE ${ARG_COMPILER} acr_boost fmt::fmt OpenSSL::SSL)
  target_precompile_headers(acr_headers_${name} PRIVATE ${ARG_HEADERS})
endfunction()

if(ACR_PRECOMPILED_HEADERS)
  # Without the time in it the file is the same each time, and ccache knows what was compiled with it.
  target_compile_options(acr_compiler INTERFACE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  acr_precompile(plain COMPILER acr_compiler acr_covered HEADERS ${acr_plain_headers})
  acr_precompile(asio COMPILER acr_compiler acr_covered HEADERS ${acr_plain_headers} ${acr_asio_headers})
  if(ACR_TESTS)
    acr_precompile(plain_tests COMPILER acr_compiler HEADERS ${acr_plain_headers} <catch2/catch.hpp>)
    acr_precompile(asio_tests COMPILER acr_compiler HEADERS ${acr_plain_headers} ${acr_asio_headers} <catch2/catch.hpp>)
  endif()
endif()

# Whether TARGET links Asio, by whatever way -> OUT.
function(acr_links_asio target out)
  set(found OFF)
  foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
    get_target_property(used ${target} ${property})
    foreach(other ${used})
      if(other STREQUAL acr_boost)
        set(found ON)
      elseif(NOT found AND other MATCHES "^acr" AND TARGET ${other})
        acr_links_asio(${other} found)
      endif()
    endforeach()
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# acr_use_precompiled(TARGET [TESTS]), after what TARGET links is said; TESTS for sources of tests.
function(acr_use_precompiled target)
  if(NOT ACR_PRECOMPILED_HEADERS)
    return()
  endif()
  acr_links_asio(${target} asio)
  set(headers acr_headers_plain)
  if(asio)
    set(headers acr_headers_asio)
  endif()
  if("TESTS" IN_LIST ARGN)
    string(APPEND headers _tests)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${headers})
endfunction()
