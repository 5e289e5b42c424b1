// SPDX-License-Identifier: Apache-2.0
#include "memory.hpp"

#include "espalier/counts.hpp"

#include "catch.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using cost_models::Memory;
using cost_models::peak_activations;

namespace {

std::size_t image(Network& n, double channels, double side)
{
    return n.add(Op::input, {}, {{"shape", {channels, side, side}}});
}

}  // namespace

TEST_CASE("a chain needs the largest input and output of a layer", "[memory]")
{
    Network n;
    std::size_t x = image(n, 3, 8);                                   // 192
    x = n.add(Op::conv, {x}, {{"out", {10}}, {"kernel", {3}}}, "a");  // 640
    x = n.add(Op::batch_norm, {x}, {}, "a.bn");                       // in place
    x = n.add(Op::relu, {x});                                         // in place
    x = n.add(Op::max_pool, {x}, {{"stride", {2}}});                  // 160
    n.add(Op::conv, {x}, {{"out", {30}}}, "b");                       // 480
    CHECK(peak_activations(n, true) == 192 + 640);
    CHECK(peak_activations(n, false) == 640 + 640);
}

TEST_CASE("what a residual needs later stays", "[memory]")
{
    Network n;
    const std::size_t x = image(n, 4, 4);                             // 64
    const std::size_t a = n.add(Op::conv, {x}, {{"out", {8}}}, "a");  // 128
    const std::size_t r = n.add(Op::relu, {a});                       // not over a: the sum needs it
    const std::size_t b = n.add(Op::conv, {r}, {{"out", {8}}}, "b");  // 128
    const std::size_t sum = n.add(Op::add, {a, b});                   // over a or b
    n.add(Op::global_average, {sum});                                 // 8
    CHECK(peak_activations(n, true) == 3 * 128);                      // a, its relu, b
    CHECK(peak_activations(n, false) == 3 * 128);                     // also a, b, the sum
}

TEST_CASE("order matters: the same layers in another order live longer", "[memory]")
{
    const auto widest_first = [](bool first) {
        Network n;
        const std::size_t x = image(n, 1, 4);                                                   // 16
        const std::size_t wide = first ? n.add(Op::conv, {x}, {{"out", {20}}}, "w") : 0;        // 320
        const std::size_t narrowed = first ? n.add(Op::conv, {wide}, {{"out", {2}}}, "v") : 0;  // 32
        const std::size_t other = n.add(Op::conv, {x}, {{"out", {6}}}, "o");                    // 96
        const std::size_t w = first ? wide : n.add(Op::conv, {x}, {{"out", {20}}}, "w");
        const std::size_t v = first ? narrowed : n.add(Op::conv, {w}, {{"out", {2}}}, "v");
        n.add(Op::concat, {v, other});
        return n;
    };
    CHECK(peak_activations(widest_first(true), true) == 16 + 320 + 32);
    CHECK(peak_activations(widest_first(false), true) == 96 + 320 + 32);
}

TEST_CASE("bytes are those of the stated numbers", "[memory]")
{
    Network n;
    const std::size_t x = image(n, 3, 8);
    n.add(Op::conv, {x}, {{"out", {10}}, {"kernel", {3}}}, "a");
    test::Quiet quiet;
    const Candidate candidate(n);
    Memory::Options options;
    CHECK(Memory(options, {}).evaluate({&candidate, 1}, quiet).at(0).metrics ==
          Metrics{{"memory_bytes", 4 * (192 + 640) + 4 * 270}});
    options.batch = 8;
    options.activation_bytes = 2;
    options.weight_bytes = 0.5;
    options.as = "sram_bytes";
    CHECK(Memory(options, {}).evaluate({&candidate, 1}, quiet).at(0).metrics ==
          Metrics{{"sram_bytes", 8 * 2 * (192 + 640) + 135}});
}
