// SPDX-License-Identifier: Apache-2.0
#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"

#include "catch.hpp"

using namespace espalier;

namespace {

using Layers = std::vector<std::size_t>;

/// Two blocks, each conv or skip or nothing beside a pooled path; a branch at each choice.
struct Marks {
    Network n;
    std::size_t stem, first, second;
    Marks()
    {
        stem = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
        mark(n, Mark::block, stem);
        first = block(stem, 0);
        second = block(first, 1);
    }
    std::size_t block(std::size_t x, double decision)
    {
        const std::size_t conv = n.add(Op::conv, {x}, {{"out", {4}}, {"kernel", {3}}}, "w" + std::to_string(n.size()));
        const std::size_t zero = n.add(Op::zero, {x});
        const std::size_t choice = n.add(Op::choice, {conv, x, zero}, {{"decision", {decision}}});
        mark(n, Mark::branch, choice);
        const std::size_t pool = n.add(Op::avg_pool, {x}, {{"kernel", {3}}});
        const std::size_t sum = n.add(Op::add, {choice, pool});
        mark(n, Mark::block, sum);
        return sum;
    }
};

Architecture of(std::uint16_t a, std::uint16_t b)
{
    return {{a, b}};
}

}  // namespace

TEST_CASE("marks come back in the order of marking and print nothing", "[marks]")
{
    const Marks bench;
    CHECK(marked(bench.n, Mark::block) == Layers{bench.stem, bench.first, bench.second});
    CHECK(marked(bench.n, Mark::branch).size() == 2);
    REQUIRE(marks(bench.n).size() == 5);
    CHECK(marks(bench.n)[1] == Marked{Mark::branch, 3});
    Network plain;
    const std::size_t x = plain.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::string before = to_string(plain);
    CHECK(marks(plain).empty());
    mark(plain, Mark::block, x);
    CHECK(to_string(plain) == before);
    CHECK_THROWS_WITH(mark(plain, Mark::block, 1), ContainsSubstring("no layer 1 to mark"));
}

TEST_CASE("a resolved network has the marks at the layers that stand for the marked ones", "[marks]")
{
    const Marks bench;
    // 0 input; block 1: 1 conv, 2 pool, 3 add; block 2 hands on and pools: 4 pool, 5 add
    const Network n = resolved(bench.n, Region(of(0, 1)));
    REQUIRE(n.size() == 6);
    CHECK(marked(n, Mark::block) == Layers{0, 3, 5});
    CHECK(marked(n, Mark::branch) == Layers{1, 3});  // the skip stands at the end of the first block
}

TEST_CASE("marks of what is nothing or leads nowhere are dropped", "[marks]")
{
    const Marks bench;
    const Network none = resolved(bench.n, Region(of(2, 0)));
    CHECK(marked(none, Mark::branch).size() == 1);
    CHECK(marked(none, Mark::block).size() == 3);

    Network n;  // a skip whose sum nobody reads
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t zero = n.add(Op::zero, {x});
    const std::size_t skip = n.add(Op::choice, {x, zero}, {{"decision", {0}}});
    mark(n, Mark::branch, skip);
    const std::size_t next = n.add(Op::choice, {skip, n.add(Op::zero, {skip})}, {{"decision", {1}}});
    mark(n, Mark::branch, next);
    n.add(Op::add, {next, n.add(Op::relu, {x})});
    CHECK(marked(resolved(n, Region(of(0, 0))), Mark::branch) == Layers{0, 0});
    CHECK(marked(resolved(n, Region(of(0, 1))), Mark::branch).empty());  // x is live, the skip is not
}

TEST_CASE("copies keep marks, and marking a copy leaves the original alone", "[marks]")
{
    const Marks bench;
    Network copy = bench.n;
    copy.add(Op::relu, {copy.size() - 1});
    CHECK(marks(copy) == marks(bench.n));
    mark(copy, Mark::block, copy.size() - 1);
    CHECK(marks(copy).size() == marks(bench.n).size() + 1);
    Network resolved_once = resolved(bench.n, Region(of(0, 0)));
    const auto before = marks(resolved_once);
    mark(resolved_once, Mark::block, 0);
    CHECK(marks(resolved_once).size() == before.size() + 1);
    CHECK(marks(bench.n).size() == 5);
    CHECK(marks(branch(bench.n, 3, 0).network).empty());
}
