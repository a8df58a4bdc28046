# SPDX-License-Identifier: Apache-2.0
# Language level, warnings and sanitizers, as one interface target that every target of the project uses.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers hold no text of which ccache could see that a macro or a time in it changed; ours hold neither.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(acr_compiler INTERFACE)
target_compile_features(acr_compiler INTERFACE cxx_std_23)
target_include_directories(acr_compiler INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(acr_compiler INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(ACR_WARNINGS_AS_ERRORS)
  target_compile_options(acr_compiler INTERFACE -Werror)
endif()
if(ACR_SANITIZE)
  target_compile_options(acr_compiler INTERFACE -fsanitize=${ACR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(acr_compiler INTERFACE -fsanitize=${ACR_SANITIZE})
endif()
# ThreadSanitizer's runtime brings a heap that no program can replace: what replaces it is left out there.
set(ACR_HEAP_IS_OURS ON)
if(ACR_SANITIZE MATCHES thread)
  set(ACR_HEAP_IS_OURS OFF)
endif()
# The product and the fuzz targets, whose ways fuzzing has to see; in tests it would only cost a third of the time to compile them.
add_library(acr_covered INTERFACE)
if(ACR_FUZZ)
  target_compile_options(acr_covered INTERFACE -fsanitize=fuzzer-no-link)
endif()
# Templates give the same code again and again: it is kept once where nothing compares its address.
target_link_options(acr_compiler INTERFACE -fuse-ld=lld -Wl,--gc-sections $<$<CONFIG:Release>:-Wl,--icf=safe>)
target_compile_options(acr_compiler INTERFACE -ffunction-sections -fdata-sections)

configure_file(cmake/version.hpp.in generated/acr_version.hpp @ONLY)
