// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/forward.hpp"

#include <string>

#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"

#include "gating.hpp"
#include "operations.hpp"

namespace espalier::torch_sdk {
namespace {

/// One pass through a network: the values of its layers, each dropped after its last use.
class Pass {
public:
    Pass(const Network& network, const Weights& weights, std::span<const Tensor> inputs, const ForwardOptions& options)
        : network_{network}, weights_{weights}, inputs_{inputs}, options_{options}
    {
        if (inputs.empty())
            throw Error("a network needs at least one input");
        batch_ = inputs.front().size(0);
        open_gates();
        plan();
    }

    Tensor run()
    {
        values_.resize(network_.size());
        for (const Layer layer : network_) {
            if (layer.op() == Op::input)
                ++inputs_seen_;
            if (uses_[layer.index()] == 0)
                continue;
            try {
                values_[layer.index()] = value(layer);
            } catch (const Error& error) {
                throw Error(place(layer) + ": " + error.what());
            } catch (...) {
                rethrow_as_error(place(layer));
            }
            observe(layer);
            release_inputs(layer);
        }
        const Layer output = network_.output();
        const Value& result = values_[output.index()];
        return result.nothing() ? zeros(output.shape()) : filled(result);
    }

private:
    static std::string place(const Layer& layer)
    {
        const std::string& weights = layer.spec().weights;
        return "layer " + std::to_string(layer.index()) + " (" + layer.spec().name + ")" +
               (weights.empty() ? "" : " '" + weights + "'");
    }

    void open_gates()
    {
        if (options_.gates == nullptr)
            return;
        for (const auto& [decision, gate] : *options_.gates)
            gates_.emplace(decision, Gate(decision, gate, batch_));
    }

    const Gate& gate(const Layer& layer) const
    {
        const auto found = gates_.find(layer.decision());
        if (found == gates_.end())
            throw Error(place(layer) + ": decision " + std::to_string(layer.decision()) +
                        " is open, so it needs a gate; or resolve the network first");
        return found->second;
    }

    // Counts how often each layer is used, from the output back; what a fixed gate switches off is never computed.
    void plan()
    {
        uses_.assign(network_.size(), 0);
        uses_.back() = 1;
        for (std::size_t i = network_.size(); i-- > 0;) {
            if (uses_[i] == 0)
                continue;
            const Layer layer = network_[i];
            if (layer.op() == Op::channel_mask)
                gate(layer);  // an error before anything is computed
            const auto inputs = layer.inputs();
            for (std::size_t k = 0; k < inputs.size(); ++k) {
                if (layer.op() == Op::choice && !gate(layer).wants(option_of(layer, k)))
                    continue;
                ++uses_[inputs[k]];
            }
        }
    }

    Value value(const Layer& layer)
    {
        std::vector<Value> inputs;
        for (const std::uint32_t input : layer.inputs())
            inputs.push_back(values_[input]);
        switch (layer.op()) {
            case Op::input:
                return {input(layer), {}};
            case Op::zeros:
                return {zeros(layer.shape()), {}};
            case Op::zero:
                return {};
            case Op::add:
                return sum(inputs);
            case Op::otherwise:
                return otherwise(inputs[0], inputs[1]);
            case Op::choice:
                return gate(layer).choice(inputs, options_of(layer));
            default:
                return passed_on(layer, inputs);
        }
    }

    /// Everything else: nothing where any input is nothing.
    Value passed_on(const Layer& layer, std::span<const Value> inputs)
    {
        std::vector<Tensor> tensors;
        for (const Value& value : inputs) {
            if (value.nothing())
                return {};
            tensors.push_back(value.x);
        }
        if (layer.op() == Op::channel_mask)
            return {gate(layer).masked(tensors[0], widths_of(layer), options_of(layer), channel_axis(layer.shape())),
                    inputs[0].present};
        return {computed(layer, tensors, weights_, options_), present_in_all(inputs)};
    }

    Tensor input(const Layer& layer)
    {
        if (inputs_seen_ > inputs_.size())
            throw Error("there are fewer tensors than the network has inputs");
        const Tensor& x = inputs_[inputs_seen_ - 1];
        const Shape& shape = layer.shape();
        if (x.sizes().slice(1) != at::IntArrayRef(shape.begin(), shape.size()))
            throw Error("the input is [batch, " + to_string(shape) + "], it was given " + c10::str(x.sizes()));
        return laid_out(x);
    }

    Tensor zeros(const Shape& shape) const
    {
        std::vector<std::int64_t> extents{batch_};
        extents.insert(extents.end(), shape.begin(), shape.end());
        return at::zeros(extents, at::TensorOptions().dtype(weights_.dtype()).device(weights_.device()));
    }

    void observe(const Layer& layer)
    {
        if (!options_.observe)
            return;
        const auto inputs = layer.inputs();
        options_.observe(layer, inputs.empty() ? Tensor() : values_[inputs.front()].x, values_[layer.index()].x);
    }

    void release_inputs(const Layer& layer)
    {
        const auto inputs = layer.inputs();
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            if (layer.op() == Op::choice && !gate(layer).wants(option_of(layer, k)))
                continue;
            if (--uses_[inputs[k]] == 0)
                values_[inputs[k]] = {};
        }
    }

    const Network& network_;
    const Weights& weights_;
    std::span<const Tensor> inputs_;
    const ForwardOptions& options_;
    std::int64_t batch_ = 0;
    std::size_t inputs_seen_ = 0;
    std::map<std::size_t, Gate> gates_;
    std::vector<std::uint32_t> uses_;  ///< by layers still to be computed
    std::vector<Value> values_;
};

}  // namespace

Tensor forward(const Network& network, const Weights& weights, const Tensor& x, const ForwardOptions& options)
{
    return forward(network, weights, std::span(&x, 1), options);
}

Tensor forward(const Network& network, const Weights& weights, std::span<const Tensor> inputs,
               const ForwardOptions& options)
{
    return translated("", [&] { return Pass(network, weights, inputs, options).run(); });
}

Statistics recalibrated(const Network& network, const Weights& weights, const std::function<Tensor()>& next,
                        ForwardOptions options)
{
    Statistics statistics(network, Statistics::Update::cumulative, weights.dtype(), weights.device());
    options.mode = Mode::train;
    options.statistics = &statistics;
    const c10::InferenceMode no_graph;
    for (Tensor x = next(); x.defined(); x = next())
        forward(network, weights, x, options);
    return statistics;
}

}  // namespace espalier::torch_sdk
