# SPDX-License-Identifier: Apache-2.0
# darkroom_library(NAME [TORCH] SOURCES a.cpp … [LINK darkroom_x …] [PRIVATE_LINK …])
#   A folder's target: darkroom_<NAME>. Headers are included from the repository root ("core/base/error.h").
#   TORCH   compiled with LibTorch and the one precompiled header that all torch targets share.
# darkroom_executable(NAME …same…)
# darkroom_test(NAME [TORCH] SOURCES a_test.cpp … LINK …)   one Qt Test program per tested target (tests/test_main.cpp runs its classes)

# Joins the sources of a target into pieces of `count` files: most of the time of a source goes into its headers. Below 2: each alone.
function(darkroom_join_sources target count)
  if(count GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${count})
    # A private struct of a class that holds types of its source: sound, and told apart by GCC only in a file's own source.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

function(_darkroom_common target)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  target_sources(${target} PRIVATE ${arg_SOURCES})
  darkroom_join_sources(${target} ${DARKROOM_JOINED})
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE darkroom_warnings ${arg_PRIVATE_LINK})
  target_link_libraries(${target} PUBLIC ${arg_LINK})
  if(arg_TORCH)
    target_link_libraries(${target} PUBLIC third_party::torch)
    # LibTorch's headers trip -Wpedantic and -Wshadow through macros that expand in our files.
    # -fPIC in programs too: the precompiled header was made with it, and -fPIE would not match.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-pedantic;-Wno-shadow;-fPIC>)
    get_target_property(_type ${target} TYPE)
    if(_type STREQUAL "EXECUTABLE")
      set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    endif()
    if(TARGET darkroom_torch_pch AND NOT target STREQUAL "darkroom_torch_pch")
      target_precompile_headers(${target} REUSE_FROM darkroom_torch_pch)
    endif()
  endif()
endfunction()

function(darkroom_library name)
  add_library(darkroom_${name} STATIC)
  _darkroom_common(darkroom_${name} ${ARGN})
endfunction()

function(darkroom_executable name)
  add_executable(${name})
  _darkroom_common(${name} ${ARGN})
endfunction()

# AUTOMOC hands moc the target's include paths, and moc reads every header that it finds, LibTorch's for up to a minute a target. A test
# class is told from its own file alone.
function(_darkroom_moc_tests target)
  get_target_property(_sources ${target} SOURCES)
  foreach(source IN LISTS _sources)
    if(source MATCHES "_test\\.cpp$")
      cmake_path(GET source STEM stem)
      set(made "${CMAKE_CURRENT_BINARY_DIR}/moc/${stem}.moc")
      cmake_path(ABSOLUTE_PATH source)
      add_custom_command(OUTPUT "${made}" COMMAND Qt6::moc "${source}" -o "${made}" DEPENDS "${source}" VERBATIM)
      target_sources(${target} PRIVATE "${made}")
    endif()
  endforeach()
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/moc")
endfunction()

function(darkroom_test name)
  set(target "test_${name}")
  add_executable(${target} "${CMAKE_SOURCE_DIR}/tests/test_main.cpp")
  _darkroom_common(${target} ${ARGN})
  _darkroom_moc_tests(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(${target} PRIVATE Qt6::Core Qt6::Test)
  target_compile_definitions(${target} PRIVATE
    DARKROOM_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}" DARKROOM_SOURCE_DIR="${CMAKE_SOURCE_DIR}" DARKROOM_BUILD_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${target})
endfunction()
