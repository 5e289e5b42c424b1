// SPDX-License-Identifier: Apache-2.0
#include "blackbox.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/sdk/units.hpp"
#include "espalier/window.hpp"

#include "layer_parts.hpp"
#include "lone_layer.hpp"
#include "matrix_products.hpp"
#include "priced.hpp"

namespace espalier::cost_models {
namespace {

/// Of a model that is asked outside of a search.
class Unattended final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override { throw Error("a layer cannot be priced with work in phases"); }
};

bool priceable(const Layer& layer)
{
    return layer.op() == Op::conv || layer.op() == Op::linear;
}

}  // namespace

class Blackbox::Layers final : public LayerCosts {
public:
    Layers(const Blackbox& model, double Cost::*figure, double free) : model_{model}, figure_{figure}, free_{free} {}
    std::string weighted_by() const override { return figure_ == &Cost::utilisation ? model_.options_.as : ""; }
    LayerCost operator()(const Layer& layer, double width_in, double width_out) const override
    {
        if (!priceable(layer))
            return {.value = free_, .d_in = 0, .d_out = 0};
        return {.value = model_.nearest(layer, width_in, width_out).*figure_, .d_in = 0, .d_out = 0};
    }

private:
    const Blackbox& model_;
    double Cost::*figure_;
    double free_;
};

void Blackbox::Options::describe(Describe<Options>& d)
{
    d("of", &Options::of, "the cost model that is asked about layers").must();
    d("metric", &Options::metric, "its metric that adds up over layers");
    d("utilisation", &Options::utilisation, "its metric of how well a layer fills the device; empty: none");
    d("step", &Options::step, "of the grid of widths, and its smallest width").range(1, 1e6);
    d("largest", &Options::largest, "width of the grid; wider layers cost what this one does").range(1, 1e6);
    d("as", &Options::as, "name of the metric; empty: that of `metric`");
}

Blackbox::Blackbox(const Options& options, const Setup& setup)
    : options_{options},
      of_{setup.make(options.of)},
      sum_{setup.space,
           [this](const Network& n) {
               return layer_parts(n, [this](const Layer& layer) {
                   return priceable(layer) ? nearest(layer, width(layer.input_shape()), width(layer.shape())).value : 0;
               });
           },
           by_layer},
      busy_sum_{setup.space,
                [this](const Network& n) {
                    return layer_parts(n, [this](const Layer& layer) {
                        if (!priceable(layer))
                            return 0.0;
                        const Cost cost = nearest(layer, width(layer.input_shape()), width(layer.shape()));
                        return cost.value * cost.utilisation;
                    });
                },
                by_layer},
      costs_{std::make_unique<Layers>(*this, &Cost::value, 0)},
      utilisations_{std::make_unique<Layers>(*this, &Cost::utilisation, 1)}
{
    if (options_.as.empty())
        options_.as = options_.metric;
    std::vector<OptionError> wrong;
    if (of_->trains())
        wrong.emplace_back("of",
                           "must learn first; only a model that needs no training can be asked about single layers");
    const std::vector<std::string> given = of_->metrics();
    const auto known = [&](const std::string& metric) {
        return std::find(given.begin(), given.end(), metric) != given.end();
    };
    if (!known(options_.metric))
        wrong.emplace_back("metric",
                           "the cost model has no '" + options_.metric + "'" + suggestion(options_.metric, given));
    else if (const Unit* const unit = unit_of(options_.metric); unit != nullptr && unit != unit_of(options_.as))
        wrong.emplace_back("as", "'" + options_.as + "' has another unit than '" + options_.metric + "'");
    if (!options_.utilisation.empty() && (!known(options_.utilisation) || options_.utilisation == options_.as))
        wrong.emplace_back("utilisation", "the cost model has no '" + options_.utilisation + "' of its own" +
                                              suggestion(options_.utilisation, given));
    if (options_.largest < options_.step)
        wrong.emplace_back("largest", "is below the grid's step, " + std::to_string(options_.step));
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
}

Blackbox::~Blackbox() = default;

std::vector<std::string> Blackbox::metrics() const
{
    std::vector<std::string> names{options_.as};
    if (!options_.utilisation.empty())
        names.push_back(options_.utilisation);
    return names;
}

const LayerCosts* Blackbox::layers(std::string_view metric) const
{
    if (metric == options_.as)
        return costs_.get();
    return !options_.utilisation.empty() && metric == options_.utilisation ? utilisations_.get() : nullptr;
}

double Blackbox::on_grid(double wanted, double groups) const
{
    const double steps =
        std::clamp(std::round(wanted / options_.step), 1.0, std::floor(double(options_.largest) / options_.step));
    return std::max(groups, std::round(steps * options_.step / groups) * groups);
}

Blackbox::Cost Blackbox::nearest(const Layer& layer, double width_in, double width_out) const
{
    const auto channels = static_cast<double>(layer.input_shape()[0]);
    const auto g = static_cast<double>(groups(layer));
    const bool depthwise = layer.op() == Op::conv && g > 1 && g == channels;
    const Network alone =
        lone_layer(layer, on_grid(width_in, depthwise ? 1 : g), on_grid(width_out, depthwise ? 1 : g));
    const Candidate candidate(alone);
    {
        const std::lock_guard lock(busy_);
        if (const auto found = known_.find(candidate.key()); found != known_.end())
            return found->second;
    }
    Unattended context;
    std::vector<std::string> wanted{options_.metric};
    if (!options_.utilisation.empty())
        wanted.push_back(options_.utilisation);
    const Evaluation e = answers(*of_, wanted, {&candidate, 1}, context).front();
    if (!e.ok())
        throw Error("no cost of the layer " + to_string(alone) + ": " + e.reason);
    const Cost cost{e.metrics.at(options_.metric),
                    options_.utilisation.empty() ? 1 : e.metrics.at(options_.utilisation)};
    const std::lock_guard lock(busy_);
    return known_.emplace(candidate.key(), cost).first->second;
}

std::vector<Evaluation> Blackbox::evaluate(std::span<const Candidate> batch, Context&)
{
    return priced(batch, [this](const Candidate& c) {
        Metrics metrics{{options_.as, sum_(c)}};
        if (!options_.utilisation.empty()) {
            const double sum = metrics.begin()->second;
            metrics.emplace(options_.utilisation, sum == 0 ? 1 : busy_sum_(c) / sum);
        }
        return metrics;
    });
}

}  // namespace espalier::cost_models
