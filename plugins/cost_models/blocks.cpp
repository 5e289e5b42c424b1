// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"

#include <algorithm>
#include <optional>

#include "espalier/error.hpp"
#include "espalier/window.hpp"

namespace espalier::cost_models {
namespace {

using Index = std::uint32_t;

bool costs_nothing(Op op)
{
    switch (op) {
        case Op::input:
        case Op::zeros:
        case Op::batch_norm:
        case Op::layer_norm:
        case Op::softmax:
        case Op::flatten:
        case Op::add:
        case Op::multiply:
        case Op::concat:
        case Op::slice:
        case Op::dropout:
            return true;
        default:
            return activation(op);
    }
}

std::int64_t channels(const Shape& shape)
{
    return shape.size() == 2 ? shape[1] : shape[0];
}

std::int64_t side(const Shape& shape)
{
    return shape.size() < 3 ? 1 : shape[1];
}

bool depthwise(const Layer& layer)
{
    return layer.op() == Op::conv && groups(layer) > 1 && groups(layer) == layer.input_shape()[0];
}

bool pointwise(const Layer& layer)
{
    if (layer.op() != Op::conv || groups(layer) != 1)
        return false;
    const Window w = window(layer);
    return w.kernel == std::array<std::int64_t, 2>{1, 1} && w.stride == std::array<std::int64_t, 2>{1, 1};
}

class Finder {
public:
    explicit Finder(const Network& network) : network_{network}, users_(network.size()), taken_(network.size(), kFree)
    {
        for (const Layer layer : network_)
            for (const Index input : layer.inputs())
                users_[input].push_back(static_cast<Index>(layer.index()));
    }

    std::vector<Block> run()
    {
        std::vector<Block> singles;
        for (const Layer layer : network_)
            if (depthwise(layer)) {
                Block block = around(static_cast<Index>(layer.index()));
                (block.signature[kInverted] == 1 ? found_ : singles).push_back(std::move(block));
                if (!found_.empty() && found_.back().layer == layer.index())
                    take(found_.size() - 1);
            }
        for (const Layer layer : network_) {
            if (taken_[layer.index()] != kFree || costs_nothing(layer.op()) || depthwise(layer))
                continue;
            if (!makes_block(layer.op()))
                throw Error("layer " + std::to_string(layer.index()) + " (" + layer.spec().name +
                            ") is no part of a block: convolutions, linear layers and pools are");
            singles.push_back(single(layer));
        }
        found_.insert(found_.end(), singles.begin(), singles.end());
        return std::move(found_);
    }

private:
    static constexpr std::size_t kFree = static_cast<std::size_t>(-1);
    Layer layer(Index i) const { return network_[i]; }
    std::optional<Index> only_user(Index i) const
    {
        return users_[i].size() == 1 ? std::optional(users_[i].front()) : std::nullopt;
    }
    static std::string name_of(const Layer& layer)
    {
        return layer.spec().weights.empty() ? layer.spec().name : layer.spec().weights;
    }
    std::int64_t resolution() const { return network_.size() > 0 ? side(network_[0].shape()) : 0; }

    Block single(const Layer& layer) const
    {
        Block block;
        block.layer = static_cast<Index>(layer.index());
        block.name = name_of(layer);
        block.seen = {block.layer};
        Signature& s = block.signature;
        s[kResolution] = resolution();
        s[kInSide] = side(layer.input_shape());
        s[kInChannels] = channels(layer.input_shape());
        s[kOutSide] = side(layer.shape());
        s[kOutChannels] = channels(layer.shape());
        if (layer.op() == Op::conv || layer.op() == Op::max_pool || layer.op() == Op::avg_pool) {
            s[kKernel] = window(layer).kernel[0];
            s[kStride] = window(layer).stride[0];
        }
        return block;
    }

    void take(std::size_t block)
    {
        taken_[found_[block].layer] = block;
        for (const Index inner : found_[block].inner)
            taken_[inner] = block;
    }

