# SPDX-License-Identifier: Apache-2.0
# acr_component(NAME [SMALL] SOURCES sources... USES targets...): one folder of the product = one static library `acr::NAME`.
# SMALL: compiled for size, for what runs once for an edit, a login or a decision: its code is resident in memory all the time. What
# runs for each byte or each review is compiled for speed.
# A component sees only the targets it names, so a forbidden arrow between folders does not link (docs/architecture.md).
function(acr_component name)
  cmake_parse_arguments(ARG "SMALL" "" "SOURCES;USES" ${ARGN})
  add_library(acr_${name} STATIC ${ARG_SOURCES})
  add_library(acr::${name} ALIAS acr_${name})
  target_link_libraries(acr_${name} PUBLIC acr_compiler ${ARG_USES} PRIVATE acr_covered)
  if(ARG_SMALL)
    target_compile_options(acr_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
  acr_use_precompiled(acr_${name})
endfunction()

# acr_program(NAME sources... USES targets...): one of the two executables.
function(acr_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE acr_compiler acr_covered ${ARG_USES})
  if(ACR_HEAP_IS_OURS)
    target_link_libraries(${name} PRIVATE acr_wiping_heap)
  endif()
  acr_use_precompiled(${name})
  install(TARGETS ${name})
endfunction()
