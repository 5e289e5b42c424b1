// SPDX-License-Identifier: Apache-2.0
#include "memory.hpp"

#include <algorithm>
#include <vector>

#include "espalier/counts.hpp"
#include "espalier/sdk/units.hpp"

#include "priced.hpp"

namespace espalier::cost_models {
namespace {

bool number_by_number(Op op)
{
    return activation(op) || op == Op::batch_norm || op == Op::add || op == Op::multiply || op == Op::dropout ||
           op == Op::flatten;
}

}  // namespace

double peak_activations(const Network& network, bool in_place)
{
    std::vector<std::size_t> last_use(network.size());
    for (const Layer layer : network) {
        last_use[layer.index()] = layer.index();
        for (const std::uint32_t input : layer.inputs())
            last_use[input] = layer.index();
    }
    last_use.back() = network.size();
    double alive = 0, peak = 0;
    for (const Layer layer : network) {
        const double output = activations(layer);
        std::vector<std::uint32_t> over;  // inputs that nobody needs behind this layer, each once
        for (const std::uint32_t input : layer.inputs())
            if (last_use[input] == layer.index() && std::find(over.begin(), over.end(), input) == over.end())
                over.push_back(input);
        const bool takes_one = in_place && number_by_number(layer.op()) &&
                               std::any_of(over.begin(), over.end(),
                                           [&](std::uint32_t input) { return activations(network[input]) == output; });
        peak = std::max(peak, takes_one ? alive : alive + output);
        alive += output;
        for (const std::uint32_t input : over)
            alive -= activations(network[input]);
    }
    return peak;
}

void Memory::Options::describe(Describe<Options>& d)
{
    d("batch", &Options::batch, "examples at once").range(1, 1e6);
    d("activation_bytes", &Options::activation_bytes, "of a number in inputs and outputs of layers").range(0, 1024);
    d("weight_bytes", &Options::weight_bytes, "of a trainable number").range(0, 1024);
    d("in_place", &Options::in_place, "layers that work number by number write over what nobody needs any more");
    d("as", &Options::as, "name of the metric");
}

Memory::Memory(const Options& options, const Setup&) : options_{options}
{
    if (const auto wrong = wrong_metric(options_.as, "bytes"))
        throw *wrong;
}

double Memory::bytes(const Network& network) const
{
    return options_.batch * options_.activation_bytes * peak_activations(network, options_.in_place) +
           options_.weight_bytes * params(network);
}

std::vector<Evaluation> Memory::evaluate(std::span<const Candidate> batch, Context&)
{
    return priced(batch, [this](const Candidate& c) { return Metrics{{options_.as, bytes(c.network())}}; });
}

}  // namespace espalier::cost_models
