// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/export.hpp"
#include "espalier/shape.hpp"

namespace espalier {

/// What a layer computes. docs/layers.md lists each with its attributes, their defaults and its weights; window.hpp
/// reads the geometry of convolutions and pools. `custom` is any other name: its plug-in runs and prices it. The last
/// four are special, see Network.
enum class Op : std::uint8_t {
    input,
    conv,
    batch_norm,
    layer_norm,
    relu,
    relu6,
    hswish,
    hsigmoid,
    swish,
    gelu,
    sigmoid,
    tanh,
    softmax,
    max_pool,
    avg_pool,
    global_average,
    linear,
    flatten,
    add,
    multiply,
    concat,
    slice,
    channel_shuffle,
    upsample,
    dropout,
    zeros,
    custom,
    zero,
    otherwise,
    choice,
    channel_mask,
};

using Attributes = std::map<std::string, std::vector<double>, std::less<>>;

/// A layer's constant part, shared between a super-network and the networks resolved from it.
struct LayerSpec {
    Op op = Op::custom;
    std::string name;       ///< of the operation: "conv"; for `custom` the plug-in's own word
    Attributes attributes;  ///< kernel, stride, pad, dilation, bias, ...: only what differs from the default
    std::string weights;    ///< layers with the same name share their weights; empty: none
    /// The single number `key`, or `otherwise` where it is not given.
    ESPALIER_API double number(std::string_view key, double otherwise) const;
};

class Network;

/// A view of one layer; valid while its network lives and is not changed.
class ESPALIER_API Layer {
public:
    Layer(const Network& network, std::size_t index) : network_{&network}, index_{index} {}
    std::size_t index() const { return index_; }
    const LayerSpec& spec() const;
    Op op() const { return spec().op; }
    std::span<const std::uint32_t> inputs() const;  ///< indices of earlier layers
    const Shape& shape() const;                     ///< of the output; widths here prevail over attribute `out`
    const Shape& input_shape(std::size_t input = 0) const;
    std::size_t decision() const;  ///< of `choice` and `channel_mask`. @throws Error for others

private:
    const Network* network_;
    std::size_t index_;
};

/// What is computed: layers in topological order, the last one is the output. No weights, no tensors.
///
/// Special operations. `choice {decision}` has one input per option of the decision; `channel_mask {decision, widths}`
/// keeps the leading widths[option] channels; `zero` is nothing at all: `add` skips it, every other layer passes it on;
/// `otherwise` is its first input unless that is nothing, then its second. A plain network has none of these.
///
/// Specs are shared between a network and those resolved from it, so copying and resolving move indices, not strings.
class ESPALIER_API Network {
public:
    Network();
    /// Appends a layer and infers its shape. @return its index. @throws Error naming the layer if the shapes do not
    /// fit, an attribute is unknown to the operation or an input does not exist.
    std::size_t add(Op op, std::vector<std::size_t> inputs, Attributes attributes = {}, std::string weights = {});
    /// A custom operation; nobody can infer its shape. `macs`, `params` attributes are counted if given.
    std::size_t add_custom(std::string name, std::vector<std::size_t> inputs, Shape shape, Attributes attributes = {},
                           std::string weights = {});

    std::size_t size() const { return nodes_.size(); }
    Layer operator[](std::size_t i) const { return {*this, i}; }
    Layer output() const { return {*this, nodes_.size() - 1}; }

    class Iterator {
    public:
        Iterator(const Network& n, std::size_t i) : network_{&n}, index_{i} {}
        Layer operator*() const { return {*network_, index_}; }
        Iterator& operator++() { return ++index_, *this; }
        bool operator==(const Iterator& other) const { return index_ == other.index_; }

    private:
        const Network* network_;
        std::size_t index_;
    };
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, nodes_.size()}; }

private:
    friend class Layer;
    friend class NetworkBuilder;  // core/src: resolves and cuts without inferring from scratch
    struct Node {
        const LayerSpec* spec;
        std::uint32_t first_input, inputs;
        Shape shape;
    };
    struct Pool;  // owns the specs; shared, because resolved networks outlive the super-network they came from
    std::shared_ptr<Pool> pool_;
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> inputs_;
};

ESPALIER_API std::string_view name(Op);
/// Whether it is an activation function: each element by itself, no weights.
ESPALIER_API bool activation(Op);
/// Whether each output channel is made of the same input channel alone, so that a mask behind the layer may as well
/// stand before it.
ESPALIER_API bool channelwise(const Layer&);
/// One line per layer: "4 conv(3) 16x32x32 kernel=3 out=16 [stem]". For messages, tests and `git diff`.
ESPALIER_API std::string to_string(const Network&);

}  // namespace espalier
