# SPDX-License-Identifier: Apache-2.0
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)  # the name of 0.8
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_path(LIBSVM_INCLUDE libsvm/svm.h REQUIRED)  # has no package of its own
find_library(LIBSVM_LIBRARY svm REQUIRED)
find_path(ONNX_INCLUDE onnx/onnx_pb.h REQUIRED)  # nor has this, with the Protobuf that lies beside it: LibTorch has another
find_library(ONNX_MESSAGES onnx_proto REQUIRED)
find_path(ONNX_PROTOBUF_INCLUDE google/protobuf/message.h PATHS "${ONNX_INCLUDE}" NO_DEFAULT_PATH REQUIRED)
get_filename_component(onnx_libraries "${ONNX_MESSAGES}" DIRECTORY)
find_library(ONNX_PROTOBUF protobuf PATHS "${onnx_libraries}" NO_DEFAULT_PATH REQUIRED)
find_path(XXHASH_INCLUDE xxhash.h REQUIRED)      # the header alone is used

if(ESPALIER_WITH_TORCH)
  find_package(JPEG REQUIRED)
  find_package(PNG REQUIRED)
  # CMAKE_PREFIX_PATH or Torch_DIR first, then the torch of the active Python, then .deps/ (examples/setup/libtorch.sh).
  set(named "${Torch_DIR}")
  find_package(Torch 2.1 QUIET)  # older ones, as in distributions, are passed over
  if(NOT Torch_FOUND AND NOT named)
    foreach(python "$ENV{VIRTUAL_ENV}/bin/python3" python3 "${PROJECT_SOURCE_DIR}/.deps/python/bin/python3")
      execute_process(COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
        OUTPUT_VARIABLE torch_folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE missing)
      if(missing EQUAL 0 AND EXISTS "${torch_folder}/share/cmake/Torch")
        list(APPEND CMAKE_PREFIX_PATH "${torch_folder}")
        break()
      endif()
    endforeach()
    find_package(Torch 2.1 QUIET)
  endif()
  if(NOT Torch_FOUND OR (named AND NOT Torch_DIR PATH_EQUAL named))
    set(seen "")
    foreach(file version IN ZIP_LISTS Torch_CONSIDERED_CONFIGS Torch_CONSIDERED_VERSIONS)
      string(APPEND seen "\n  ${file} is version ${version}")
    endforeach()
    message(FATAL_ERROR "LibTorch 2.1 or later was not found. Install it with examples/setup/libtorch.sh, name its folder in "
      "CMAKE_PREFIX_PATH or Torch_DIR, or build without tensors, -DESPALIER_WITH_TORCH=OFF.${seen}")
  endif()
  # What must agree between plug-ins and command: the version with its build, "2.13.0+cpu".
  set(ESPALIER_TORCH_STAMP "${Torch_VERSION}")
  if(EXISTS "${TORCH_INSTALL_PREFIX}/version.py")           # of a Python package
    file(STRINGS "${TORCH_INSTALL_PREFIX}/version.py" line REGEX "^__version__ = ")
    string(REGEX REPLACE "^__version__ = '([^']+)'.*" "\\1" ESPALIER_TORCH_STAMP "${line}")
  elseif(EXISTS "${TORCH_INSTALL_PREFIX}/build-version")    # of the archive without Python
    file(STRINGS "${TORCH_INSTALL_PREFIX}/build-version" ESPALIER_TORCH_STAMP LIMIT_COUNT 1)
  endif()
  message(STATUS "LibTorch ${ESPALIER_TORCH_STAMP}: ${TORCH_INSTALL_PREFIX}")
endif()
