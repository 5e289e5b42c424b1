// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

#include <algorithm>
#include <utility>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

namespace espalier::hurricane {
namespace {

std::vector<double> number(std::int64_t value)
{
    return {static_cast<double>(value)};
}

/// Builds one operator; names below are those of its weights.
class Builder {
public:
    Builder(Network& n, const Operator& op, const Style& style, const std::string& weights)
        : n_{n}, op_{op}, style_{style}, weights_{weights + "."}
    {
    }

    std::size_t separable(std::size_t x, std::int64_t out, int stride)
    {
        const std::size_t once = point(depth(n_.add(Op::relu, {x}), stride, "depth1"), channels(x), "point1");
        const std::size_t again = n_.add(Op::relu, {normal(once, "point1")});
        const std::size_t y = normal(point(depth(again, 1, "depth2"), out, "point2"), "point2");
        return squeezed(y);
    }

    std::size_t bottleneck(std::size_t x, std::int64_t out, int stride)
    {
        std::size_t y = x;
        if (op_.expansion > 1)
            y = n_.add(Op::relu6, {normal(point(x, op_.expansion * channels(x), "expand"), "expand")});
        y = squeezed(n_.add(Op::relu6, {normal(depth(y, stride, "depth"), "depth")}));
        y = normal(point(y, out, "project"), "project");
        return stride == 1 && channels(x) == out ? n_.add(Op::add, {x, y}) : y;
    }

    /// Choice and ChoiceX: half of the channels is kept, at stride 2 as a smaller picture of all of them.
    std::size_t two_branches(std::size_t x, std::int64_t out, int stride)
    {
        std::size_t kept = x, y = x;
        if (stride == 1) {
            kept = n_.add(Op::slice, {x}, {{"step", {2}}});
            y = n_.add(Op::slice, {x}, {{"begin", {1}}, {"step", {2}}});
        } else {
            kept = point_relu(normal(depth(x, stride, "kept.depth"), "kept.depth"), channels(x), "kept.point");
        }
        const std::int64_t middle = out / 2, made = out - channels(kept);
        y = op_.family == Family::shuffle ? shuffle(y, middle, made, stride) : xception(y, middle, made, stride);
        return n_.add(Op::concat, {kept, squeezed(y)});
    }

private:
    std::size_t shuffle(std::size_t x, std::int64_t middle, std::int64_t out, int stride)
    {
        const std::size_t y = depth(point_relu(x, middle, "point1"), stride, "depth");
        return point_relu(normal(y, "depth"), out, "point2");
    }
    std::size_t xception(std::size_t x, std::int64_t middle, std::int64_t out, int stride)
    {
        x = point_relu(normal(depth(x, stride, "depth1"), "depth1"), middle, "point1");
        x = point_relu(normal(depth(x, 1, "depth2"), "depth2"), middle, "point2");
        return point_relu(normal(depth(x, 1, "depth3"), "depth3"), out, "point3");
    }

    std::int64_t channels(std::size_t x) const { return n_[x].shape()[0]; }
    std::size_t depth(std::size_t x, int stride, const std::string& part)
    {
        return n_.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", number(op_.kernel)}, {"stride", number(stride)}},
                      weights_ + part);
    }
    std::size_t point(std::size_t x, std::int64_t out, const std::string& part)
    {
        return n_.add(Op::conv, {x}, {{"out", number(out)}}, weights_ + part);
    }
    std::size_t normal(std::size_t x, const std::string& part)
    {
        return n_.add(Op::batch_norm, {x}, {{"affine", number(style_.affine ? 1 : 0)}}, weights_ + part + ".bn");
    }
    std::size_t point_relu(std::size_t x, std::int64_t out, const std::string& part)
    {
        return n_.add(Op::relu, {normal(point(x, out, part), part)});
    }
    /// Squeeze and excite with a quarter of the channels, where the operator has it: each channel times a number that
    /// depends on the means of all.
    std::size_t squeezed(std::size_t x)
    {
        if (!op_.gated)
            return x;
        std::size_t gate = n_.add(Op::global_average, {x}, {{"keep", {1}}});
        gate = n_.add(Op::relu, {biased(gate, channels(x) / 4, "squeeze.reduce")});
        gate = n_.add(style_.gate, {biased(gate, channels(x), "squeeze.expand")});
        return n_.add(Op::multiply, {x, gate});
    }
    std::size_t biased(std::size_t x, std::int64_t out, const std::string& part)
    {
        return n_.add(Op::conv, {x}, {{"out", number(out)}, {"bias", {1}}}, weights_ + part);
    }

    Network& n_;
    const Operator& op_;
    const Style& style_;
    const std::string weights_;
};

}  // namespace

std::size_t operator_named(std::string_view name)
{
    const auto found =
        std::find_if(kOperators.begin(), kOperators.end(), [name](const Operator& op) { return op.name == name; });
    if (found == kOperators.end())
        throw Error("'" + std::string(name) + "' is no operator" + suggestion(name, operator_names()));
    return static_cast<std::size_t>(found - kOperators.begin());
}

std::vector<std::string> operator_names()
{
    std::vector<std::string> names;
    for (const Operator& op : kOperators)
        names.emplace_back(op.name);
    return names;
}

std::size_t append(Network& n, std::size_t x, const Operator& op, std::int64_t out, int stride, const Style& style,
                   const std::string& weights)
{
    Builder builder(n, op, style, weights);
    switch (op.family) {
        case Family::separable:
            return builder.separable(x, out, stride);
        case Family::bottleneck:
            return builder.bottleneck(x, out, stride);
        default:
            return builder.two_branches(x, out, stride);
    }
}

Network alone(const Operator& op, const Place& place, const Style& style)
{
    Network n;
    const auto side = static_cast<double>(place.side);
    const std::size_t x = n.add(Op::input, {}, {{"shape", {static_cast<double>(place.in), side, side}}});
    append(n, x, op, place.out, place.stride, style, std::string(op.name));
    return n;
}

}  // namespace espalier::hurricane
