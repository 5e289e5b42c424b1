// SPDX-License-Identifier: Apache-2.0
#include "espalier/evaluation.hpp"

#include <cmath>
#include <utility>

namespace espalier {

std::string_view name(Status status)
{
    switch (status) {
        case Status::ok:
            return "ok";
        case Status::infeasible:
            return "infeasible";
        case Status::failed:
            return "failed";
        case Status::out_of_budget:
            return "out_of_budget";
    }
    return "?";
}

double Constraint::violation(double value) const
{
    if (holds(value))
        return 0;
    const double bound = value > maximum ? maximum : minimum;
    return std::abs(value - bound) / (bound != 0 ? std::abs(bound) : 1);
}

double violation(std::span<const Constraint> constraints, const Metrics& metrics)
{
    double sum = 0;
    for (const Constraint& constraint : constraints)
        if (const auto found = metrics.find(constraint.metric); found != metrics.end())
            sum += constraint.violation(found->second);
    return sum;
}

Evaluation failed(Architecture architecture, std::string reason)
{
    return {std::move(architecture), {}, Status::failed, std::move(reason)};
}

}  // namespace espalier
