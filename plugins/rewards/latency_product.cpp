// SPDX-License-Identifier: Apache-2.0
#include "latency_product.hpp"

#include <cmath>
#include <sstream>

#include "espalier/error.hpp"

#include "metric.hpp"

namespace espalier::rewards {
namespace {

[[noreturn]] void refuse(const MetricName& metric, double value, const std::string& why)
{
    std::ostringstream text;
    text << "reward latency_product: `" << metric.name << "` is " << value << "; " << why;
    throw Error(text.str());
}

}  // namespace

void LatencyProduct::Options::describe(Describe<Options>& d)
{
    d("score", &Options::score, "the metric to be large; never negative").must().symbol("Score");
    d("latency", &Options::latency, "the metric to stay below the target").must().symbol("LAT");
    d("target", &Options::target, "in the unit of `latency`; above 0").must().symbol("T");
    d("alpha", &Options::alpha, "factor at latency 0; the factor at the target is 1").range(0, 1).symbol("alpha");
}

LatencyProduct::LatencyProduct(const Options& options, const Setup&) : options_{options}
{
    if (options_.target <= 0)
        throw OptionError("target", "must be above 0");
}

double LatencyProduct::operator()(const Metrics& metrics) const
{
    const double score = value_of(metrics, options_.score, "latency_product");
    const double latency = value_of(metrics, options_.latency, "latency_product");
    if (!std::isfinite(score) || !std::isfinite(latency))
        return kWorst;
    if (score < 0)
        refuse(options_.score, score,
               "multiplying a negative score by the latency factor would reward missing the target: use a score that "
               "is never negative, such as its ECDF");
    if (latency < 0)
        refuse(options_.latency, latency, "a latency is not negative");
    return score * latency_factor(latency, options_.target, options_.alpha);
}

double latency_factor(double latency, double target, double alpha)
{
    return latency > target ? target / latency : alpha + (1 - alpha) * latency / target;
}

}  // namespace espalier::rewards
