// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include <ATen/ops/stack.h>

#include "espalier/torch/network/forward.hpp"

/// A network whose layers each hold several modules, any of which an example may select: a layer gives the sum or the
/// mean of the selected ones. Where an example selects none, its input passes through; in the first layer of a stage
/// the last module is run instead. Module m of layer l is decision l * modules + m: nothing or the module.
class MetaGraph {
public:
    struct Stage {
        double channels;
        int layers;
        double stride;
    };
    static constexpr int kModules = 5;  ///< inverted bottlenecks k3 e6, k3 e3, k5 e6, k5 e3; two plain convolutions

    MetaGraph(espalier::Shape input, double stem, const std::vector<Stage>& stages, bool mean = false)
        : mean_{mean ? 1.0 : 0.0}
    {
        std::size_t x = n_.add(espalier::Op::input, {}, {{"shape", {input.begin(), input.end()}}});
        x = conv(x, "stem", {{"out", {stem}}, {"kernel", {3}}}, true);
        for (const Stage& stage : stages)
            for (int i = 0; i < stage.layers; ++i)
                x = layer(x, stage.channels, i == 0 ? stage.stride : 1, i == 0);
    }

    const espalier::Network& network() const { return n_; }
    std::int64_t decisions() const { return layers_ * kModules; }
    /// @param selected [batch, decisions] zeros and ones.
    static espalier::torch_sdk::Gates gates(const at::Tensor& selected)
    {
        espalier::torch_sdk::Gates gates;
        for (std::int64_t decision = 0; decision < selected.size(1); ++decision) {
            const at::Tensor on = selected.select(1, decision);
            gates.emplace(static_cast<std::size_t>(decision), at::stack({on.neg().add(1), on}, 1));
        }
        return gates;
    }

private:
    std::size_t conv(std::size_t x, const std::string& name, espalier::Attributes attributes, bool active)
    {
        x = n_.add(espalier::Op::conv, {x}, std::move(attributes), name);
        x = n_.add(espalier::Op::batch_norm, {x}, {}, name + ".bn");
        return active ? n_.add(espalier::Op::relu, {x}) : x;
    }

    std::size_t bottleneck(std::size_t x, const std::string& name, double kernel, double expand, double out,
                           double stride)
    {
        const auto in = static_cast<double>(n_[x].shape()[0]);
        std::size_t y = conv(x, name + ".expand", {{"out", {in * expand}}}, true);
        y = conv(y, name + ".depth", {{"depthwise", {1}}, {"kernel", {kernel}}, {"stride", {stride}}}, true);
        y = conv(y, name + ".project", {{"out", {out}}}, false);
        return stride == 1 && in == out ? n_.add(espalier::Op::add, {x, y}) : y;
    }

    std::size_t layer(std::size_t x, double out, double stride, bool first)
    {
        const std::string name = "layer" + std::to_string(layers_) + ".";
        std::vector<std::size_t> modules;
        for (int m = 0; m < 4; ++m)
            modules.push_back(bottleneck(x, name + std::to_string(m), m < 2 ? 3 : 5, m % 2 == 0 ? 6 : 3, out, stride));
        const std::size_t plain =
            conv(x, name + "4.first", {{"out", {out}}, {"kernel", {3}}, {"stride", {stride}}}, true);
        modules.push_back(conv(plain, name + "4.second", {{"out", {out}}, {"kernel", {3}}}, true));
        std::vector<std::size_t> selected;
        for (const std::size_t module : modules) {
            const double decision = layers_ * kModules + static_cast<double>(selected.size());
            const std::size_t nothing = n_.add(espalier::Op::zero, {module});
            selected.push_back(n_.add(espalier::Op::choice, {nothing, module}, {{"decision", {decision}}}));
        }
        ++layers_;
        const std::size_t sum = n_.add(espalier::Op::add, std::move(selected), {{"mean", {mean_}}});
        return n_.add(espalier::Op::otherwise, {sum, first ? modules.back() : x});
    }

    espalier::Network n_;
    double mean_;
    int layers_ = 0;
};
