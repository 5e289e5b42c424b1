// SPDX-License-Identifier: Apache-2.0
#include "espalier/search_space.hpp"

#include "espalier/candidate.hpp"
#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;

namespace {

/// Decision 1 matters only where decision 0 is "on".
class Switched final : public ToySpace {
public:
    Switched() : ToySpace({{"switch", {"off", "on"}}, {"width", {"4", "4,5", "6"}}}) {}
    Network network(const Region& region) const override
    {
        ++built;
        Network n;
        n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
        n.add(Op::conv, {0}, {{"out", {4.0 + region.options(1)[0]}}, {"kernel", {3}}}, "w");
        return n;
    }
    std::vector<bool> active(const Architecture& a) const override { return {true, a.choices[0] == 1}; }
    mutable int built = 0;
};

}  // namespace

TEST_CASE("keys ignore decisions that do not count", "[search_space]")
{
    const Switched space;
    CHECK(space.key({{0, 1}}) == space.key({{0, 2}}));
    CHECK(space.key({{1, 1}}) != space.key({{1, 2}}));
    CHECK(space.canonical({{0, 2}}) == Architecture{{0, 0}});
    CHECK(space.canonical({{1, 2}}) == Architecture{{1, 2}});
}

TEST_CASE("the default text form is read back, also with commas in labels", "[search_space]")
{
    const Switched space;
    for (std::uint16_t i = 0; i < 2; ++i)
        for (std::uint16_t j = 0; j < 3; ++j)
            CHECK(space.parse(space.text({{i, j}})) == Architecture{{i, j}});
    CHECK(space.text({{1, 1}}) == "on,4,5");
    CHECK_THROWS_WITH(space.parse("onn,4"), ContainsSubstring("position 1") && ContainsSubstring("did you mean 'on'"));
    CHECK_THROWS_WITH(space.parse("on"), ContainsSubstring("position 4") && ContainsSubstring("'width'"));
    CHECK_THROWS_WITH(space.parse("on,6,4"), ContainsSubstring("position 5"));
    CHECK_THROWS_WITH(space.parse("on,4x"), ContainsSubstring("position 4"));
}

TEST_CASE("a candidate builds the canonical network once", "[candidate]")
{
    const Switched space;
    const Candidate candidate(space, {{0, 2}});
    const Candidate copy = candidate;  // NOLINT(performance-unnecessary-copy-initialization): the copy is the point
    CHECK(candidate.architecture() == Architecture{{0, 2}});
    CHECK(candidate.network().output().shape()[0] == 4);
    CHECK(copy.network().output().shape()[0] == 4);
    CHECK(space.built == 1);
}
