// SPDX-License-Identifier: Apache-2.0
#include "gating.hpp"

#include <string>

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "espalier/error.hpp"

namespace espalier::torch_sdk {
namespace {

/// [rows] as [rows, 1, ...], to be combined with `x`.
Tensor along_rows(const Tensor& per_row, const Tensor& x)
{
    if (per_row.dim() == 0)
        return per_row;
    at::DimVector extents(static_cast<std::size_t>(x.dim()), 1);
    extents[0] = x.size(0);
    return per_row.reshape(extents);
}

Rows something(const Value& value)
{
    return *value.held & *value.present;
}

Tensor weighed(const Term& term, const Rows& rows)
{
    Tensor x = taken(term.value.x, *term.value.held, rows);
    const Tensor weight = term.gate == nullptr ? Tensor() : term.gate->weight(term.option, rows);
    return weight.defined() ? x.mul(along_rows(weight.to(x.device(), x.scalar_type()), x)) : x;
}

}  // namespace

Gate::Gate(std::size_t decision, const Tensor& gate, std::int64_t batch)
    : decision_{decision}, batch_{batch}, gate_{gate}
{
    const bool fits = gate.dim() == 1 || (gate.dim() == 2 && gate.size(0) == batch);
    if (!fits)
        throw Error("the gate of decision " + std::to_string(decision) + " is neither [options] nor [batch, options]");
    if (!gate.requires_grad()) {
        const Tensor numbers = gate.to(at::kCPU, at::kDouble).contiguous();
        const auto* first = numbers.const_data_ptr<double>();
        numbers_.assign(first, first + numbers.numel());
    }
}

bool Gate::is(double expected, std::size_t option, std::int64_t example) const
{
    const std::int64_t first = per_example() ? example * gate_.size(-1) : 0;
    return !numbers_.empty() && numbers_[option + static_cast<std::size_t>(first)] == expected;
}

Rows Gate::gives(std::size_t option) const
{
    if (static_cast<std::int64_t>(option) >= gate_.size(-1))
        throw Error("the gate of decision " + std::to_string(decision_) + " has " + std::to_string(gate_.size(-1)) +
                    " options, option " + std::to_string(option) + " is asked for");
    return Rows::where(batch_, [&](std::int64_t example) { return !is(0, option, example); });
}

Tensor Gate::weight(std::size_t option, const Rows& rows) const
{
    const Rows other = Rows::where(batch_, [&](std::int64_t example) { return !is(1, option, example); });
    return (other & rows).empty() ? Tensor() : taken_weight(option, rows);
}

Tensor Gate::taken_weight(std::size_t option, const Rows& rows) const
{
    const Tensor weight = gate_.select(-1, static_cast<std::int64_t>(option));
    return per_example() ? taken(weight, Rows::all(batch_), rows) : weight;
}

Tensor Gate::masked(const Tensor& x, const Rows& rows, std::span<const std::int64_t> widths,
                    std::span<const std::size_t> options, std::int64_t axis) const
{
    const Tensor channel = at::arange(x.size(axis), x.options().dtype(at::kLong));
    Tensor mask;  // [channels] or [rows, channels]
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const Tensor leading = channel.lt(widths[i]).to(x.scalar_type());
        const Tensor gated = leading.mul(taken_weight(options[i], rows).to(x.device(), x.scalar_type()).unsqueeze(-1));
        mask = mask.defined() ? mask.add(gated) : gated;
    }
    at::DimVector extents(static_cast<std::size_t>(x.dim()), 1);
    extents[static_cast<std::size_t>(axis)] = x.size(axis);
    if (mask.dim() == 2)
        extents[0] = x.size(0);
    return x.mul(mask.reshape(extents));
}

Tensor sum(std::span<const Term> terms, const Rows& wanted)
{
    Tensor total;
    bool ours = false;  // whether `total` may be changed in place
    for (const Term& term : terms) {
        if (!term.value.x.defined())
            continue;
        const Rows rows = something(term.value) & wanted;
        if (rows.empty())
            continue;
        const Tensor x = weighed(term, rows);
        if (total.defined() && total.sizes().slice(1) != x.sizes().slice(1))
            throw Error("adds inputs of different widths: resolve the network, so that its projections become layers");
        if (rows == wanted) {
            ours = total.defined();
            total = ours ? total.add(x) : x;
            continue;
        }
        if (!ours)
            total = total.defined() ? total.clone() : zeros_as(x, wanted);
        ours = true;
        add_rows(total, wanted, x, rows);
    }
    return total;
}

Tensor mean(std::span<const Term> terms, const Rows& wanted)
{
    const Tensor total = sum(terms, wanted);
    if (!total.defined())
        return total;
    const Tensor counts = at::zeros({wanted.count()}, total.options());
    for (const Term& term : terms)
        if (const Rows rows = something(term.value) & wanted; term.value.x.defined() && !rows.empty())
            add_rows(counts, wanted, at::ones({rows.count()}, total.options()), rows);
    return total.div(along_rows(counts.clamp_min(1), total));
}

Tensor otherwise(const Value& first, const Value& second, const Rows& wanted)
{
    if (!first.x.defined())
        return spread(second, wanted);
    const Rows there = something(first) & wanted, rest = wanted - there;
    if (rest.empty() || !second.x.defined())
        return spread(first, wanted);
    if (there.empty())
        return spread(second, wanted);
    Tensor result = zeros_as(first.x, wanted);
    copy_rows(result, wanted, taken(first.x, *first.held, there), there);
    copy_rows(result, wanted, spread(second, rest), rest);
    return result;
}

Tensor spread(const Value& value, const Rows& wanted)
{
    if (!value.x.defined())
        return {};
    const Rows rows = *value.held & wanted;
    if (rows == wanted)
        return taken(value.x, *value.held, wanted);
    Tensor result = zeros_as(value.x, wanted);
    copy_rows(result, wanted, taken(value.x, *value.held, rows), rows);
    return result;
}

}  // namespace espalier::torch_sdk
