// SPDX-License-Identifier: Apache-2.0
#include "espalier/operation.hpp"

#include <map>
#include <mutex>
#include <shared_mutex>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations/operations.hpp"

namespace espalier {
namespace {

struct Registered {
    std::shared_mutex mutex;
    std::map<std::string, Operation, std::less<>> operations;  // layers point into it
};

Registered& registered()
{
    static auto* const all = new Registered;  // networks of other static objects may outlive any destructor
    return *all;
}

}  // namespace

void register_operation(const Operation& operation)
{
    if (operation.name.empty())
        throw Error("an operation needs a name");
    for (std::size_t i = 0; i <= static_cast<std::size_t>(Op::channel_mask); ++i)
        if (name(static_cast<Op>(i)) == operation.name)
            throw Error(fmt::format("the operation '{}' is one of core; choose another name", operation.name));
    Registered& all = registered();
    const std::unique_lock lock(all.mutex);
    if (const auto [known, added] = all.operations.emplace(operation.name, operation);
        !added && known->second != operation)
        throw Error(
            fmt::format("the operation '{}' is registered by another plug-in; choose another name", operation.name));
}

const Operation* find_operation(std::string_view name)
{
    Registered& all = registered();
    const std::shared_lock lock(all.mutex);
    const auto found = all.operations.find(name);
    return found == all.operations.end() ? nullptr : &found->second;
}

}  // namespace espalier
