// SPDX-License-Identifier: Apache-2.0
// Indicators of the network that is searched: another space than NAS-MobileBench-201, networks that are hardly any,
// refusals.
#include "zero_cost.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "complexity.hpp"
#include "feature_maps.hpp"
#include "indicators.hpp"
#include "jacobian_logdet.hpp"
#include "meco.hpp"
#include "mobile_space.hpp"
#include "noise.hpp"
#include "rewritten.hpp"
#include "space.hpp"
#include "synflow.hpp"
#include "toys/quiet.hpp"
#include "trainability.hpp"

namespace {

using espalier::test::Noise;
using espalier::test::Quiet;
using namespace espalier;
using namespace espalier::indicators;
using nas_bench_201::NasBench201;

constexpr torch_sdk::Initialisation kKaiming{torch_sdk::Initialisation::Kind::kaiming_fan_in,
                                             torch_sdk::Initialisation::Kind::kaiming_fan_in};

struct MobileBench {
    Noise data;
    Setup setup;
    Quiet context;
    MobileSpace mobile;
    MobileBench()
    {
        setup.data = &data;
        setup.space = &mobile;
        setup.make_component = [](Kind, const Config& config, const Setup& s) -> std::unique_ptr<Component> {
            if (config.find("use")->scalar == "mobile")
                return std::make_unique<MobileSpace>();
            return std::make_unique<NasBench201>(NasBench201::Options{.channels = 4, .cells = 1, .input = {}}, s);
        };
    }
    static Indicators::Options options()
    {
        Indicators::Options o;
        o.metrics = ZeroCost::all();
        o.scored_batch = 6;
        return o;
    }
    std::vector<Metrics> metrics(const SearchSpace& space, const std::vector<Architecture>& architectures)
    {
        setup.space = &space;
        Indicators indicators(options(), setup);
        std::vector<Candidate> batch;
        for (const Architecture& a : architectures)
            batch.emplace_back(space, a);
        std::vector<Metrics> result;
        for (const Evaluation& e : indicators.evaluate(batch, context)) {
            INFO(e.reason);
            REQUIRE(e.ok());
            result.push_back(e.metrics);
        }
        return result;
    }
};

}  // namespace

TEST_CASE("a space that marks its blocks has all indicators of its own networks", "[zero_cost]")
{
    MobileBench bench;
    for (const Op activation : {Op::relu, Op::relu6, Op::hswish}) {
        const MobileSpace space(activation);
        INFO(name(activation));
        const auto seen = bench.metrics(space, {{{0, 0, 0, 0}}, {{1, 1, 1, 1}}});
        for (const Metrics& metrics : seen) {
            CHECK(metrics.size() == 12);
            for (const auto& [metric, value] : metrics) {
                INFO(metric);
                const bool needs_relu = metric == "swap" || metric == "wrcor";
                if (!needs_relu || activation == Op::relu)
                    CHECK(std::isfinite(value));
            }
        }
        CHECK(seen[0].at("complexity") == macs(space.network(Region(Architecture{{0, 0, 0, 0}}))));
        CHECK(seen[0].at("complexity") < seen[1].at("complexity"));
    }
    CHECK(marked(bench.mobile.network(Region(Architecture{{0, 2, 1, 2}})), Mark::block).size() == 5);
}

TEST_CASE("indicators of the searched network keep what evaluators promise", "[zero_cost]")
{
    MobileBench bench;
    Indicators indicators(MobileBench::options(), bench.setup);
    CHECK(conformance::check_evaluator(indicators, conformance::random_candidates(bench.mobile, 5)) ==
          conformance::Violations{});
}

TEST_CASE("a block that only hands its input on makes a network untrainable, and nothing else undefined", "[zero_cost]")
{
    MobileBench bench;
    const Metrics seen = bench.metrics(bench.mobile, {{{0, 2, 0, 0}}}).front();
    CHECK(seen.at("trainability") == kLeast);
    CHECK(std::isfinite(seen.at("jacobian_logdet")));
    CHECK(std::isfinite(seen.at("meco")));
    CHECK(std::isfinite(seen.at("synflow")));

    const NasBench201 cells({.channels = 4, .cells = 1, .input = {}}, bench.setup);
    const auto both = bench.metrics(cells, {{{0, 0, 0, 1, 0, 0}}, {{0, 0, 0, 0, 0, 0}}});
    CHECK(both[0].at("trainability") == kLeast);
    CHECK(both[0].at("jacobian_logdet") > -50);  // near its maximum: never to be used alone
    CHECK(both[1].at("complexity") == 0);        // a network of zeros: nothing leads from the input to the output
    for (const auto& [metric, value] : both[1])
        if (metric != "complexity")
            CHECK(value == kLeast);
}

