# SPDX-License-Identifier: Apache-2.0
# espalier_add_test(<name> SOURCES <files...> [LINK <targets...>] [TORCH])
#
# A Catch2 executable. Torch-free ones are one ctest entry a test case; TORCH ones are one entry in all, because every
# start costs 0.2 s. Test cases tagged [slow] run with label `slow` only.
add_library(espalier_catch_main STATIC "${PROJECT_SOURCE_DIR}/tests/catch_main.cpp")
string(REGEX MATCH "^[0-9]+" catch_major "${Catch2_VERSION}")
target_link_libraries(espalier_catch_main PUBLIC Catch2::Catch2)
target_compile_definitions(espalier_catch_main PUBLIC ESPALIER_CATCH2=${catch_major})
target_include_directories(espalier_catch_main PUBLIC "${PROJECT_SOURCE_DIR}/tests")

function(espalier_add_test name)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE espalier_catch_main espalier_warnings ${arg_LINK})
  target_compile_definitions(${name} PRIVATE
    ESPALIER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ESPALIER_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name} "~[slow]" WORKING_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  # exit status 4: Catch2 3 ran nothing because every test was skipped
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 ENVIRONMENT "OMP_NUM_THREADS=1" SKIP_RETURN_CODE 77)
  add_test(NAME ${name}_slow COMMAND ${name} "[slow]" WORKING_DIRECTORY "${PROJECT_BINARY_DIR}/tests" CONFIGURATIONS full)
  set_tests_properties(${name}_slow PROPERTIES LABELS slow TIMEOUT 3600 ENVIRONMENT "OMP_NUM_THREADS=1")
endfunction()
