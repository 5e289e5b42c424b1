// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <string>
#include <utility>

#include "espalier/marks.hpp"

namespace espalier::u_boost_cell {
namespace {

Attributes window(int kernel, int stride, int dilation)
{
    return {
        {"kernel", {double(kernel)}}, {"stride", {double(stride)}}, {"dilation", {double(dilation)}}, {"bias", {1}}};
}

std::size_t pooled(Network& n, std::size_t x)
{
    return n.add(Op::max_pool, {x}, {{"stride", {2}}});
}

/// Builds a network cell by cell.
class Builder {
public:
    explicit Builder(const Skeleton& s) : s_{s}, width_options_(s.widths.begin(), s.widths.end()) {}

    Network run()
    {
        const auto side = static_cast<double>(s_.task.side);
        const std::size_t image = n_.add(Op::input, {}, {{"shape", {3, side, side}}});
        Attributes stem = window(3, 1, 1);
        stem["out"] = {double(s_.stem)};
        std::size_t p = pooled(n_, normalised(n_.add(Op::conv, {image}, std::move(stem), "stem"), "stem")), pp = p;
        mark(n_, Mark::block, p);
        mark(n_, Mark::cell, p);
        for (std::size_t c = 0; c < s_.pooled.size(); ++c) {
            std::size_t out = cell(c, p, pp);
            if (s_.pooled[c])
                out = pooled(n_, out);
            mark(n_, Mark::cell, out);
            pp = std::exchange(p, out);
        }
        mark(n_, Mark::block, p);
        n_.add(Op::linear, {n_.add(Op::flatten, {p})}, {{"out", {double(s_.task.classes)}}}, "classifier");
        return std::move(n_);
    }

private:
    std::size_t normalised(std::size_t x, const std::string& weights)
    {
        return n_.add(Op::relu, {n_.add(Op::batch_norm, {x}, {}, weights + ".bn")});
    }

    /// A convolution whose width is a decision.
    std::size_t searched(std::size_t x, Attributes attributes, std::size_t width, const std::string& weights)
    {
        attributes["out"] = {width_options_.back()};
        x = n_.add(Op::conv, {x}, std::move(attributes), weights);
        x = n_.add(Op::channel_mask, {x}, {{"decision", {double(width)}}, {"widths", width_options_}});
        return normalised(x, weights);
    }

    std::size_t separable(std::size_t x, int kernel, std::size_t width, const std::string& weights)
    {
        Attributes depthwise = window(kernel, 1, 1);
        depthwise["depthwise"] = {1};
        const std::string depth = weights + ".depth";
        x = normalised(n_.add(Op::conv, {x}, std::move(depthwise), depth), depth);
        return searched(x, window(1, 1, 1), width, weights + ".point");
    }

    std::size_t operation(const Operation& op, std::size_t x, std::size_t width, const std::string& weights)
    {
        switch (op.kind) {
            case Operation::Kind::convolution:
                return searched(x, window(op.kernel, 1, op.dilation), width, weights);
            case Operation::Kind::separable:
                return separable(x, op.kernel, width, weights);
            case Operation::Kind::zero:
                return n_.add(Op::zero, {x});
            default:
                return x;
        }
    }

    std::size_t edge(std::size_t edge, std::size_t x, std::size_t width, const std::string& weights)
    {
        std::vector<std::size_t> options;
        for (const Operation& op : s_.operations)
            options.push_back(operation(op, x, width, weights + "." + std::string(op.name)));
        x = n_.add(Op::choice, std::move(options), {{"decision", {double(edge)}}});
        mark(n_, Mark::branch, x);
        return x;
    }

    /// @param p,pp the outputs of the cell before and of the one before that.
    std::size_t cell(std::size_t c, std::size_t p, std::size_t pp)
    {
        const std::string name = "cell" + std::to_string(c) + ".";
        const std::size_t width = kEdges.size() + c * kCellWidths;
        const int stride = n_[pp].shape()[1] == n_[p].shape()[1] ? 1 : 2;  // the cell before pooled
        std::array<std::size_t, kNodes.size()> node{};
        node[0] = searched(p, window(3, 1, 1), width, name + "p");
        node[1] = searched(pp, window(3, stride, 1), width + 1, name + "pp");
        std::vector<std::size_t> terms;
        for (std::size_t e = 0; e < kEdges.size(); ++e) {
            const auto [from, to] = kEdges[e];
            const std::string weights = name + std::string(kNodes[from]) + "-" + std::string(kNodes[to]);
            terms.push_back(edge(e, node[from], width + kInputs + e, weights));
            if (e + 1 == kEdges.size() || kEdges[e + 1].to != to)
                node[to] =
                    n_.add(Op::add, std::exchange(terms, {}), {{"project", {1}}}, name + std::string(kNodes[to]));
        }
        return node[kOutput];
    }

    const Skeleton& s_;
    std::vector<double> width_options_;
    Network n_;
};

}  // namespace

Network super_network(const Skeleton& s)
{
    return Builder(s).run();
}

}  // namespace espalier::u_boost_cell
