// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "violations.hpp"

namespace espalier::conformance {
namespace {

enum class RewardFault {
    none,
    normalises_by_best_so_far,
    counts_fast_ones,
    sums_everything,
    sums_everything_of_fast_ones,
    missing_is_zero,
    throws_foreign,
    infinite
};

class Quotient final : public Reward {
public:
    explicit Quotient(RewardFault fault) : fault_{fault} {}
    double operator()(const Metrics& metrics) const override
    {
        if (fault_ == RewardFault::throws_foreign)
            return metrics.at("top1_pct") / metrics.at("latency_ms");
        double reward = value(metrics, "top1_pct") / value(metrics, "latency_ms");
        if (fault_ == RewardFault::normalises_by_best_so_far)
            reward /= best_ = std::max(best_, reward);
        const bool fast = value(metrics, "latency_ms") < 15;  // only the second example
        if (fault_ == RewardFault::counts_fast_ones && fast)
            reward += ++best_;
        if (fault_ == RewardFault::sums_everything || (fault_ == RewardFault::sums_everything_of_fast_ones && fast))
            for (const auto& [name, number] : metrics)
                reward += number;
        return fault_ == RewardFault::infinite ? reward / 0.0 : reward;
    }

private:
    double value(const Metrics& metrics, const std::string& name) const
    {
        const auto found = metrics.find(name);
        if (found == metrics.end() && fault_ != RewardFault::missing_is_zero)
            throw Error("metric '" + name + "' is missing");
        return found == metrics.end() ? 0 : found->second;
    }
    RewardFault fault_;
    mutable double best_ = 0;
};

std::string told(RewardFault fault)
{
    const std::vector<Metrics> examples{{{"top1_pct", 70}, {"latency_ms", 20}}, {{"top1_pct", 75}, {"latency_ms", 10}}};
    const std::vector<std::string> needed{"top1_pct", "latency_ms"};
    return joined(check_reward(Quotient(fault), examples, needed));
}

}  // namespace

TEST_CASE("a reward that keeps its promises has no violations", "[conformance]")
{
    CHECK(told(RewardFault::none).empty());
}

TEST_CASE("each broken promise of a reward is told", "[conformance]")
{
    for (const RewardFault fault : {RewardFault::normalises_by_best_so_far, RewardFault::counts_fast_ones})
        CHECK_THAT(told(fault), ContainsSubstring("different rewards from call to call"));
    for (const RewardFault fault : {RewardFault::sums_everything, RewardFault::sums_everything_of_fast_ones})
        CHECK_THAT(told(fault), ContainsSubstring("a metric that the reward does not use changes it"));
    CHECK_THAT(told(RewardFault::missing_is_zero), ContainsSubstring("a missing metric 'top1_pct' is not refused"));
    CHECK_THAT(
        told(RewardFault::throws_foreign),
        ContainsSubstring("a missing metric 'latency_ms' is refused with something else than an espalier::Error"));
    CHECK_THAT(told(RewardFault::infinite), ContainsSubstring("the reward of an example is not finite"));
}

}  // namespace espalier::conformance
