// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <utility>

#include "espalier/error.hpp"

namespace espalier::torch_sdk {

/// To be called inside `catch (...)` only: what LibTorch threw becomes an Error of one line, "`doing`: its first
/// sentence", or a std::bad_alloc with that text if it says that memory is lacking; Errors and everything else leave
/// unchanged.
[[noreturn]] ESPALIER_API void rethrow_as_error(std::string_view doing);

/// Runs `work` with LibTorch's exceptions translated. Every entry of a plug-in that calls LibTorch goes through it.
/// @param doing what the user asked for, without a verb form: "measuring |skip~0|...".
template <class Work>
decltype(auto) translated(std::string_view doing, Work&& work)
{
    try {
        return std::forward<Work>(work)();
    } catch (...) {
        rethrow_as_error(doing);
    }
}

}  // namespace espalier::torch_sdk
