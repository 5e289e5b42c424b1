// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "espalier/network.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// The running means and variances of a network's batch normalisations, by weight name. Layers that share a name share
/// them, each at its largest width; narrower layers use the leading slice. They begin with mean 0 and variance 1.
///
/// `forward` moves those it is given in training mode and only reads them in evaluation mode. Threads that run the same
/// weights at once each need their own to move; any number may read one object that nobody moves.
class ESPALIER_API Statistics {
public:
    /// What a batch in training mode does to them. `momentum`: running += m * (batch - running) with the layer's m.
    /// `cumulative`: the exact mean over all batches since the beginning or `reset`, each weighted by its examples,
    /// counted per channel, whatever the layers' momentum. A batch's variance is the unbiased one either way.
    enum class Update : std::uint8_t { momentum, cumulative };

    /// @param network whose normalisations; a resolved network needs no more than its own.
    explicit Statistics(const Network& network, Update = Update::momentum, at::ScalarType = at::kFloat,
                        const c10::Device& = c10::Device(c10::kCPU));
    Statistics(const Statistics&);  ///< has its own numbers
    Statistics(Statistics&&) noexcept;
    ~Statistics();

    struct Running {
        Tensor mean, variance;  ///< [channels], of the weights' type
        Tensor examples;        ///< [channels] in double: how many each has seen; counted by `cumulative` only
    };
    /// Of the layers with these weights. @throws Error if there are none of this name.
    const Running& at(std::string_view weights) const;
    Update update() const { return update_; }
    void reset();  ///< mean 0, variance 1, nothing seen

private:
    friend class Weights;  // adds and moves its own; a name in its list of tensors is a tensor of these
    explicit Statistics(Update update) : update_{update} {}
    Statistics& operator=(Statistics&&) noexcept;
    const Running& add(const std::string& weights, std::int64_t channels, at::ScalarType, const c10::Device&);

    std::map<std::string, Running, std::less<>> running_;
    Update update_;
};

}  // namespace espalier::torch_sdk
