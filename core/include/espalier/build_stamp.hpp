// SPDX-License-Identifier: Apache-2.0
#pragma once

// What must agree between a plug-in and the command: "key=value;..." of facts known to the compiler. Compiler version
// and build type are recorded but never compared.
#define ESPALIER_STRING_(X) #X
#define ESPALIER_STRING(X) ESPALIER_STRING_(X)

#include <cstddef>  // defines the library's macros

#if defined(__GLIBCXX__)
#define ESPALIER_STAMP_LIBRARY "libstdc++"
#define ESPALIER_STAMP_STRING_ABI ESPALIER_STRING(_GLIBCXX_USE_CXX11_ABI)
#elif defined(_LIBCPP_VERSION)
#define ESPALIER_STAMP_LIBRARY "libc++"
#define ESPALIER_STAMP_STRING_ABI "-"
#else
#define ESPALIER_STAMP_LIBRARY "other"
#define ESPALIER_STAMP_STRING_ABI "-"
#endif

#if defined(_GLIBCXX_DEBUG)
#define ESPALIER_STAMP_DEBUG "1"
#else
#define ESPALIER_STAMP_DEBUG "0"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define ESPALIER_STAMP_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__)
#define ESPALIER_STAMP_SANITIZER "thread"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ESPALIER_STAMP_SANITIZER "address"
#elif __has_feature(thread_sanitizer)
#define ESPALIER_STAMP_SANITIZER "thread"
#endif
#endif
#if !defined(ESPALIER_STAMP_SANITIZER)
#define ESPALIER_STAMP_SANITIZER "none"
#endif

/// Set by the build for plug-ins that link LibTorch: "2.13.0+cpu".
#if !defined(ESPALIER_TORCH_VERSION)
#define ESPALIER_TORCH_VERSION "none"
#endif
#if !defined(ESPALIER_BUILD_TYPE)
#define ESPALIER_BUILD_TYPE "unknown"
#endif

#define ESPALIER_BUILD_STAMP                                                                                  \
    "library=" ESPALIER_STAMP_LIBRARY ";string_abi=" ESPALIER_STAMP_STRING_ABI ";debug=" ESPALIER_STAMP_DEBUG \
    ";sanitizer=" ESPALIER_STAMP_SANITIZER ";torch=" ESPALIER_TORCH_VERSION ";compiler=" __VERSION__          \
    ";build_type=" ESPALIER_BUILD_TYPE