    /// The inverted bottleneck around a depthwise convolution, or that alone.
    Block around(Index depth) const
    {
        Block block = single(layer(depth));
        const Index input = before(depth, block);
        std::int64_t squeeze = 0, hswish = 0;
        Index at = depth;
        for (;;) {
            block.seen.push_back(at);
            if (const auto gated = squeezed(at, block)) {
                squeeze = 1;
                at = *gated;
                continue;
            }
            const auto next = only_user(at);
            if (!next)
                return alone(block);
            at = *next;
            const Op op = layer(at).op();
            if (op != Op::batch_norm && !activation(op))
                break;
            hswish |= op == Op::hswish ? 1 : 0;
        }
        block.seen.push_back(at);
        const Layer project = layer(at);
        if (!pointwise(project))
            return alone(block);
        block.inner.push_back(at);
        Signature& s = block.signature;
        s[kInverted] = 1;
        s[kInSide] = side(layer(input).shape());
        s[kInChannels] = channels(layer(input).shape());
        s[kOutSide] = side(project.shape());
        s[kOutChannels] = channels(project.shape());
        s[kExpandedChannels] = channels(layer(depth).shape());
        s[kSqueezeExcite] = squeeze;
        s[kHSwish] = hswish;
        s[kIdentitySkip] = added_to(at, input, block) ? 1 : 0;
        return block;
    }
    static Block alone(Block block)
    {
        block.inner.clear();
        return block;
    }

    /// Whether the layer could belong to the block of a depthwise convolution.
    static bool may_be_inner(const Layer& layer)
    {
        return pointwise(layer) || layer.op() == Op::linear || layer.op() == Op::global_average;
    }
    /// Where the block begins: at the input of the 1x1 convolution that serves nobody but the depthwise one, or, if
    /// there is none, at that one's input.
    Index before(Index depth, Block& block) const
    {
        const Index input = layer(depth).inputs()[0];
        Index at = input;
        while (only_user(at) && (layer(at).op() == Op::batch_norm || activation(layer(at).op()))) {
            block.seen.push_back(at);
            at = layer(at).inputs()[0];
        }
        block.seen.push_back(at);
        if (!only_user(at) || !pointwise(layer(at)))
            return input;
        if (taken_[at] != kFree) {  // the end of the block before
            const std::vector<Index>& seen = found_[taken_[at]].seen;
            block.seen.insert(block.seen.end(), seen.begin(), seen.end());
            return input;
        }
        block.inner.push_back(at);
        return layer(at).inputs()[0];
    }

    /// The product of layer `at` with numbers made from its means, if that is all that it is used for.
    std::optional<Index> squeezed(Index at, Block& block) const
    {
        if (users_[at].size() != 2)
            return std::nullopt;
        Index means = users_[at][0], product = users_[at][1];
        if (layer(means).op() != Op::global_average)
            std::swap(means, product);
        if (layer(means).op() != Op::global_average || layer(product).op() != Op::multiply)
            return std::nullopt;
        std::vector<Index> inner;
        for (Index gate = means; gate != product;) {
            block.seen.push_back(gate);
            const Op op = layer(gate).op();
            if (may_be_inner(layer(gate)))
                inner.push_back(gate);
            else if (!activation(op) && op != Op::flatten && op != Op::batch_norm)
                return std::nullopt;
            const auto next = only_user(gate);
            if (!next)
                return std::nullopt;
            gate = *next;
        }
        block.inner.insert(block.inner.end(), inner.begin(), inner.end());
        return product;
    }

    /// Whether what the last convolution gives is added to the block's input.
    bool added_to(Index project, Index input, Block& block) const
    {
        Index at = project;
        for (auto next = only_user(at); next && layer(*next).op() == Op::batch_norm; next = only_user(at)) {
            block.seen.push_back(at);
            at = *next;
        }
        block.seen.push_back(at);
        return std::any_of(users_[at].begin(), users_[at].end(), [&](Index user) {
            block.seen.push_back(user);
            const auto in = layer(user).inputs();
            return layer(user).op() == Op::add && std::find(in.begin(), in.end(), input) != in.end();
        });
    }

    const Network& network_;
    std::vector<std::vector<Index>> users_;
    std::vector<Block> found_;        // inverted bottlenecks
    std::vector<std::size_t> taken_;  // by which of them, or kFree
};

}  // namespace

std::string_view name(Field field)
{
    constexpr std::array<std::string_view, kFields> kNames{
        "layer",  "resolution_px", "in_side_px",     "in_channels", "out_side_px", "out_channels",
        "stride", "identity_skip", "squeeze_excite", "h_swish",     "kernel",      "expanded_channels"};
    return kNames[field];
}

bool makes_block(Op op)
{
    return op == Op::conv || op == Op::linear || op == Op::max_pool || op == Op::avg_pool || op == Op::global_average;
}

std::vector<Block> blocks(const Network& network)
{
    return Finder(network).run();
}

}  // namespace espalier::cost_models
