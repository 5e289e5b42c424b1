// SPDX-License-Identifier: Apache-2.0
#include "policy_latency.hpp"

#include <vector>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "curriculum.hpp"
#include "meta_graph.hpp"

using namespace espalier;
using namespace espalier::qos_nas;
using meta_graph::MetaGraph;

namespace {

double megamacs(const Network& part)
{
    return macs(part) / 1e6;
}

std::vector<std::uint8_t> as_policy(const MetaGraph& space, const std::string& text)
{
    const Architecture a = space.parse(text);
    return {a.choices.begin(), a.choices.end()};
}

}  // namespace

TEST_CASE("policies take their modules, the forced ones and what always runs", "[qos_nas]")
{
    // two layers of five modules, the first one the first of its stage
    const PolicyLatency latency({5, 3, 6, 4, 2, 5, 3, 6, 4, 2},
                                {{.decisions = {0, 1, 2, 3, 4}, .forced = 4}, {.decisions = {5, 6, 7, 8, 9}}}, 1);
    using Policy = std::vector<std::uint8_t>;
    CHECK(latency(Policy{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) == 3);
    CHECK(latency(Policy{0, 1, 0, 0, 0, 0, 0, 0, 0, 0}) == 4);
    CHECK(latency(Policy{1, 0, 0, 0, 1, 0, 1, 0, 1, 0}) == 15);
    CHECK(latency(Policy(10, 1)) == 41);
    CHECK(latency.fixed() == 1);
    CHECK(latency.base(0) - latency.fixed() == 10);
    CHECK(latency.highest() - latency.fixed() == 40);
    CHECK(latency.lowest() - latency.fixed() == 2);
    CHECK(latency.fps(Policy(10, 1)) == Approx(1000.0 / 41));
}

TEST_CASE("a space's modules are priced one by one", "[qos_nas]")
{
    const MetaGraph space({.backbone = "cifar32", .input = {}}, {});
    const Region all(space.decisions());
    const PolicyLatency latency = policy_latency(space.network(all), megamacs, 12.244288);
    CHECK(latency.fixed() == Approx(7.451136 + 12.244288));
    CHECK(latency.highest() == Approx(latency.fixed() + 422.995968));
    const double modules[] = {90.912768, 45.456384, 103.987200, 51.993600, 130.646016};
    for (std::size_t m = 0; m < 5; ++m)
        CHECK(latency.base(m) == Approx(latency.fixed() + modules[m]));
    CHECK(latency.lowest() == Approx(80.15).margin(0.01));
    // as the networks of policies are priced whole
    Rng rng{2};
    for (int i = 0; i < 50; ++i) {
        Architecture a = random_architecture(all, rng);
        for (std::uint16_t& on : a.choices)
            on = on == 1 && rng.below(3) == 0 ? 1 : 0;
        CHECK(latency(as_policy(space, space.text(a))) ==
              Approx(megamacs(space.network(Region(a))) + 12.244288).epsilon(1e-12));
    }
}

TEST_CASE("a space of another kind is refused with the layer", "[qos_nas]")
{
    Network plain;
    const std::size_t x = plain.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    const std::size_t stem = plain.add(Op::conv, {x}, {{"out", {4}}}, "stem");
    const std::size_t end = plain.add(Op::relu, {stem});
    CHECK_THROWS_WITH(policy_latency(plain, megamacs, 0), ContainsSubstring("marks no blocks"));
    mark(plain, Mark::block, stem);
    mark(plain, Mark::block, end);
    CHECK_THROWS_WITH(policy_latency(plain, megamacs, 0), ContainsSubstring("layer 2 ends a block"));
}

TEST_CASE("the curriculum widens the range of requests", "[qos_nas]")
{
    const double progress[] = {0, 0.1, 0.35, 0.5, 0.7, 1}, highest[] = {16.8, 25.829, 48.4, 61.943, 80, 80};
    const Curriculum linear(Curriculum::Kind::linear), none(Curriculum::Kind::none);
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(1 + 79 * linear.share(progress[i]) == Approx(highest[i]).margin(5e-4));
        CHECK(none.share(progress[i]) == 1);
    }
}

TEST_CASE("the adaptive curriculum widens it when nearly all requests are met", "[qos_nas]")
{
    Curriculum curriculum(Curriculum::Kind::adaptive);
    CHECK(curriculum.share(0.9) == 0.2);
    for (int i = 0; i < 100; ++i)
        curriculum.observe(0.9);
    CHECK(curriculum.share(1) == 0.2);
    int batches = 0;  // from an average of 0.9 above 0.93 with all met: 1 - 0.1 * 0.9^n
    while (curriculum.share(0) == 0.2 && batches < 100)
        curriculum.observe(1), ++batches;
    CHECK(batches == 4);
    CHECK(curriculum.share(0) == Approx(0.22));
    CHECK(curriculum.state().average == 0.85);
    for (int i = 0; i < 1000; ++i)
        curriculum.observe(1);
    CHECK(curriculum.share(0) == 1);
    const Curriculum again(Curriculum::Kind::adaptive, curriculum.state());
    CHECK(again.share(0) == 1);
}