TEST_CASE("only indicators that need blocks are refused where a space marks none", "[zero_cost]")
{
    MobileBench bench;
    const MobileSpace silent(Op::relu6, false);
    bench.setup.space = &silent;
    Indicators::Options options = MobileBench::options();
    CHECK_THROWS_WITH(
        Indicators(options, bench.setup),
        ContainsSubstring("metrics.1: 'trainability' is defined by blocks, and the networks of this space"));
    options.metrics = {"complexity", "jacobian_logdet", "meco", "synflow"};
    Indicators indicators(options, bench.setup);
    const Candidate candidate(silent, Architecture{{0, 0, 0, 0}});
    CHECK(indicators.evaluate({&candidate, 1}, bench.context).front().ok());
    options.scored_network = Use<SearchSpace>("{use: nas_bench_201}");
    CHECK_THROWS_WITH(Indicators(options, bench.setup), ContainsSubstring("scored_network: has other decisions"));
    options.scored_network = Use<SearchSpace>("{use: mobile}");
    CHECK_NOTHROW(Indicators(options, bench.setup));
}

TEST_CASE("scores depend on the key and the component's seed alone", "[zero_cost]")
{
    MobileBench bench;
    const NasBench201 cells({.channels = 4, .cells = 1, .input = {}}, bench.setup);
    // a convolution and a skip, by way of node 1 and by way of node 2: one function
    const auto seen = bench.metrics(cells, {{{3, 0, 0, 0, 1, 0}}, {{0, 3, 0, 0, 0, 1}}, {{3, 3, 0, 0, 1, 1}}});
    CHECK(seen[0] == seen[1]);
    CHECK(seen[0] != seen[2]);
    CHECK(bench.metrics(cells, {{{0, 3, 0, 0, 0, 1}}})[0] == seen[0]);
}

TEST_CASE("the flow in single precision is that in double, where it is beyond every float", "[zero_cost]")
{
    MobileBench bench;
    const NasBench201 cells({.channels = 8, .cells = 5, .input = {3, 32, 32}}, Setup{});
    const Network network = cells.network(Region(Architecture{{3, 3, 3, 3, 3, 3}}));
    torch_sdk::Weights single(network, kKaiming, 1, at::kFloat), exact(network, kKaiming, 1, at::kDouble);
    {
        const c10::AutoGradMode no_gradients(false);
        for (std::size_t i = 0; i < exact.tensors().size(); ++i)
            exact.tensors()[i].value.copy_(single.tensors()[i].value);
    }
    const double flow = synflow(network, single);
    CHECK(flow > 89);  // log of the largest float
    CHECK(flow == Approx(synflow(network, exact)).epsilon(1e-6));
    CHECK(flow == Approx(synflow_by_gradients(network, exact)).epsilon(1e-6));
}

TEST_CASE("the flow of depthwise and pointwise convolutions is that of the gradients", "[zero_cost]")
{
    const MobileSpace space(Op::relu), clipped(Op::relu6);
    const Network network = space.network(Region(Architecture{{0, 1, 1, 0}}));
    torch_sdk::Weights weights(network, kKaiming, 1, at::kDouble);
    REQUIRE(flows(network, weights));
    CHECK(synflow(network, weights) == Approx(synflow_by_gradients(network, weights)).epsilon(1e-12));
    CHECK(!flows(clipped.network(Region(Architecture{{0, 1, 1, 0}})), weights));
}

