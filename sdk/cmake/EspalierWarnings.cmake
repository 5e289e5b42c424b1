# SPDX-License-Identifier: Apache-2.0
# Warnings and sanitizers for our own targets.
add_library(espalier_warnings INTERFACE)
target_compile_options(espalier_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  # GCC 12 finds overlap in std::string's own operator+ where it is inlined (its bug 105651)
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  # a unity build's files are included, and GCC expects of what is included that others include it too
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${ESPALIER_UNITY}>>:-Wno-subobject-linkage>
  # what sanitizers add hides from GCC that the standard library's own members are set
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${ESPALIER_SANITIZE}>>:-Wno-maybe-uninitialized>
  $<$<BOOL:${ESPALIER_WERROR}>:-Werror>)
if(ESPALIER_SANITIZE)
  list(JOIN ESPALIER_SANITIZE "," sanitizers)
  add_compile_options(-fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${sanitizers})
endif()
