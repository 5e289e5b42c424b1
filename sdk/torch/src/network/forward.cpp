// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/forward.hpp"

#include <optional>
#include <string>

#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"

#include "batch_norm.hpp"
#include "operations.hpp"
#include "plan.hpp"

namespace espalier::torch_sdk {
namespace {

OpenGates opened(const Gates* gates, std::int64_t batch)
{
    OpenGates opened;
    if (gates != nullptr) {
        for (const auto& [decision, gate] : *gates)
            opened.emplace(decision, Gate(decision, gate, batch));
    }
    return opened;
}

std::int64_t batch_of(std::span<const Tensor> inputs)
{
    if (inputs.empty())
        throw Error("a network needs at least one input");
    return inputs.front().size(0);
}

/// One pass through a network: the values of its layers, each dropped after its last use.
class Pass {
public:
    Pass(const Network& network, const Weights& weights, std::span<const Tensor> inputs, const ForwardOptions& options)
        : network_{network},
          weights_{weights},
          inputs_{inputs},
          options_{options},
          batch_{batch_of(inputs)},
          gates_{opened(options.gates, batch_)},
          // a batch's statistics are those of all its examples
          plan_{plan(network, gates_, batch_, options.mode == Mode::train ? GateExecution::dense : options.execution)}
    {
    }

    Tensor run()
    {
        values_.resize(network_.size());
        for (const Layer layer : network_) {
            if (layer.op() == Op::input)
                ++inputs_seen_;
            if (rows(layer).empty() || values_[layer.index()].defined())
                continue;
            try {
                if (const auto bounds = bounds_behind(layer))
                    values_[layer.index() + 1] = normalised(layer, *bounds);
                else
                    values_[layer.index()] = computed_value(layer);
            } catch (const Error& error) {
                throw Error(layer_place(layer) + ": " + error.what());
            } catch (...) {
                rethrow_as_error(layer_place(layer));
            }
            observe(layer);
            for (const std::uint32_t input : layer.inputs()) {
                if (plan_.last_use[input] == layer.index())
                    values_[input] = Tensor();
            }
        }
        const Layer output = network_.output();
        const Term result{value(output.index())};
        const Tensor y = sum({&result, 1}, Rows::all(batch_));
        return y.defined() ? y : zeros(output.shape(), batch_);
    }

private:
    const Rows& rows(const Layer& layer) const { return plan_.rows[layer.index()]; }
    Value value(std::size_t layer) const { return {values_[layer], &plan_.rows[layer], &plan_.present[layer]}; }

    Tensor computed_value(const Layer& layer)
    {
        const auto inputs = layer.inputs();
        switch (layer.op()) {
            case Op::input:
                return input(layer);
            case Op::zeros:
                return zeros(layer.shape(), rows(layer).count());
            case Op::zero:
                return {};
            case Op::add:
                return layer.spec().number("mean", 0) != 0 ? mean(terms(layer), rows(layer))
                                                           : sum(terms(layer), rows(layer));
            case Op::choice:
                return sum(terms(layer), rows(layer));
            case Op::otherwise:
                return otherwise(value(inputs[0]), value(inputs[1]), rows(layer));
            default:
                return passed_on(layer);
        }
    }

    /// Those of an activation right behind a normalisation, if nobody else sees what it reads.
    std::optional<normalising::Bounds> bounds_behind(const Layer& layer) const
    {
        const std::size_t next = layer.index() + 1;
        if (layer.op() != Op::batch_norm || options_.observe || next == network_.size())
            return std::nullopt;
        const Layer behind = network_[next];
        const bool alone = plan_.last_use[layer.index()] == next && behind.inputs().size() == 1 &&
                           behind.inputs()[0] == layer.index() && rows(behind) == rows(layer);
        if (alone && behind.op() == Op::relu)
            return normalising::Bounds{.low = 0};
        if (alone && behind.op() == Op::relu6)
            return normalising::Bounds{.low = 0, .high = 6};
        return std::nullopt;
    }
    Tensor normalised(const Layer& layer, const normalising::Bounds& bounds) const
    {
        const Tensor x = spread(value(layer.inputs()[0]), rows(layer));
        return x.defined() ? batch_norm(layer, x, parts(layer, weights_), weights_, options_, bounds) : Tensor();
    }

    std::vector<Term> terms(const Layer& layer) const
    {
        const auto inputs = layer.inputs();
        std::vector<Term> terms;
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            terms.push_back({value(inputs[k])});
            if (layer.op() != Op::choice)
                continue;
            terms.back().gate = &gate_of(layer, gates_);
            terms.back().option = option_of(layer, k);
        }
        return terms;
    }

    /// Everything else: nothing where any input is nothing.
    Tensor passed_on(const Layer& layer)
    {
        std::vector<Tensor> tensors;
        for (const std::uint32_t input : layer.inputs()) {
            tensors.push_back(spread(value(input), rows(layer)));
            if (!tensors.back().defined())
                return {};
        }
        if (layer.op() == Op::channel_mask)
            return gate_of(layer, gates_)
                .masked(tensors[0], rows(layer), widths_of(layer), options_of(layer), channel_axis(layer.shape()));
        return computed(layer, tensors, weights_, options_);
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

    Tensor zeros(const Shape& shape, std::int64_t count) const
    {
        std::vector<std::int64_t> extents{count};
        extents.insert(extents.end(), shape.begin(), shape.end());
        return at::zeros(extents, at::TensorOptions().dtype(weights_.dtype()).device(weights_.device()));
    }

    void observe(const Layer& layer)
    {
        if (!options_.observe)
            return;
        const auto inputs = layer.inputs();
        options_.observe(layer, inputs.empty() ? Tensor() : spread(value(inputs.front()), rows(layer)),
                         values_[layer.index()]);
    }

    const Network& network_;
    const Weights& weights_;
    std::span<const Tensor> inputs_;
    const ForwardOptions& options_;
    std::int64_t batch_;
    std::size_t inputs_seen_ = 0;
    OpenGates gates_;
    Plan plan_;
    std::vector<Tensor> values_;
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
    const auto inputs = [&]() -> std::vector<Tensor> {
        const Tensor x = next();
        return x.defined() ? std::vector{x} : std::vector<Tensor>{};
    };
    return recalibrated(network, weights, std::function<std::vector<Tensor>()>(inputs), options);
}

Statistics recalibrated(const Network& network, const Weights& weights,
                        const std::function<std::vector<Tensor>()>& next, ForwardOptions options)
{
    Statistics statistics(network, Statistics::Update::cumulative, weights.dtype(), weights.device());
    options.mode = Mode::train;
    options.statistics = &statistics;
    const c10::InferenceMode no_graph;
    for (std::vector<Tensor> inputs = next(); !inputs.empty(); inputs = next())
        forward(network, weights, inputs, options);
    return statistics;
}

}  // namespace espalier::torch_sdk
