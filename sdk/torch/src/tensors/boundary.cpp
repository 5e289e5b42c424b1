// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/boundary.hpp"

#include <string>

#include <c10/util/Exception.h>

namespace espalier::torch_sdk {
namespace {

std::string first_line(std::string_view text)
{
    return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

void rethrow_as_error(std::string_view doing)
{
    const std::string prefix = doing.empty() ? "" : std::string(doing) + ": ";
    try {
        throw;
    } catch (const c10::Error& error) {
        throw Error(prefix + first_line(error.what_without_backtrace()));
    } catch (const Error&) {
        throw;
    } catch (const std::runtime_error& error) {  // oneDNN and MKL throw these through LibTorch
        throw Error(prefix + first_line(error.what()));
    }
}

}  // namespace espalier::torch_sdk
