// SPDX-License-Identifier: Apache-2.0
#include "rewards.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"

namespace espalier::qos_nas {
namespace {

double given(const Metrics& metrics, const std::string& name, const std::string& reward)
{
    const auto found = metrics.find(name);
    if (found == metrics.end())
        throw Error("reward " + reward + ": there is no metric `" + name + "`; strategy `qos_nas` gives it");
    return found->second;
}

}  // namespace

void QosProduct::Options::describe(Describe<Options>& d)
{
    d("accuracy", &Options::accuracy,
      "correct: whether the answer is right; prob: the probability of the right class, which says more")
        .one_of({"correct", "prob"});
}

double QosProduct::operator()(const Metrics& metrics) const
{
    const double accuracy = given(metrics, options_.accuracy, "qos_product");
    return given(metrics, "fps", "qos_product") >= given(metrics, "requested_fps", "qos_product") ? accuracy : 0;
}

void InstanasParabola::Options::describe(Describe<Options>& d)
{
    d("right", &Options::right, "of a right answer halfway between the bounds").range(0, 1e6).symbol("pos_w");
    d("wrong", &Options::wrong, "of a wrong answer").range(-1e6, 1e6).symbol("neg_w");
    d("exponent", &Options::exponent, "of the parabola").range(0.01, 100).symbol("lat_exp");
}

double InstanasParabola::operator()(const Metrics& metrics) const
{
    const double latency = given(metrics, "latency_ms", "instanas_parabola"),
                 lower = given(metrics, "lower_ms", "instanas_parabola"),
                 upper = given(metrics, "upper_ms", "instanas_parabola");
    if (!(upper > lower))
        throw Error("reward instanas_parabola: `upper_ms` must be above `lower_ms`");
    if (given(metrics, "correct", "instanas_parabola") == 0)
        return options_.wrong;
    const double half = (upper - lower) / 2;
    const double q = std::max(0.0, (upper - latency) * (latency - lower) / (half * half));
    return options_.right * std::pow(q, options_.exponent);
}

}  // namespace espalier::qos_nas
