// SPDX-License-Identifier: Apache-2.0
#include "espalier/evaluation.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace espalier {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

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
    if (std::isnan(value))
        return kInfinity;
    const double bound = value > maximum ? maximum : minimum;
    return std::abs(value - bound) / (bound != 0 ? std::abs(bound) : 1);
}

double violation(std::span<const Constraint> constraints, const Evaluation& evaluation)
{
    if (evaluation.status == Status::failed || evaluation.status == Status::out_of_budget)
        return kInfinity;
    double sum = 0;
    for (const Constraint& constraint : constraints) {
        const auto found = evaluation.metrics.find(constraint.metric);
        if (found != evaluation.metrics.end())
            sum += constraint.violation(found->second);
        else if (evaluation.ok())
            return kInfinity;
    }
    return sum;
}

Evaluation failed(Architecture architecture, std::string reason)
{
    return {std::move(architecture), {}, Status::failed, std::move(reason)};
}

}  // namespace espalier
