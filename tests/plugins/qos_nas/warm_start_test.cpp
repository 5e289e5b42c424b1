// SPDX-License-Identifier: Apache-2.0
// REINFORCE, curriculum and latencies together on a bandit of the full meta-graph's multiply-adds.
#include "warm_start.hpp"

#include <cmath>

#include <ATen/ops/equal.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros.h>

#include "espalier/counts.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"

#include "catch.hpp"
#include "meta_graph.hpp"
#include "policies.hpp"
#include "request_branch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::qos_nas;

namespace {

class Unattended final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override {}
};

/// Of what multiply-adds buy, in place of images; a "ms" is a million of them.
class SyntheticBandit {
public:
    SyntheticBandit()
        : latency_{policy_latency(
              space().network(Region(space().decisions())), [](const Network& part) { return macs(part) / 1e6; },
              12.244288)},
          bandit_{latency_, {.low = highest_rate() / 80, .high = highest_rate()}, [this](auto policy) {
                      return 0.25 + 0.65 * (1 - std::exp(-(latency_(policy) - latency_.fixed()) / 60));
                  }}
    {
    }
    SyntheticBandit(const SyntheticBandit&) = delete;
    SyntheticBandit& operator=(const SyntheticBandit&) = delete;
    const Bandit& bandit() const { return bandit_; }

private:
    static const meta_graph::MetaGraph& space()
    {
        static const meta_graph::MetaGraph meta(meta_graph::MetaGraph::Options{}, {});
        return meta;
    }
    double highest_rate() const { return 0.95 * 1000 / latency_.lowest(); }

    PolicyLatency latency_;
    Bandit bandit_;
};

/// Section 10's settings but for those that are given.
WarmStart::Settings settings()
{
    return {.updates = 3000,
            .batch = 64,
            .samples = 1,
            .learning_rate = 1e-3,
            .constant = 1,
            .alpha_last = 0.97,
            .normalised = false,
            .curriculum = Curriculum::Kind::linear,
            .log_uniform = 0,
            .scale = 1};
}

/// A branch and its training, which a test may do a part of.
class Run {
public:
    Run(const Bandit& bandit, const WarmStart::Settings& settings, std::uint64_t seed)
        : bandit_{bandit},
          scale_{settings.scale},
          seed_{seed},
          branch_{request_branch(64, 85)},
          weights_{request_weights(branch_, seed)},
          work_{branch_, weights_, bandit, settings}
    {
        torch_sdk::use_threads(1);
    }

    void steps(std::size_t first, std::size_t end)
    {
        Unattended context;
        for (std::size_t i = first; i < end; ++i) {
            Phase::Step step{i, Rng(seed_, "step " + std::to_string(i)), context};
            work_.step(step);
        }
    }
    void all() { steps(0, *work_.steps()); }

    Tensor policies(const Tensor& rates) const
    {
        const Tensor numbers = request_numbers(rates, bandit_.range, bandit_.latency, scale_).to(at::kFloat);
        return greedy(torch_sdk::forward(branch_, weights_, numbers));
    }
    /// Of the greedy policy, over requests that are spread evenly.
    double met() const { return qos_nas::met(bandit_.latency, policies(rates()), rates()); }
    double reward() const { return bandit_rewards(bandit_, policies(rates()), rates()).mean().item<double>(); }
    WarmStart& work() { return work_; }
    const torch_sdk::Weights& weights() const { return weights_; }

private:
    Tensor rates() const { return at::linspace(bandit_.range.low, bandit_.range.high, 1001, at::kDouble); }

    const Bandit& bandit_;
    double scale_;
    std::uint64_t seed_;
    Network branch_;
    torch_sdk::Weights weights_;
    WarmStart work_;
};

}  // namespace

TEST_CASE("the bandit pays accuracy in time", "[qos_nas]")
{
    const SyntheticBandit synthetic;
    const Bandit& bandit = synthetic.bandit();
    CHECK(bandit.range.high == Approx(0.95 * 1000 / 80.15).epsilon(1e-4));
    const Tensor policies = at::zeros({2, 85});
    Tensor rates = at::zeros({2}, at::kDouble);
    rates[0] = 1000 / bandit.latency.lowest();
    rates[1] = 1000 / bandit.latency.lowest() * 1.0001;
    const Tensor rewards = bandit_rewards(bandit, policies, rates);
    CHECK(rewards[0].item<double>() == Approx(0.25 + 0.65 * (1 - std::exp(-60.46 / 60))).epsilon(1e-3));
    CHECK(rewards[1].item<double>() == 0);
    CHECK(met(bandit.latency, policies, rates) == 0.5);
}

TEST_CASE("requests are told as their place in the range and the time that they leave", "[qos_nas]")
{
    const SyntheticBandit synthetic;
    const Bandit& bandit = synthetic.bandit();
    Tensor rates = at::zeros({3}, at::kDouble);
    rates[0] = bandit.range.low, rates[1] = bandit.range.high, rates[2] = 1000 / bandit.latency.highest();
    const Tensor numbers = request_numbers(rates, bandit.range, bandit.latency, 2);
    CHECK(numbers[0][0].item<double>() == -2);
    CHECK(numbers[0][1].item<double>() == 2);  // more time than the slowest policy takes
    CHECK(numbers[1][0].item<double>() == Approx(2));
    CHECK(numbers[1][1].item<double>() == Approx(-2 + 4 * std::log(1 / 0.95) / std::log(442.69 / 80.15)).epsilon(1e-3));
    CHECK(numbers[2][1].item<double>() == Approx(2));
}

TEST_CASE("the controller learns on the bandit to meet requests and to use the time that they leave", "[qos_nas]")
{
    const SyntheticBandit synthetic;
    for (const std::uint64_t seed : {1, 2}) {
        Run run(synthetic.bandit(), settings(), seed);
        run.all();
        UNSCOPED_INFO("seed " << seed << ": met " << run.met() << ", reward " << run.reward());
        CHECK(run.met() >= 0.95);
        CHECK(run.reward() >= 0.60);
    }
}

TEST_CASE("with a larger learning rate it comes nearer to the best there is", "[qos_nas]")
{
    const SyntheticBandit synthetic;
    WarmStart::Settings faster = settings();
    faster.learning_rate = 5e-3;
    Run run(synthetic.bandit(), faster, 1);
    run.all();
    UNSCOPED_INFO("met " << run.met() << ", reward " << run.reward());
    CHECK(run.met() >= 0.95);
    CHECK(run.reward() >= 0.74);  // 0.824 is an oracle's
}

TEST_CASE("training that is interrupted goes on to the same bits", "[qos_nas]")
{
    const SyntheticBandit synthetic;
    WarmStart::Settings few;
    few.updates = 60, few.updates_a_step = 20;
    Run whole(synthetic.bandit(), few, 3);
    whole.all();
    for (const std::size_t stop : {1, 2}) {
        const TemporaryFolder folder;
        Run first(synthetic.bandit(), few, 3), second(synthetic.bandit(), few, 3);
        first.steps(0, stop);
        first.work().save(folder.path().string());
        second.work().load(folder.path().string());
        second.steps(stop, 3);
        for (std::size_t i = 0; i < whole.weights().tensors().size(); ++i)
            CHECK(at::equal(whole.weights().tensors()[i].value, second.weights().tensors()[i].value));
    }
}
