// SPDX-License-Identifier: Apache-2.0
#include "hurricane.hpp"

#include <cmath>
#include <string>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "backbone.hpp"
#include "catch.hpp"
#include "plugins/cost_models/nested_cost_models.hpp"
#include "toys/pictures.hpp"

using namespace espalier;
using namespace espalier::hurricane;

namespace {

/// A text for each of the four stages: the options of a decision of each, and none differ within a stage.
std::vector<std::string> stages(const Hurricane& space)
{
    std::vector<std::string> texts(kStages);
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        std::string text;
        for (const std::string& option : space.decisions()[layer].options)
            text += (text.empty() ? "" : ";") + option;
        std::string& known = texts[stage_of(layer)];
        CHECK((known.empty() || known == text));
        known = text;
    }
    return texts;
}

/// Prices that are no prices, or that nobody gives twice.
class OddPrices final : public CostModel {
public:
    struct Options {
        double price = 1;
        bool measures = false, trains = false, refuses = false;
        static void describe(Describe<Options>& d)
        {
            d("price", &Options::price, "of everything");
            d("measures", &Options::measures, "");
            d("trains", &Options::trains, "");
            d("refuses", &Options::refuses, "");
        }
    };
    OddPrices(const Options& options, const Setup&) : options_{options} {}
    std::vector<std::string> metrics() const override { return {"odd"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> prices;
        for (const Candidate& c : batch)
            prices.push_back(options_.refuses
                                 ? failed(c.architecture(), "too odd")
                                 : Evaluation{c.architecture(), {{"odd", options_.price}}, Status::ok, {}});
        return prices;
    }
    bool measures() const override { return options_.measures; }
    bool trains() const override { return options_.trains; }

private:
    Options options_;
};

std::string refusal(Hurricane::Options options, const std::string& scored_by = "")
{
    test::NestedComponents parts = test::nested_cost_models();
    parts.add<OddPrices>("odd_prices", "");
    if (!scored_by.empty())
        options.scored_by = Use<CostModel>(scored_by);
    try {
        const Hurricane space(options, parts.setup());
    } catch (const Error& error) {
        return error.what();
    }
    return "made";
}

}  // namespace

TEST_CASE("the paper's spaces are those of its table 1", "[hurricane]")
{
    CHECK(stages(Hurricane({.operators = "paper_dsp"}, {})) ==
          std::vector<std::string>{"SEP_3;Choice_3;MB_3_1;ChoiceX", "Choice_3;ChoiceX;MB_3_1;Choice_3_SE",
                                   "Choice_3;Choice_3_SE;ChoiceX;MB_3_1",
                                   "Choice_3;Choice_3_SE;ChoiceX;MB_3_1;MB_3_3"});
    CHECK(stages(Hurricane({.operators = "paper_cpu"}, {})) ==
          std::vector<std::string>{"Choice_3;Choice_3_SE;MB_3_1;ChoiceX", "Choice_3;ChoiceX;Choice_5;MB_3_1",
                                   "Choice_3;Choice_3_SE;Choice_5;Choice_5_SE",
                                   "Choice_3;Choice_5;Choice_3_SE;Choice_7;MB_5_1"});
    CHECK(stages(Hurricane({.operators = "paper_vpu"}, {})) ==
          std::vector<std::string>{"Choice_3;Choice_5;Choice_7;SEP_3", "Choice_3;Choice_5;Choice_7;ChoiceX",
                                   "Choice_3;Choice_5;Choice_7;ChoiceX", "Choice_3;Choice_5;Choice_7;MB_3_1;MB_7_1"});
    CHECK(stages(Hurricane({}, {})) == std::vector<std::string>(4, "Choice_3;Choice_5;Choice_7;ChoiceX"));
}

