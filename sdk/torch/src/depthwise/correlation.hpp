// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "loops.hpp"

namespace espalier::torch_sdk::depthwise {

/// All channels cut into vectors, and these into stripes that are computed together.
class Stripes {
public:
    /// @param width of a vector, at most `channels`.
    Stripes(std::int64_t channels, std::int64_t width);

    std::int64_t channels() const { return channels_; }
    std::int64_t width() const { return width_; }
    std::int64_t vectors() const { return static_cast<std::int64_t>(firsts_.size()); }
    /// The first channel of a vector.
    std::int64_t first(std::int64_t vector) const { return firsts_[static_cast<std::size_t>(vector)]; }
    std::int64_t count() const { return count_; }
    Channels operator[](std::int64_t stripe) const;
    /// Channels of the largest stripe.
    std::int64_t largest() const { return (vectors() + count_ - 1) / count_ * width_; }

private:
    std::int64_t channels_, width_, count_;
    std::vector<std::int64_t> firsts_;
};

/// One axis of a depthwise convolution.
struct Axis {
    std::int64_t in = 0, out = 0, kernel = 1, stride = 1, pad = 0, dilation = 1;
};

/// What the loops compute of a convolution.
class Plan {
public:
    /// The outputs from the inputs: one phase.
    static Plan forward(const Axis& rows, const Axis& columns, const Stripes&);
    /// The gradient of the inputs from that of the outputs. Inputs as far from each other as the stride meet the same
    /// numbers of the kernel, so stride x stride phases are correlations of stride 1 each.
    static Plan input_gradient(const Axis& rows, const Axis& columns, const Stripes&);

    const Correlation& correlation() const { return correlation_; }
    /// The memory that the loops need.
    std::int64_t floats() const { return floats_; }

private:
    struct Along;
    Plan(Along rows, Along columns, const Stripes&);

    std::vector<std::vector<Tap>> taps_;
    std::vector<Phase> phases_;
    Correlation correlation_;
    std::int64_t floats_ = 0;
};

}  // namespace espalier::torch_sdk::depthwise
