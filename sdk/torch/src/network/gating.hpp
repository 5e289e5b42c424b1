// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "espalier/torch/network/forward.hpp"

namespace espalier::torch_sdk {

/// What a layer gave. Where it is nothing for some examples, their numbers mean nothing and nobody may use them.
struct Value {
    Tensor x;        ///< [batch, extents]; undefined: nothing for every example
    Tensor present;  ///< [batch] booleans; undefined: there for every example
    bool nothing() const { return !x.defined(); }
};

/// [batch, 1, ...]: one number or truth per example, shaped to be combined with `x`.
Tensor along_examples(const Tensor& per_example, const Tensor& x);
/// The numbers, zero where nothing is there.
Tensor filled(const Value&);
/// Of a layer that passes nothing on: there for the examples for which all inputs are.
Tensor present_in_all(std::span<const Value>);

Value sum(std::span<const Value> terms);
Value otherwise(const Value& first, const Value& second);

/// The gate of one decision, ready to weigh the inputs of its layers.
class Gate {
public:
    /// @param gate [options] or [batch, options]. @throws Error naming the decision.
    Gate(std::size_t decision, const Tensor& gate, std::int64_t batch);
    /// Whether an option's input has to be computed: not where the weight for the whole batch is exactly 0 and nobody
    /// asks for its gradient.
    bool wants(std::size_t option) const;
    /// Sum over the inputs of gate times input. With a gate that needs no gradient the result is nothing for examples
    /// whose inputs of non-zero weight are all nothing; with one that does, for those whose inputs are all nothing.
    Value choice(std::span<const Value> inputs, std::span<const std::size_t> options) const;
    /// `x` times the sum over the options of gate times mask of leading widths, along `axis` (counted with the batch).
    Tensor masked(const Tensor& x, std::span<const std::int64_t> widths, std::span<const std::size_t> options,
                  std::int64_t axis) const;

private:
    Tensor weight(std::size_t option) const;  ///< a scalar, or [batch]
    Tensor gate_;
    std::vector<double> fixed_;  ///< the numbers of a gate for the whole batch that needs no gradient; else empty
};

}  // namespace espalier::torch_sdk
