// SPDX-License-Identifier: Apache-2.0
#include "u_boost_cell.hpp"

#include <regex>
#include <string>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"
#include "espalier/window.hpp"

#include "catch.hpp"
#include "toys/pictures.hpp"

using namespace espalier;
using u_boost_cell::UBoostCell;

namespace {

const UBoostCell& paper()
{
    static const UBoostCell space({}, {});
    return space;
}

/// Nine operations, then the same width everywhere.
std::string uniform(const std::string& cell, const std::string& w, int cells)
{
    std::string text = cell;
    for (int c = 0; c < cells; ++c)
        text += " ; " + w + " " + w + " | " + w + " " + w + " | " + w + " " + w + " " + w + " | " + w + " " + w + " " +
                w + " " + w;
    return text;
}

const char* const kConvs = "conv3 conv3 | conv3 conv3 conv3 | conv3 conv3 conv3 conv3";

Network built(const UBoostCell& space, const std::string& text)
{
    return space.network(Region(space.parse(text)));
}

Layer named(const Network& network, const std::string& weights)
{
    for (const Layer layer : network)
        if (layer.spec().weights == weights)
            return layer;
    throw Error("no layer '" + weights + "' in\n" + to_string(network));
}

bool has(const Network& network, const std::string& weights)
{
    return to_string(network).find("[" + weights + "]") != std::string::npos;
}

/// Without the place of a sum's term in the names of its projection: it counts the terms that a region has left.
std::string unnumbered(const std::string& network)
{
    return std::regex_replace(network, std::regex(R"((cell\d+\.t\d)\.\d+)"), "$1");
}

}  // namespace

TEST_CASE("multiply-adds and parameters are those of the layers' formulas", "[u_boost_cell]")
{
    // each of the 11 convolutions of a cell has the size of the cell's maps: 16, 8, 4 a side
    const Network convs = built(paper(), uniform(kConvs, "128", 3));
    CHECK(macs(convs) == 27 * 128 * 1024 + 11 * 9 * 128 * 128 * (256 + 64 + 16) + 4 * 128 * 10);
    // weights, biases, and two numbers a channel of the normalisation
    CHECK(params(convs) == (27 + 3) * 128 + 33 * (9 * 128 * 128 + 3 * 128) + 4 * 128 * 10 + 10);

    // 72 channels of p, a separable convolution to 64, one of kernel 5 to 80, and what widens the sum's first term
    const Network mixed = built(UBoostCell({.cells = 1}, {}),
                                "zero zero | zero zero zero | separable3 dilated5 zero zero ; "
                                "72 280 | 64 64 | 64 64 64 | 64 80 64 64");
    CHECK(macs(mixed) ==
          27 * 128 * 1024 + 256 * (9 * 128 * (72 + 280) + 9 * 72 + 72 * 64 + 25 * 280 * 80 + 64 * 80) + 64 * 80 * 10);
    CHECK(params(mixed) == 30 * 128 + 9 * 128 * (72 + 280) + 3 * (72 + 280) + (9 + 3) * 72 + (72 + 3) * 64 +
                               (25 * 280 + 3) * 80 + (64 + 2) * 80 + 64 * 80 * 10 + 10);
}

TEST_CASE("the network is a stem, cells of two inputs, poolings and a classifier", "[u_boost_cell]")
{
    const Network network = built(paper(), uniform(kConvs, "64", 3));
    CHECK(named(network, "stem").shape() == Shape{128, 32, 32});
    CHECK(named(network, "cell0.p").input_shape() == Shape{128, 16, 16});
    CHECK(named(network, "cell0.pp").input_shape() == Shape{128, 16, 16});
    CHECK(named(network, "cell0.pp").shape() == Shape{64, 16, 16});
    CHECK(named(network, "cell1.p").input_shape() == Shape{64, 8, 8});
    CHECK(named(network, "cell1.pp").input_shape() == Shape{128, 16, 16});  // the stem's, with a stride of 2
    CHECK(named(network, "cell1.pp").shape() == Shape{64, 8, 8});
    CHECK(named(network, "cell2.pp").input_shape() == Shape{64, 8, 8});
    CHECK(named(network, "cell2.t1-t3.conv3").shape() == Shape{64, 4, 4});
    CHECK(named(network, "classifier").input_shape() == Shape{4 * 64});
    CHECK(network.output().shape() == Shape{10});
    CHECK(marked(network, Mark::block).size() == 2);
    CHECK(marked(network, Mark::branch).size() == 27);

    const UBoostCell nine({.cells = 9, .pooling = {1, 0, 0}, .resolution = 128, .classes = 100}, {});
    const Network large = built(nine, uniform(kConvs, "64", 9));
    for (const auto& [cell, side] : {std::pair{0, 64}, {1, 32}, {2, 32}, {3, 32}, {4, 16}, {6, 16}, {7, 8}, {8, 8}}) {
        const std::string name = "cell" + std::to_string(cell);
        INFO(name);
        CHECK(named(large, name + ".p").shape() == Shape{64, side, side});
        CHECK(named(large, name + ".pp").shape() == Shape{64, side, side});
    }
    CHECK(named(large, "classifier").input_shape() == Shape{64 * 64});
}

