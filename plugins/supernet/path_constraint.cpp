// SPDX-License-Identifier: Apache-2.0
#include "path_constraint.hpp"

#include <limits>

#include "espalier/error.hpp"

namespace espalier::supernet {

PathConstraint::PathConstraint(const Options& options, const Setup& setup)
    : space_{*setup.space}, model_{setup.make(options.cost)}, bins_{options.bins}, tries_{options.tries}
{
    if (model_->trains() || model_->measures())
        throw OptionError("sample_cost",
                          "is asked for every path that is drawn, so it cannot be one that learns or "
                          "measures");
    if (options.range.size() != 2 || options.range[0] >= options.range[1])
        throw OptionError("sample_range", "is the least and the most that a path may cost, such as [290, 360]");
    metric_ = model_->metrics().front();
    low_ = options.range[0];
    high_ = options.range[1];
}

Architecture PathConstraint::draw(const Sampler& paths, Rng& rng, Context& context) const
{
    const double width = (high_ - low_) / bins_;
    const double from = low_ + width * static_cast<double>(rng.below(static_cast<std::size_t>(bins_)));
    Architecture path = paths(rng);
    for (int i = 1; i < tries_; ++i) {
        if (const double costs = cost(path, context); costs >= from && costs <= from + width)
            return path;
        path = paths(rng);
    }
    return path;
}

double PathConstraint::cost(const Architecture& path, Context& context) const
{
    const Candidate candidate(space_, path);
    const Evaluation priced = model_->evaluate({&candidate, 1}, context).at(0);
    const auto found = priced.metrics.find(metric_);
    return found == priced.metrics.end() ? std::numeric_limits<double>::infinity() : found->second;
}

}  // namespace espalier::supernet
