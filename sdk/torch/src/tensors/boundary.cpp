// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/boundary.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>

#include <c10/util/Exception.h>

namespace espalier::torch_sdk {
namespace {

constexpr std::array kLacking{"can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED"};

/// So that nobody takes what the machine lacks for a property of the network.
class OutOfMemory final : public std::bad_alloc {
public:
    explicit OutOfMemory(const std::string& sentence) : sentence_{std::make_shared<const std::string>(sentence)} {}
    const char* what() const noexcept override { return sentence_->c_str(); }

private:
    std::shared_ptr<const std::string> sentence_;  // copying an exception must not throw
};

/// LibTorch has a type for what a GPU lacks; the allocator of the CPU and the libraries below say it in words.
bool lacks_memory(const c10::Error& error)
{
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr)
        return true;
    const std::string_view text = error.what_without_backtrace();
    return std::ranges::any_of(kLacking, [&](const char* words) { return text.find(words) != text.npos; });
}

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
        if (lacks_memory(error))
            throw OutOfMemory(prefix + first_line(error.what_without_backtrace()));
        throw Error(prefix + first_line(error.what_without_backtrace()));
    } catch (const Error&) {
        throw;
    } catch (const std::runtime_error& error) {  // oneDNN and MKL throw these through LibTorch
        throw Error(prefix + first_line(error.what()));
    }
}

}  // namespace espalier::torch_sdk
