# SPDX-License-Identifier: Apache-2.0
# espalier_add_test(<name> SOURCES <files...> [LINK <targets...>] [TORCH] [SLOW])
#
# A Catch2 executable and its ctest entry; a test case that cannot run here says WARN("skipped: <why>") and returns,
# tests/run.sh lists those. TORCH: label `torch`, so that `ctest -LE torch` leaves it out. SLOW: some of its test cases
# are tagged [slow]; they are an entry of their own with label `slow`, run by `ctest -C full` only.
add_library(espalier_catch_main STATIC "${PROJECT_SOURCE_DIR}/tests/catch_main.cpp")
string(REGEX MATCH "^[0-9]+" catch_major "${Catch2_VERSION}")
target_link_libraries(espalier_catch_main PUBLIC Catch2::Catch2)
target_compile_definitions(espalier_catch_main PUBLIC ESPALIER_CATCH2=${catch_major})
target_include_directories(espalier_catch_main PUBLIC "${PROJECT_SOURCE_DIR}/tests")

# Catch2 3 fails where a tag matches nothing, and slow cases without an entry would never run.
function(espalier_check_slow name declared)
  foreach(source ${ARGN})
    if(source MATCHES "^[a-z_0-9/]+\\.cpp$")
      file(STRINGS "${source}" tagged REGEX "\\[slow\\]")
      if(tagged AND NOT declared)
        message(FATAL_ERROR "${source} has test cases tagged [slow]; espalier_add_test(${name} ...) needs SLOW")
      elseif(tagged)
        return()
      endif()
    endif()
  endforeach()
  if(declared)
    message(FATAL_ERROR "espalier_add_test(${name} ... SLOW) has no test case tagged [slow]")
  endif()
endfunction()

function(espalier_add_test name)
  cmake_parse_arguments(arg "TORCH;SLOW" "" "SOURCES;LINK" ${ARGN})
  espalier_check_slow(${name} ${arg_SLOW} ${arg_SOURCES})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE espalier_catch_main espalier_warnings ${arg_LINK})
  # most of the time of a test's compilation goes into its checks, which run once
  target_compile_options(${name} PRIVATE -O0)
  target_compile_definitions(${name} PRIVATE
    ESPALIER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ESPALIER_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  set(timeout 600)
  if(ESPALIER_SANITIZE MATCHES thread)  # ten times slower
    set(timeout 6000)
  endif()
  set(labels "")
  if(arg_TORCH)
    set(labels torch)
  endif()
  add_test(NAME ${name} COMMAND ${name} "~[slow]" WORKING_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout} ENVIRONMENT "OMP_NUM_THREADS=1")
  if(arg_SLOW)
    add_test(NAME ${name}_slow COMMAND ${name} "[slow]" WORKING_DIRECTORY "${PROJECT_BINARY_DIR}/tests" CONFIGURATIONS full)
    set_tests_properties(${name}_slow PROPERTIES LABELS "slow;${labels}" TIMEOUT 3600 ENVIRONMENT "OMP_NUM_THREADS=1")
  endif()
endfunction()
