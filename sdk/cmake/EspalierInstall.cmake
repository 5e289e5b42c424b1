# SPDX-License-Identifier: Apache-2.0
# cmake --install: a prefix that may be moved. bin/ finds lib/, and plug-ins find both, from where they lie ($ORIGIN).
# The host library is inside the command and is not installed.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Espalier)

set_target_properties(espalier_core PROPERTIES INSTALL_RPATH "$ORIGIN")
set_target_properties(espalier_manifest PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(exported espalier_core espalier_sdk espalier_manifest)
foreach(target espalier_files espalier_conformance espalier_dynas_t espalier_model_folder espalier_moo espalier_onnx espalier_regression espalier_report)
  if(TARGET ${target})
    list(APPEND exported ${target})
  endif()
endforeach()
install(TARGETS ${exported} EXPORT EspalierTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT EspalierTargets NAMESPACE espalier:: DESTINATION ${package_folder})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/core/include/" "${PROJECT_SOURCE_DIR}/sdk/include/"
  "${PROJECT_SOURCE_DIR}/sdk/dynas_t/include/" "${PROJECT_SOURCE_DIR}/sdk/model_folder/include/" "${PROJECT_SOURCE_DIR}/sdk/moo/include/" "${PROJECT_SOURCE_DIR}/sdk/onnx/include/"
  "${PROJECT_SOURCE_DIR}/sdk/regression/include/" "${PROJECT_SOURCE_DIR}/sdk/report/include/"
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")

if(TARGET espalier_torch)
  # LibTorch itself is not installed: it is found where it was built against, or by the package's user
  set_target_properties(espalier_torch PROPERTIES INSTALL_RPATH "$ORIGIN;${TORCH_INSTALL_PREFIX}/lib")
  install(TARGETS espalier_torch EXPORT EspalierTorchTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT EspalierTorchTargets NAMESPACE espalier:: DESTINATION ${package_folder})
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/sdk/torch/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp")
endif()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/EspalierConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/EspalierConfig.cmake" INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/EspalierConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/EspalierConfig.cmake" "${PROJECT_BINARY_DIR}/EspalierConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/EspalierAddPlugin.cmake" DESTINATION ${package_folder})
