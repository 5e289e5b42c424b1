# SPDX-License-Identifier: Apache-2.0
include_guard()
# espalier_add_plugin(<name> SOURCES <files...> [LINK <targets...>] [TORCH])
#
# Builds espalier_<name>.so, a plug-in, in lib/espalier/plugins, and its manifest beside it. TORCH links espalier::torch
# and records LibTorch's version in the stamp. The objects are also the target espalier_<name>_objects, for unit tests.
function(espalier_add_plugin name)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;LINK" ${ARGN})
  set(objects espalier_${name}_objects)
  set(module espalier_plugin_${name})
  add_library(${objects} OBJECT ${arg_SOURCES})
  target_include_directories(${objects} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
  if(arg_TORCH AND ESPALIER_UNITY)
    set_target_properties(${objects} PROPERTIES UNITY_BUILD ON)
  endif()
  target_link_libraries(${objects} PUBLIC espalier::sdk ${arg_LINK} $<$<BOOL:${arg_TORCH}>:espalier::torch>
    PRIVATE $<TARGET_NAME_IF_EXISTS:espalier_warnings>)
  target_compile_definitions(${objects} PRIVATE ESPALIER_BUILD_TYPE="$<CONFIG>"
    $<$<BOOL:${arg_TORCH}>:ESPALIER_TORCH_VERSION="${ESPALIER_TORCH_STAMP}">)
  set_target_properties(${objects} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)

  add_library(${module} MODULE)
  target_link_libraries(${module} PRIVATE ${objects})
  # clang's sanitizers leave symbols for the executable to define
  if(NOT (CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND (ESPALIER_SANITIZE OR CMAKE_CXX_FLAGS MATCHES "-fsanitize")))
    target_link_options(${module} PRIVATE -Wl,--no-undefined)
  endif()
  target_link_options(${module} PRIVATE -Wl,-z,nodelete)
  set_target_properties(${module} PROPERTIES PREFIX "" OUTPUT_NAME espalier_${name}
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/espalier/plugins"
    # LibTorch stays where it is; named here because CMake leaves out folders within the project, as .deps/ is. So does an
    # installed Espalier, for plug-ins of other projects that go into another prefix.
    INSTALL_RPATH "$ORIGIN/../..;$<$<BOOL:$<TARGET_PROPERTY:espalier::core,IMPORTED>>:$<TARGET_FILE_DIR:espalier::core>>;$<$<BOOL:${arg_TORCH}>:${TORCH_INSTALL_PREFIX}/lib>")
  add_custom_command(TARGET ${module} POST_BUILD
    COMMAND $<TARGET_FILE:espalier::manifest> $<TARGET_FILE:${module}>
    COMMENT "Manifest of ${name}" VERBATIM)
  add_dependencies(${module} espalier::manifest)
  include(GNUInstallDirs)
  install(TARGETS ${module} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/espalier/plugins COMPONENT plugins)
  # installing changes the file (its run path, symbols stripped), so its manifest is written anew
  install(CODE "
    execute_process(COMMAND \"$<TARGET_FILE:espalier::manifest>\"
      \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/espalier/plugins/espalier_${name}.so\"
      COMMAND_ERROR_IS_FATAL ANY)" COMPONENT plugins)
endfunction()