TEST_CASE("operations are the paper's", "[u_boost_cell]")
{
    const Network network = built(UBoostCell({.cells = 1}, {}),
                                  "conv3 conv5 | separable3 separable5 dilated3 | dilated5 identity identity zero ; "
                                  "72 80 | 88 96 | 104 112 120 | 128 64 64 64");
    const auto kernel = [&](const char* weights) { return window(named(network, weights)).kernel[0]; };
    CHECK(kernel("cell0.p-t1.conv3") == 3);
    CHECK(kernel("cell0.pp-t1.conv5") == 5);
    CHECK_FALSE(has(network, "cell0.p-t2.separable3.depth"));  // t2 leads nowhere
    CHECK(window(named(network, "cell0.p-t3.dilated5")).dilation[0] == 2);
    CHECK(named(network, "cell0.p-t3.dilated5").shape() == Shape{128, 16, 16});
    CHECK(named(network, "cell0.p-t3.dilated5").spec().number("bias", 0) == 1);
    // the sum of 88 and 96 channels, one widened; then with 80 from pp and 128
    CHECK(named(network, "cell0.t1.0").shape() == Shape{96, 16, 16});
    CHECK_FALSE(has(network, "cell0.t1.1"));
    CHECK_FALSE(has(network, "cell0.t3.0"));
    CHECK(named(network, "cell0.t3.1").input_shape() == Shape{80, 16, 16});
    CHECK(named(network, "cell0.t3.2").input_shape() == Shape{96, 16, 16});

    const Network separable = built(UBoostCell({.cells = 1}, {}),
                                    "zero zero | zero zero zero | separable5 zero zero zero ; "
                                    "72 80 | 88 96 | 104 112 120 | 128 64 64 64");
    CHECK(named(separable, "cell0.p-t3.separable5.depth").shape() == Shape{72, 16, 16});
    CHECK(window(named(separable, "cell0.p-t3.separable5.depth")).kernel[0] == 5);
    CHECK(named(separable, "cell0.p-t3.separable5.point").shape() == Shape{128, 16, 16});
}

TEST_CASE("both stages of the search are regions of one super-network", "[u_boost_cell]")
{
    const UBoostCell space({.array = 16}, {});
    const Network super = space.network(Region(space.decisions()));
    Rng rng{3};
    for (int i = 0; i < 10; ++i) {
        const Architecture a = random_architecture(Region(space.decisions()), rng);
        INFO(space.text(a));
        const std::string wanted = to_string(space.network(Region(a)));
        Region widths(space.decisions());  // operations fixed
        for (std::size_t d = 0; d < 9; ++d)
            widths.fix(d, a.choices[d]);
        CHECK(unnumbered(to_string(resolved(space.network(widths), Region(a)))) == unnumbered(wanted));
        CHECK(to_string(resolved(super, Region(a))) == wanted);
    }
    Region operations(space.decisions());  // widths fixed, as wide as the array
    for (std::size_t d = 9; d < operations.decisions(); ++d)
        operations.fix(d, 8);
    const Network cells = space.network(operations);
    std::size_t choices = 0;
    for (const Layer layer : cells) {
        choices += layer.op() == Op::choice ? 1 : 0;
        CHECK(layer.op() != Op::channel_mask);
        if (layer.shape().size() == 3 && layer.op() != Op::input)
            REQUIRE(layer.shape()[0] == 16);
    }
    CHECK(choices == 27);
}

TEST_CASE("widths are multiples of the array", "[u_boost_cell]")
{
    const auto widths = [](const UBoostCell::Options& options) {
        return UBoostCell(options, {}).decisions().back().options;
    };
    CHECK(widths({}).size() == 28);
    CHECK(widths({}).front() == "64");
    CHECK(widths({})[1] == "72");
    CHECK(widths({}).back() == "280");
    CHECK(widths({.array = 16}).front() == "8");
    CHECK(widths({.array = 16})[1] == "9");
    CHECK(widths({.array = 16}).back() == "35");
    CHECK(widths({.array = 100, .widths = {0.29, 1, 2}}) == std::vector<std::string>{"29", "100", "200"});
    CHECK(refusal_of<UBoostCell>({.array = 24}) == "array: 24 times 0.5625 is no whole number of channels");
    CHECK(refusal_of<UBoostCell>({.array = 24, .widths = {0.5, 0.6}}) ==
          "widths: 24 times 0.6 is no whole number of channels");
    CHECK(refusal_of<UBoostCell>({.widths = {0, 1}}) == "widths: 128 times 0 is no whole number of channels");
    CHECK(refusal_of<UBoostCell>({.widths = {1, 1}}) == "widths: must ascend");
    CHECK(refusal_of<UBoostCell>({.operations = {"conv3", "zero", "conv3"}}) == "operations: 'conv3' is named twice");
    CHECK_THAT(refusal_of<UBoostCell>({.pooling = {}}), ContainsSubstring("pooling: must say it of one cell at least"));
    CHECK_THAT(refusal_of<UBoostCell>({.cells = 5}),
               ContainsSubstring("pooling: the stem and 5 cells halve height and width, so 32 "
                                 "must be a multiple of 2^6"));
    CHECK_THAT(refusal_of<UBoostCell>({.cells = 9, .pooling = {1, 0, 0}, .resolution = 24}),
               ContainsSubstring("resolution: the stem"));
}