TEST_CASE("the smallest eigenvalue of two channels' correlations is 1 - |r|", "[zero_cost]")
{
    // r = 3 / sqrt(5 * 5) by hand: (-1.5, -.5, .5, 1.5) against (-1.5, .5, -.5, 1.5) is 4 / 5
    const Tensor map = at::tensor({1., 2., 3., 4., 1., 3., 2., 4.}, at::kDouble).reshape({1, 2, 2, 2});
    CHECK(smallest_correlation_eigenvalue(map) == Approx(0.2));
    const Tensor still = at::tensor({1., 2., 3., 4., 7., 7., 7., 7.}, at::kDouble).reshape({1, 2, 2, 2});
    CHECK(smallest_correlation_eigenvalue(still) == 0);
    CHECK(smallest_correlation_eigenvalue(at::rand({1, 4, 2, 2}, at::kDouble)) == 0);
}

TEST_CASE("a network that ignores an image, or overflows, has the least log-determinant", "[zero_cost]")
{
    const at::Tensor apart = at::eye(4, at::kDouble) - 0.25;  // rows of mean zero, all equally unlike
    CHECK(std::isfinite(jacobian_logdet(apart)));
    at::Tensor constant = apart.clone();
    constant.select(0, 2).fill_(0.5);
    CHECK(jacobian_logdet(constant) == kLeast);
    at::Tensor overflown = apart.clone();
    overflown[1][1] = INFINITY;
    CHECK(jacobian_logdet(overflown) == kLeast);
    overflown[1][1] = NAN;
    CHECK(jacobian_logdet(overflown) == kLeast);
}

TEST_CASE("a block that doubles gradients has singular value 2, and one that keeps their size is best", "[zero_cost]")
{
    const Tensor like = at::empty({16, 4, 16, 16}, at::kFloat);
    const Tensor signs = random_signs(like, 1);
    CHECK(signs.abs().eq(1).all().item<bool>());
    CHECK(std::abs(signs.mean().item<double>()) < 0.05);
    CHECK(!at::equal(signs, random_signs(like, 2)));
    CHECK(at::equal(signs, random_signs(like, 1)));
    CHECK(largest_singular_value(2 * signs, signs) == Approx(2).epsilon(0.05));
    CHECK(block_trainability(2 * signs, signs) < block_trainability(1.01 * signs, signs));
    CHECK(block_trainability(signs, signs) == kLeast);
    CHECK(block_trainability(signs / 0, signs) == kLeast);
}

TEST_CASE("every block has signs of its own, and trainability is the mean of the blocks", "[zero_cost]")
{
    const Tensor mix = at::arange(16, at::kDouble).sin().reshape({4, 4, 1, 1});
    const Tensor x = at::arange(4 * 4 * 8 * 8, at::kDouble).cos().reshape({4, 4, 8, 8}).requires_grad_();
    const Tensor once = at::conv2d(x, mix), twice = at::conv2d(once, mix);
    const auto alone = [](const Tensor& before, const Tensor& after, std::uint64_t seed) {
        const Tensor signs = random_signs(after, seed);
        return block_trainability(passed_back(before, after, signs), signs);
    };
    const double first = alone(x, once, 6), second = alone(once, twice, 7);
    CHECK(first != Approx(second).epsilon(1e-9));  // the same block, other signs
    CHECK(trainability({x, once, twice}, 5) == Approx((first + second) / 2).epsilon(1e-12));
}

TEST_CASE("what several layers repeat is computed once, and narrow layers keep their width", "[zero_cost]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t a = n.add(Op::conv, {n.add(Op::relu, {x})}, {{"out", {4}}}, "a");
    const std::size_t b = n.add(Op::conv, {n.add(Op::relu, {x})}, {{"out", {8}}}, "b");
    const std::size_t mask = n.add(Op::channel_mask, {b}, {{"decision", {0}}, {"widths", {4, 8}}});
    mark(n, Mark::block, mask);
    n.add(Op::add, {a, n.add(Op::slice, {mask}, {{"end", {4}}})});
    const Network narrow = resolved(n, Region(Architecture{{0}}));
    const Network lean = without_repetition(narrow);
    CHECK(lean.size() == narrow.size() - 1);
    CHECK(lean.output().shape() == narrow.output().shape());
    CHECK(macs(lean) == macs(narrow));
    CHECK(marked(lean, Mark::block).size() == 1);
}
