// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "espalier/network.hpp"

/// A network and what tests call it.
struct NamedNetwork {
    std::string name;
    espalier::Network network;
};

/// Every operation that is written, with each of its attributes at more than one value, on every shape that it takes.
inline std::vector<NamedNetwork> networks_of_each_operation()
{
    using espalier::Attributes;
    using espalier::Network;
    using espalier::Op;
    std::vector<NamedNetwork> all;
    const std::vector<double> map{6, 7, 5}, tokens{5, 4}, features{6};
    const auto input = [](Network& n, const std::vector<double>& shape) {
        return n.add(Op::input, {}, {{"shape", shape}});
    };
    const auto one = [&](const std::string& name, Op op, const std::vector<double>& shape, Attributes attributes = {},
                         const std::string& weights = {}) {
        Network n;
        n.add(op, {input(n, shape)}, std::move(attributes), weights);
        all.push_back({name, n});
    };
    one("conv", Op::conv, map, {{"out", {4}}, {"kernel", {3}}}, "w");
    one("conv_1x1_bias", Op::conv, map, {{"out", {4}}, {"bias", {1}}}, "w");
    one("conv_window", Op::conv, map,
        {{"out", {4}}, {"kernel", {3, 2}}, {"stride", {2, 1}}, {"dilation", {2, 1}}, {"pad", {1, 2}}}, "w");
    one("conv_even", Op::conv, map, {{"out", {4}}, {"kernel", {4}}}, "w");
    one("conv_groups", Op::conv, map, {{"out", {4}}, {"kernel", {3}}, {"groups", {2}}, {"bias", {1}}}, "w");
    one("conv_depthwise", Op::conv, map, {{"depthwise", {1}}, {"kernel", {5}}, {"stride", {2}}}, "w");
    one("conv_multiplier", Op::conv, map, {{"depthwise", {1}}, {"multiplier", {2}}, {"kernel", {3}}}, "w");
    one("batch_norm", Op::batch_norm, map, {}, "w");
    one("batch_norm_eps", Op::batch_norm, map, {{"eps", {0.5}}, {"affine", {0}}}, "w");
    one("batch_norm_features", Op::batch_norm, features, {}, "w");
    one("layer_norm", Op::layer_norm, tokens, {}, "w");
    one("layer_norm_map", Op::layer_norm, map, {{"affine", {0}}, {"eps", {0.5}}});
    one("layer_norm_features", Op::layer_norm, features, {{"eps", {0.1}}}, "w");
    for (const Op op : {Op::relu, Op::relu6, Op::hswish, Op::hsigmoid, Op::swish, Op::gelu, Op::sigmoid, Op::tanh,
                        Op::softmax, Op::dropout, Op::flatten}) {
        one(std::string(espalier::name(op)), op, map);
        one(std::string(espalier::name(op)) + "_tokens", op, tokens);
        one(std::string(espalier::name(op)) + "_features", op, features);
    }
    one("max_pool", Op::max_pool, map);
    one("max_pool_window", Op::max_pool, map,
        {{"kernel", {3, 2}}, {"stride", {2, 1}}, {"dilation", {2, 3}}, {"pad", {1, 0}}});
    one("max_pool_3", Op::max_pool, map, {{"kernel", {3}}, {"stride", {2}}});
    one("avg_pool", Op::avg_pool, map);
    one("avg_pool_3", Op::avg_pool, map, {{"kernel", {3}}, {"stride", {2}}});
    one("avg_pool_counted", Op::avg_pool, map, {{"kernel", {3, 5}}, {"pad", {1, 2}}, {"count_include_pad", {1}}});
    one("global_average", Op::global_average, map);
    one("global_average_keep", Op::global_average, map, {{"keep", {1}}});
    one("global_average_tokens", Op::global_average, tokens);
    one("global_average_tokens_keep", Op::global_average, tokens, {{"keep", {1}}});
    one("linear", Op::linear, features, {{"out", {3}}}, "w");
    one("linear_plain", Op::linear, features, {{"out", {3}}, {"bias", {0}}}, "w");
    one("linear_tokens", Op::linear, tokens, {{"out", {3}}}, "w");
    one("linear_tokens_plain", Op::linear, tokens, {{"out", {3}}, {"bias", {0}}}, "w");
    one("slice", Op::slice, map, {{"begin", {1}}, {"end", {6}}, {"step", {2}}});
    one("slice_axis", Op::slice, map, {{"axis", {2}}, {"begin", {3}}});
    one("slice_end", Op::slice, tokens, {{"axis", {1}}, {"end", {2}}});
    one("channel_shuffle", Op::channel_shuffle, map, {{"groups", {3}}});
    one("upsample", Op::upsample, map);
    one("upsample_scale", Op::upsample, map, {{"scale", {3, 1}}});

    const auto several = [&](const std::string& name, Op op, const std::vector<std::vector<double>>& shapes,
                             Attributes attributes = {}) {
        Network n;
        std::vector<std::size_t> inputs;
        for (const std::vector<double>& shape : shapes)
            inputs.push_back(input(n, shape));
        n.add(op, inputs, std::move(attributes));
        all.push_back({name, n});
    };
    several("add_1", Op::add, {map});
    several("add_2", Op::add, {map, map});
    several("add_3", Op::add, {tokens, tokens, tokens});
    several("add_mean_1", Op::add, {map}, {{"mean", {1}}});
    several("add_mean_3", Op::add, {map, map, map}, {{"mean", {1}}});
    several("multiply", Op::multiply, {map, map});
    several("multiply_features", Op::multiply, {map, features});
    several("multiply_first", Op::multiply, {features, map, {6, 1, 1}, features});
    several("multiply_tokens", Op::multiply, {tokens, tokens});
    several("concat_1", Op::concat, {features});
    several("concat", Op::concat, {map, map, {2, 7, 5}});
    several("concat_axis", Op::concat, {map, {6, 2, 5}}, {{"axis", {1}}});
    several("input", Op::add, {map, map});

    Network zeros;
    zeros.add(Op::add, {input(zeros, features), zeros.add(Op::zeros, {}, {{"shape", features}})});
    all.push_back({"zeros", zeros});
    Network alone;
    input(alone, map);
    alone.add(Op::zeros, {}, {{"shape", tokens}});
    all.push_back({"zeros_alone", alone});
    Network nothing_but_input;
    input(nothing_but_input, map);
    all.push_back({"input_alone", nothing_but_input});

    // layers that share weights, the second narrower and with a smaller kernel
    const auto shared = [&](const std::string& name, const Attributes& more) {
        Network n;
        Attributes large{{"out", {6}}, {"kernel", {7}}, {"bias", {1}}},
            small{{"out", {3}}, {"kernel", {3}}, {"bias", {1}}};
        large.insert(more.begin(), more.end());
        small.insert(more.begin(), more.end());
        std::size_t x = n.add(Op::batch_norm, {n.add(Op::conv, {input(n, map)}, large, "c")}, {}, "n");
        x = n.add(Op::batch_norm, {n.add(Op::conv, {x}, small, "c")}, {}, "n");
        x = n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {2}}}, "l");
        n.add(Op::linear, {x}, {{"out", {2}}}, "l");
        all.push_back({name, n});
    };
    shared("shared", {});
    shared("shared_transform", {{"transform", {3, 5, 7}}});
    return all;
}