TEST_CASE("an architecture is written as its operations by node and the widths of each cell", "[u_boost_cell]")
{
    const UBoostCell space({.array = 16, .cells = 1}, {});
    const std::string text =
        "conv3 zero | conv5 identity separable3 | zero zero dilated3 dilated5 ; 16 17 | 8 9 | 10 11 12 | 13 14 15 35";
    const Architecture a = space.parse(text);
    CHECK(a.choices == std::vector<std::uint16_t>{0, 7, 1, 6, 2, 7, 7, 4, 5, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 27});
    CHECK(space.text(a) == text);
    CHECK(space.parse("  " + text + " ") == a);
    CHECK(space.decisions()[0].name == "p->t1");
    CHECK(space.decisions()[9].name == "cell0.p");
    CHECK(space.decisions()[11].name == "cell0.p->t1");
    CHECK(space.decisions()[11].ordinal);
    const auto refused = [&](const std::string& wrong) {
        try {
            space.parse(wrong);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("parsed");
    };
    CHECK_THAT(refused("conv3 conv4"),
               ContainsSubstring("position 7: 'conv4' is no operation of 'pp->t1'; did you mean 'conv"));
    CHECK_THAT(refused("conv3 zero conv5"), ContainsSubstring("position 12: '|' must stand here, before 'p->t2'"));
    CHECK_THAT(refused("conv3 zero |"), ContainsSubstring("position 13: the end, where 'p->t2' is expected"));
    CHECK_THAT(refused(text.substr(0, text.find(';')) + "; 16 36"),
               ContainsSubstring("'36' is no width of 'cell0.pp'"));
    CHECK_THAT(refused(text + " 16"), ContainsSubstring("nothing may follow the last width"));
}

TEST_CASE("architectures that compute the same share a key", "[u_boost_cell]")
{
    const UBoostCell space({.array = 16, .cells = 1}, {});
    const std::string tail = " ; 16 17 | 8 9 | 10 11 12 | 13 14 15 35";
    const auto key = [&](const std::string& text) { return space.key(space.parse(text)); };
    const std::string plain = key("conv3 zero | zero zero zero | zero zero conv3 zero" + tail);
    // t2 without inputs, without consumers; widths of edges without a convolution, and of pp, which nobody reads
    CHECK(key("conv3 zero | zero zero zero | zero zero conv3 conv5" + tail) == plain);
    CHECK(key("conv3 zero | conv5 identity conv3 | zero zero conv3 zero" + tail) == plain);
    CHECK(key("conv3 zero | zero zero zero | zero zero conv3 zero ; 16 20 | 8 12 | 20 20 20 | 20 20 15 20") == plain);
    CHECK(key("conv3 zero | zero zero zero | zero zero conv3 zero ; 16 17 | 8 9 | 10 11 12 | 13 14 16 35") != plain);
    CHECK(key("conv3 zero | zero zero zero | zero identity conv3 zero" + tail) != plain);
    CHECK(space.text(space.canonical(space.parse("conv3 zero | conv5 identity conv3 | zero zero conv3 zero" + tail))) ==
          "conv3 zero | zero zero zero | zero zero conv3 zero ; 16 8 | 8 8 | 8 8 8 | 8 8 15 8");
}

TEST_CASE("images and classes are those of the data, which no option may contradict", "[u_boost_cell]")
{
    const Pictures data({3, 48, 48}), wide({3, 48, 24});
    Setup setup;
    setup.data = &data;
    const UBoostCell space({}, setup);
    const Network network = built(space, uniform(kConvs, "64", 3));
    CHECK(network[0].shape() == Shape{3, 48, 48});
    CHECK(network.output().shape() == Shape{7});
    CHECK(refusal_of<UBoostCell>({.resolution = 48, .classes = 7}, &data) == "made");
    CHECK_THAT(refusal_of<UBoostCell>({.resolution = 32}, &data), ContainsSubstring("resolution: 32 contradicts"));
    CHECK_THAT(refusal_of<UBoostCell>({}, &wide), ContainsSubstring("needs square images of 3 colours"));
}
