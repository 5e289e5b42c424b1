// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::supernet {

/// Keeps paths within bounds of a cost: one of `bins` equal parts of the range is drawn for each, and up to `tries`
/// paths until one costs as much; else the last is taken. (Guo et al., Single path one-shot, ECCV 2020, in its
/// authors' code with 7 bins of multiply-adds and 500 tries.)
class PathConstraint {
public:
    struct Options {
        Use<CostModel> cost = {};
        std::vector<double> range;
        int bins = 1, tries = 500;
    };
    /// @throws OptionError for a cost model that learns or measures, and a range that is none.
    PathConstraint(const Options&, const Setup&);
    /// @param paths are drawn from. @param context of the calls of the cost model.
    Architecture draw(const Sampler& paths, Rng&, Context& context) const;

private:
    double cost(const Architecture&, Context&) const;

    const SearchSpace& space_;
    std::unique_ptr<CostModel> model_;
    std::string metric_;  ///< the model's first
    double low_, high_;
    int bins_, tries_;
};

}  // namespace espalier::supernet