TEST_CASE("spaces are as large as the paper's arithmetic says", "[hurricane]")
{
    const double spos = Region(Hurricane({}, {}).decisions()).size();
    CHECK(spos == 1'099'511'627'776);
    const Hurricane dsp({.operators = "paper_dsp"}, {});
    const Region all(dsp.decisions());
    CHECK(all.size() == 2'684'354'560'000);
    CHECK(all.size() / spos == Approx(2.44).margin(0.005));
    Region first = all, second = all;
    for (std::size_t layer = 0; layer < kLayers; ++layer)
        (layer < 8 ? first : second).fix(layer, 0);
    CHECK(first.size() == 40'960'000);
    CHECK(second.size() == 65'536);
    CHECK(all.size() / first.size() == 65'536);
    CHECK(Region(Hurricane({.operators = "large"}, {}).decisions()).size() / spos == std::pow(8.0, 20));
}

TEST_CASE("an architecture is written as its operators' names", "[hurricane]")
{
    const Hurricane space({.operators = "paper_dsp"}, {});
    const std::string text =
        "SEP_3,Choice_3,MB_3_1,ChoiceX,Choice_3,ChoiceX,MB_3_1,Choice_3_SE,Choice_3,Choice_3_SE,ChoiceX,MB_3_1,"
        "Choice_3,Choice_3_SE,ChoiceX,MB_3_1,Choice_3,Choice_3_SE,ChoiceX,MB_3_3";
    const Architecture a = space.parse(text);
    CHECK(a.choices == std::vector<std::uint16_t>{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 4});
    CHECK(space.text(a) == text);
    CHECK_THROWS_WITH(space.parse("SEP_3,Choice_5"),
                      ContainsSubstring("position 7: 'Choice_5' is no option of decision 'layer2'"));
}

TEST_CASE("the network of a region holds its networks", "[hurricane]")
{
    const Hurricane space({.operators = "paper_cpu"}, {});
    const Region all(space.decisions());
    const Network super = space.network(all);
    Rng rng{3};
    for (int i = 0; i < 20; ++i) {
        const Architecture a = random_architecture(all, rng);
        Region region(a);
        for (std::size_t d = 0; d < a.choices.size(); ++d)
            if (rng.below(2) == 0)
                region.allow(d, {0, 1, 2, 3});
        const std::string wanted = to_string(space.network(Region(a)));
        CHECK(to_string(resolved(super, Region(a))) == wanted);
        if (region.contains(a))
            CHECK(to_string(resolved(space.network(region), Region(a))) == wanted);
    }
}

TEST_CASE("lists are given for each stage or for each layer", "[hurricane]")
{
    const Hurricane by_stage(
        {.operators = "listed", .lists = {"SEP_3", "MB_3_1, MB_5_1", "ChoiceX", "Choice_3 ChoiceX"}}, {});
    CHECK(stages(by_stage) == std::vector<std::string>{"SEP_3", "MB_3_1;MB_5_1", "ChoiceX", "Choice_3;ChoiceX"});
    std::vector<std::string> lists(kLayers, "Choice_3");
    lists[6] = "MB_7_6_SE Choice_7";
    const Hurricane by_layer({.operators = "listed", .lists = lists}, {});
    CHECK(by_layer.decisions()[6].options == std::vector<std::string>{"MB_7_6_SE", "Choice_7"});
    CHECK(by_layer.decisions()[7].options == std::vector<std::string>{"Choice_3"});

    const auto listed = [](std::vector<std::string> texts) {
        return refusal({.operators = "listed", .lists = std::move(texts)});
    };
    CHECK_THAT(listed({"SEP_3", "SEP_3", "SEP_3", "SEP_4"}),
               Catch::Matchers::StartsWith("lists: list 4: 'SEP_4' is no operator; did you mean 'SEP_3'?"));
    CHECK(listed({"SEP_3", "SEP_3 SEP_5, SEP_3", "SEP_3", "SEP_3"}) == "lists: list 2: 'SEP_3' stands there twice");
    CHECK(listed({"SEP_3", " ", "SEP_3", "SEP_3"}) == "lists: list 2: names no operator");
    CHECK(listed({"SEP_3"}) == "lists: needs 4 lists, one a stage, or 20, one a layer; there are 1");
}

TEST_CASE("what contradicts another option is refused", "[hurricane]")
{
    CHECK(refusal({.lists = {"SEP_3"}}) == "lists: goes with `operators: listed`, and only with it");
    CHECK(refusal({.operators = "listed"}) == "lists: goes with `operators: listed`, and only with it");
    CHECK(refusal({.operators = "generated"}) == "operators: generated lists need `scored_by` or a `profile`");
    CHECK(refusal({.profile = "x.csv"}) == "profile: goes with `operators: generated`, and only with it");
    CHECK(refusal({}, "{use: macs}") == "scored_by: goes with `operators: generated`, and only with it");
    CHECK(refusal({.operators = "generated"}, "{use: macs}") == "made");
}

TEST_CASE("cost models that cannot score operators are refused with the reason", "[hurricane]")
{
    const Hurricane::Options generated{.operators = "generated"};
    CHECK(refusal(generated, "{use: odd_prices}") == "made");
    for (const char* what : {"measures", "trains"})
        CHECK_THAT(refusal(generated, "{use: odd_prices, " + std::string(what) + ": true}"),
                   ContainsSubstring("scored_by: must give the same prices whenever the space is made"));
    CHECK(refusal(generated, "{use: odd_prices, refuses: true}") == "scored_by: 'SEP_3' at layer 1: too odd");
    for (const char* price : {"0", "-1", ".inf"})
        CHECK_THAT(refusal(generated, "{use: odd_prices, price: " + std::string(price) + "}"),
                   ContainsSubstring("scored_by: 'SEP_3' at layer 1: costs "));
    CHECK(refusal({.operators = "generated", .metric = "od"}, "{use: odd_prices}") ==
          "metric: `scored_by` gives no 'od'; did you mean 'odd'?; allowed: odd");
    CHECK_THAT(refusal({.operators = "generated", .explore = "MB_9_1"}, "{use: odd_prices}"),
               Catch::Matchers::StartsWith("explore: 'MB_9_1' is no operator; did you mean 'MB_3_1'?"));
}

TEST_CASE("images and classes are those of the data", "[hurricane]")
{
    const Pictures data({3, 48, 48});
    Setup setup;
    setup.data = &data;
    const Hurricane space({.backbone = "mini"}, setup);
    const Network network = space.network(Region(Architecture{std::vector<std::uint16_t>(kLayers, 0)}));
    CHECK(network[0].shape() == Shape{3, 48, 48});
    CHECK(network.output().shape() == Shape{7});
    CHECK_THROWS_WITH(Hurricane({.resolution = 32}, setup), ContainsSubstring("resolution: 32 contradicts"));

    const Hurricane full({.fit_data = false}, setup);
    CHECK(full.network(Region(Architecture{std::vector<std::uint16_t>(kLayers, 0)}))[0].shape() == Shape{3, 224, 224});
}
