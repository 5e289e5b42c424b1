// SPDX-License-Identifier: Apache-2.0
#include "espalier/architecture.hpp"

#include <set>

#include "espalier/error.hpp"

#include "catch.hpp"

using namespace espalier;

namespace {
const std::vector<Decision> kDecisions{{"a", {"x", "y", "z"}}, {"b", {"0", "1"}}, {"c", {"only"}}};
}

TEST_CASE("a region holds the options that are left", "[architecture]")
{
    Region region{std::span(kDecisions)};
    CHECK(region.size() == 6);
    region.allow(0, {2, 0, 2});
    CHECK(std::vector(region.options(0).begin(), region.options(0).end()) == std::vector<std::uint16_t>{0, 2});
    CHECK(region.contains({{2, 1, 0}}));
    CHECK_FALSE(region.contains({{1, 1, 0}}));
    CHECK_FALSE(region.contains({{2, 1}}));
    CHECK_FALSE(region.single());
    CHECK(Region(Architecture{{1, 1, 0}}).single());
    CHECK_THROWS_WITH(region.allow(3, {0}), ContainsSubstring("decision 3 does not exist"));
    CHECK_THROWS_WITH(region.allow(0, {}), ContainsSubstring("no option left"));
}

TEST_CASE("random architectures cover the region and never leave it", "[architecture]")
{
    Region region{std::span(kDecisions)};
    region.allow(0, {0, 2});
    Rng rng(1);
    std::set<Architecture> seen;
    for (int i = 0; i < 200; ++i) {
        seen.insert(random_architecture(region, rng));
        CHECK(region.contains(*seen.rbegin()));
    }
    CHECK(seen.size() == 4);
}

TEST_CASE("mutation changes to another option, exactly one with mutated_once", "[architecture]")
{
    const Region region{std::span(kDecisions)};
    const Architecture parent{{1, 0, 0}};
    Rng rng(1);
    std::set<Architecture> seen;
    for (int i = 0; i < 200; ++i) {
        const Architecture child = mutated_once(parent, region, rng);
        int changed = 0;
        for (std::size_t d = 0; d < 3; ++d)
            changed += child.choices[d] != parent.choices[d] ? 1 : 0;
        CHECK(changed == 1);
        seen.insert(child);
    }
    CHECK(seen == std::set<Architecture>{{{0, 0, 0}}, {{2, 0, 0}}, {{1, 1, 0}}});
    CHECK(mutated(parent, region, 0, rng) == parent);
    CHECK(mutated(parent, region, 1, rng).choices[1] == 1);
    CHECK(mutated_once(parent, Region(parent), rng) == parent);
}

TEST_CASE("a child has every choice from one of its parents", "[architecture]")
{
    Rng rng(1);
    const Architecture mother{{0, 0, 0}}, father{{2, 1, 0}};
    std::set<Architecture> seen;
    for (int i = 0; i < 100; ++i)
        seen.insert(crossed(mother, father, rng));
    CHECK(seen == std::set<Architecture>{{{0, 0, 0}}, {{0, 1, 0}}, {{2, 0, 0}}, {{2, 1, 0}}});
}
