// SPDX-License-Identifier: Apache-2.0
#include "gating.hpp"

#include <string>

#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "espalier/error.hpp"

namespace espalier::torch_sdk {
namespace {

Tensor both(const Tensor& a, const Tensor& b)
{
    if (!a.defined() || !b.defined())
        return a.defined() ? a : b;
    return a.logical_and(b);
}

// Undefined, there for every example, wins.
Tensor either(const Tensor& a, const Tensor& b)
{
    return a.defined() && b.defined() ? a.logical_or(b) : Tensor();
}

}  // namespace

Tensor along_examples(const Tensor& per_example, const Tensor& x)
{
    at::DimVector extents(static_cast<std::size_t>(x.dim()), 1);
    extents[0] = x.size(0);
    return per_example.reshape(extents);
}

Tensor filled(const Value& value)
{
    if (!value.present.defined())
        return value.x;
    // not a product: what is not there may be infinite
    return at::where(along_examples(value.present, value.x), value.x, at::zeros({}, value.x.options()));
}

Tensor present_in_all(std::span<const Value> values)
{
    Tensor present;
    for (const Value& value : values)
        present = both(present, value.present);
    return present;
}

Value sum(std::span<const Value> terms)
{
    Value result;
    std::size_t there = 0;
    for (const Value& term : terms) {
        if (term.nothing())
            continue;
        if (there++ == 0) {
            result = term;
            continue;
        }
        if (result.x.sizes() != term.x.sizes())  // never broadcast
            throw Error("adds inputs of different widths: resolve the network, so that its projections become layers");
        result.x = filled(result).add(filled(term));
        result.present = either(result.present, term.present);
    }
    return result;
}

Value otherwise(const Value& first, const Value& second)
{
    if (first.nothing())
        return second;
    if (!first.present.defined() || second.nothing())
        return first;
    return {at::where(along_examples(first.present, first.x), first.x, second.x),
            either(first.present, second.present)};
}

Gate::Gate(std::size_t decision, const Tensor& gate, std::int64_t batch) : gate_{gate}
{
    const bool fits = gate.dim() == 1 || (gate.dim() == 2 && gate.size(0) == batch);
    if (!fits)
        throw Error("the gate of decision " + std::to_string(decision) + " is neither [options] nor [batch, options]");
    if (gate.dim() == 1 && !gate.requires_grad()) {
        const Tensor numbers = gate.to(at::kCPU, at::kDouble).contiguous();
        const auto* first = numbers.const_data_ptr<double>();
        fixed_.assign(first, first + numbers.numel());
    }
}

bool Gate::wants(std::size_t option) const
{
    return fixed_.empty() || fixed_.at(option) != 0;
}

Tensor Gate::weight(std::size_t option) const
{
    return gate_.select(-1, static_cast<std::int64_t>(option));
}

Value Gate::choice(std::span<const Value> inputs, std::span<const std::size_t> options) const
{
    const bool per_example = gate_.dim() == 2;
    std::vector<Value> terms;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].nothing() || !wants(options[i]))
            continue;
        const Tensor gate = weight(options[i]).to(inputs[i].x.scalar_type());
        Value term = inputs[i];
        if (per_example) {
            term.x = filled(term).mul(along_examples(gate, term.x));
            if (!gate.requires_grad())
                term.present = both(term.present, gate.ne(0));
        } else if (fixed_.empty() || fixed_[options[i]] != 1) {
            term.x = term.x.mul(gate);
        }
        terms.push_back(std::move(term));
    }
    return sum(terms);
}

Tensor Gate::masked(const Tensor& x, std::span<const std::int64_t> widths, std::span<const std::size_t> options,
                    std::int64_t axis) const
{
    const Tensor channel = at::arange(x.size(axis), x.options().dtype(at::kLong));
    Tensor mask;  // [channels] or [batch, channels]
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const Tensor leading = channel.lt(widths[i]).to(x.scalar_type());
        const Tensor gated = leading.mul(weight(options[i]).to(x.scalar_type()).unsqueeze(-1));
        mask = mask.defined() ? mask.add(gated) : gated;
    }
    at::DimVector extents(static_cast<std::size_t>(x.dim()), 1);
    extents[static_cast<std::size_t>(axis)] = x.size(axis);
    if (mask.dim() == 2)
        extents[0] = x.size(0);
    return x.mul(mask.reshape(extents));
}

}  // namespace espalier::torch_sdk
