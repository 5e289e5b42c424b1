// SPDX-License-Identifier: Apache-2.0
#include "space.hpp"

#include <set>
#include <string>

#include "espalier/data.hpp"
#include "espalier/error.hpp"

#include "catch.hpp"
#include "cell.hpp"

using espalier::nas_bench_201::NasBench201;

namespace {

class Images final : public espalier::Data {
public:
    Images(espalier::Shape input, std::size_t classes) : input_{input}, classes_{classes} {}
    std::vector<Input> inputs() const override { return {{"image", input_}}; }
    espalier::Shape output() const override { return {static_cast<std::int64_t>(classes_)}; }

private:
    espalier::Shape input_;
    std::size_t classes_;
};

std::string refusal(const NasBench201::Options& options, const espalier::Data* data = nullptr)
{
    espalier::Setup setup;
    setup.data = data;
    try {
        const NasBench201 space(options, setup);
    } catch (const espalier::OptionError& error) {
        return error.option() + ": " + error.what();
    } catch (const espalier::Error& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("the space has 5,260 keys, and equal keys share their representative", "[nas_bench_201]")
{
    const NasBench201 space({.channels = 2, .cells = 1, .input = {}}, {});
    std::set<std::string> keys;
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < espalier::nas_bench_201::kCells; ++r) {
        const espalier::Architecture a = espalier::nas_bench_201::cell_at(r);
        keys.insert(space.key(a));
        wrong +=
            space.key(space.canonical(a)) != space.key(a) || space.canonical(space.canonical(a)) != space.canonical(a);
    }
    CHECK(keys.size() == 5'260);
    CHECK(wrong == 0);
}

TEST_CASE("edges are decisions with five options", "[nas_bench_201]")
{
    const NasBench201 space({.input = {}}, {});
    REQUIRE(space.decisions().size() == 6);
    CHECK(space.decisions()[2].name == "1->2");
    CHECK(space.decisions()[2].options[3] == "nor_conv_3x3");
    CHECK(space.parse(space.text({{0, 1, 2, 3, 4, 0}})).choices == std::vector<std::uint16_t>{0, 1, 2, 3, 4, 0});
}

TEST_CASE("data set the input and the classes", "[nas_bench_201]")
{
    const Images fashion({1, 28, 28}, 12);
    espalier::Setup setup;
    setup.data = &fashion;
    const NasBench201 space({.channels = 4, .cells = 1, .input = {}}, setup);
    const espalier::Network network = space.network(espalier::Region(espalier::Architecture{{1, 1, 1, 1, 1, 1}}));
    CHECK(network[0].shape() == espalier::Shape{1, 28, 28});
    CHECK(network.output().shape() == espalier::Shape{12});
    CHECK(refusal({.classes = 12, .input = {1, 28, 28}}, &fashion) == "accepted");
    CHECK_THAT(refusal({.classes = 10, .input = {}}, &fashion),
               ContainsSubstring("classes: 10 contradicts `data`, which has 12 classes"));
    CHECK_THAT(refusal({.input = {3, 32, 32}}, &fashion),
               ContainsSubstring("input: 3x32x32 contradicts `data`, whose examples are 1x28x28"));
    const Images text({77}, 2);
    CHECK_THAT(refusal({.input = {}}, &text), ContainsSubstring("needs images"));
}

TEST_CASE("sizes that do not fit each other are refused at their option", "[nas_bench_201]")
{
    CHECK_THAT(refusal({.input = {3, 32}}), ContainsSubstring("input: must be [channels, height, width]"));
    CHECK_THAT(refusal({.input = {3, 30, 32}}), ContainsSubstring("input: the two reductions halve"));
    CHECK(refusal({.input = {3, 30, 32}, .reductions = false}) == "accepted");
    CHECK_THAT(refusal({.channels = 2, .input = {1, 3, 3}, .stem = false, .reductions = false}),
               ContainsSubstring("channels: must equal the 1 channels of the input where there is no stem"));
}
