// SPDX-License-Identifier: Apache-2.0
#include "array_model.hpp"

#include <utility>

#include "espalier/error.hpp"
#include "espalier/sdk/units.hpp"

#include "layer_parts.hpp"
#include "priced.hpp"

namespace espalier::cost_models {

void ArrayModel::Options::describe(Describe<Options>& d)
{
    d("batch", &Options::batch, "examples computed at once; the latency is that of all of them").range(1, 1e6);
    d("as", &Options::as, "name of the latency's metric, in milliseconds");
    d("utilisation_as", &Options::utilisation_as,
      "name of the utilisation's metric: the share of the peak rate, 0 to 1");
}

ArrayModel::ArrayModel(const Options& options, double peak, const Setup& setup)
    : options_{options},
      peak_{peak},
      latency_{setup.space,
               [this](const Network& network) {
                   return layer_parts(network, [this](const Layer& layer) {
                       const std::optional<MatrixProducts> products = matrix_products(layer);
                       return products ? milliseconds(*products).value : 0;
                   });
               },
               by_layer},
      macs_{setup.space,
            [](const Network& network) {
                return layer_parts(network, [](const Layer& layer) {
                    const std::optional<MatrixProducts> products = matrix_products(layer);
                    return products ? products->macs() : 0;
                });
            },
            by_layer}
{
    std::vector<OptionError> wrong;
    if (auto as = wrong_metric(options_.as, "ms"))
        wrong.push_back(std::move(*as));
    if (options_.utilisation_as.empty() || options_.utilisation_as == options_.as)
        wrong.emplace_back("utilisation_as", "a metric needs a name of its own");
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
}

std::vector<Evaluation> ArrayModel::evaluate(std::span<const Candidate> batch, Context&)
{
    return priced(batch, [this](const Candidate& c) {
        const double latency = latency_(c);
        const double utilisation = latency == 0 ? 1 : options_.batch * macs_(c) / (peak_ * latency);
        return Metrics{{options_.as, latency}, {options_.utilisation_as, utilisation}};
    });
}

const LayerCosts* ArrayModel::layers(std::string_view metric) const
{
    if (metric == options_.as)
        return &layer_latency_;
    return metric == options_.utilisation_as ? &layer_utilisation_ : nullptr;
}

LayerCost ArrayModel::Milliseconds::operator()(const Layer& layer, double width_in, double width_out) const
{
    const std::optional<MatrixProducts> products = matrix_products(layer, width_in, width_out);
    return products ? model_.milliseconds(*products) : LayerCost{};
}

LayerCost ArrayModel::Utilisation::operator()(const Layer& layer, double width_in, double width_out) const
{
    const std::optional<MatrixProducts> p = matrix_products(layer, width_in, width_out);
    if (!p || p->macs() == 0)
        return {.value = 1, .d_in = 0, .d_out = 0};
    const LayerCost ms = model_.milliseconds(*p);
    const double utilisation = model_.options_.batch * p->macs() / (model_.peak_ * ms.value);
    return {.value = utilisation,
            .d_in = utilisation * (p->d_weights_in() / p->weights() - ms.d_in / ms.value),
            .d_out = utilisation * (p->d_weights_out() / p->weights() - ms.d_out / ms.value)};
}

}  // namespace espalier::cost_models
