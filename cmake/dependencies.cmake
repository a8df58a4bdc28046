# SPDX-License-Identifier: Apache-2.0
# Third-party libraries, all from the distribution; their headers are not ours to warn about.
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
find_package(Threads REQUIRED)
if(ACR_TESTS)
  find_package(Catch2 2.13 REQUIRED)
endif()
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/document.h REQUIRED)

add_library(acr_boost INTERFACE)
target_link_libraries(acr_boost INTERFACE Boost::boost Boost::url Threads::Threads)
# Without the separate compilation switch every file that touches Asio compiles all of it.
target_compile_definitions(acr_boost INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)

# RapidJSON 1.1.0 assigns to a const member in GenericStringRef::operator=, which clang 19 refuses even unused. Upstream has
# since removed that operator; the build compiles against a copy of the headers without it. Its stack adds to a null pointer
# while it is empty, which UndefinedBehaviorSanitizer reports; the copy compares lengths instead, as upstream does now.
set(acr_rapidjson_copy ${PROJECT_BINARY_DIR}/generated/rapidjson-headers)
if(NOT EXISTS ${acr_rapidjson_copy})  # once: a rewritten header would rebuild everything
  file(COPY ${RAPIDJSON_INCLUDE_DIR}/rapidjson DESTINATION ${acr_rapidjson_copy})
  file(READ ${acr_rapidjson_copy}/rapidjson/document.h acr_rapidjson_document)
  string(REPLACE "GenericStringRef& operator=(const GenericStringRef& rhs) { s = rhs.s; length = rhs.length; }" ""
    acr_rapidjson_document "${acr_rapidjson_document}")
  file(WRITE ${acr_rapidjson_copy}/rapidjson/document.h "${acr_rapidjson_document}")
  file(READ ${acr_rapidjson_copy}/rapidjson/internal/stack.h acr_rapidjson_stack)
  string(REPLACE "stackTop_ + sizeof(T) * count > stackEnd_" "static_cast<std::ptrdiff_t>(sizeof(T) * count) > stackEnd_ - stackTop_"
    acr_rapidjson_stack "${acr_rapidjson_stack}")
  file(WRITE ${acr_rapidjson_copy}/rapidjson/internal/stack.h "${acr_rapidjson_stack}")
endif()

add_library(acr_rapidjson INTERFACE)
target_include_directories(acr_rapidjson SYSTEM INTERFACE ${acr_rapidjson_copy})
target_compile_definitions(acr_rapidjson INTERFACE RAPIDJSON_HAS_STDSTRING=1)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
  target_compile_definitions(acr_rapidjson INTERFACE RAPIDJSON_SSE2)  # part of every x86-64: strings 16 bytes at once
endif()
