// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/operation.hpp"

#include <map>
#include <mutex>
#include <shared_mutex>

#include <c10/util/StringUtil.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier::torch_sdk {
namespace {

struct Registered {
    std::shared_mutex mutex;
    std::map<std::string, Computation, std::less<>> computations;
};

Registered& registered()
{
    static auto* const all = new Registered;  // threads may compute until the process ends
    return *all;
}

Computation computation(const std::string& operation)
{
    Registered& all = registered();
    const std::shared_lock lock(all.mutex);
    const auto found = all.computations.find(operation);
    if (found == all.computations.end())
        throw Error("is an operation that only its plug-in can compute");
    return found->second;
}

}  // namespace

void register_operation(const Operation& operation, Computation compute)
{
    espalier::register_operation(operation);
    Registered& all = registered();
    const std::unique_lock lock(all.mutex);
    if (const auto [known, added] = all.computations.emplace(operation.name, compute); known->second != compute)
        throw Error("the operation '" + operation.name + "' is computed by another plug-in; choose another name");
}

Tensor custom(const CustomLayer& call)
{
    Tensor y = computation(call.layer.spec().name)(call);
    const Shape& shape = call.layer.shape();
    if (!y.defined() || y.dim() == 0 || y.sizes().slice(1) != at::IntArrayRef(shape.begin(), shape.size()) ||
        (!call.inputs.empty() && y.size(0) != call.inputs[0].size(0)))
        throw Error("gave " + (y.defined() ? c10::str(y.sizes()) : "nothing") + ", not [examples, " + to_string(shape) +
                    "]");
    return y;
}

}  // namespace espalier::torch_sdk
