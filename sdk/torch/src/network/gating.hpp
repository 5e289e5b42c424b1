// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <span>
#include <vector>

#include "espalier/torch/network/forward.hpp"

#include "rows.hpp"

namespace espalier::torch_sdk {

/// The gate of one decision.
class Gate {
public:
    /// @param gate [options] or [batch, options]. @throws Error naming the decision.
    Gate(std::size_t decision, const Tensor& gate, std::int64_t batch);
    bool per_example() const { return gate_.dim() == 2; }
    /// The examples to which an option may contribute: not those whose weight is exactly 0, unless somebody asks for
    /// the gate's gradient. @throws Error if the gate has no such option.
    Rows gives(std::size_t option) const;
    /// A scalar, or [rows] for a gate per example; undefined: exactly 1.
    Tensor weight(std::size_t option, const Rows& rows) const;
    /// `x`, [rows, ...], times the sum over the options of weight times mask of leading widths, along `axis`.
    Tensor masked(const Tensor& x, const Rows& rows, std::span<const std::int64_t> widths,
                  std::span<const std::size_t> options, std::int64_t axis) const;

private:
    /// Whether a number is known to be `expected`.
    bool is(double expected, std::size_t option, std::int64_t example) const;
    Tensor taken_weight(std::size_t option, const Rows& rows) const;
    std::size_t decision_;
    std::int64_t batch_;
    Tensor gate_;
    std::vector<double> numbers_;  ///< of the gate, options fastest; empty where it needs a gradient
};

using OpenGates = std::map<std::size_t, Gate>;

/// What a layer gave: numbers for the rows `held`, which mean something where `present`.
struct Value {
    Tensor x;  ///< [held, ...]; undefined: nothing for every example
    const Rows *held, *present;
};

/// A value times a weight per row that it is asked for; without a gate, 1.
struct Term {
    Value value;
    const Gate* gate = nullptr;
    std::size_t option = 0;
};

/// [wanted, ...]: the sum of the terms, zero where all are nothing. Undefined where they are nothing for all of
/// `wanted`. @throws Error where their extents differ, which is never broadcast.
Tensor sum(std::span<const Term> terms, const Rows& wanted);
/// The same divided, example by example, by how many of the terms are something.
Tensor mean(std::span<const Term> terms, const Rows& wanted);
/// [wanted, ...]: the numbers of `first` where it is something, else those of `second`.
Tensor otherwise(const Value& first, const Value& second, const Rows& wanted);
/// [wanted, ...]: the value's numbers, zero where it holds none. What is not present means nothing, still.
Tensor spread(const Value&, const Rows& wanted);

}  // namespace espalier::torch_sdk
