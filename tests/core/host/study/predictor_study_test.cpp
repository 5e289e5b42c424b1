// SPDX-License-Identifier: Apache-2.0
#include "host/study/predictor_study.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "core/app/shell.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

/// Two widths of two values, a depth that says whether the second matters.
class Towers final : public ToySpace {
public:
    Towers() : ToySpace({{"width1", {"8", "16"}, true}, {"width2", {"8", "16"}, true}, {"deep", {"no", "yes"}}}) {}
    std::vector<bool> active(const Architecture& a) const override { return {true, a.choices[2] == 1, true}; }
};

/// A table in a folder of its own.
class File {
public:
    explicit File(const std::string& text) { shell_.write("log.csv", text); }
    Examples examples(const std::string& metric = "speed") const { return examples_from_csv(path(), Towers(), metric); }
    std::string path() const { return (shell_.folder() / "log.csv").string(); }

private:
    Shell shell_;
};

std::vector<std::vector<std::uint16_t>> choices(const Examples& examples)
{
    std::vector<std::vector<std::uint16_t>> all;
    for (const Architecture& architecture : examples.architectures)
        all.push_back(architecture.choices);
    return all;
}

using Choices = std::vector<std::vector<std::uint16_t>>;

/// 200 networks of 12 bits, a value that is nearly linear in them.
struct Bits final : SearchSpace {
    Bits() : all(12, Decision{"bit", {"0", "1"}}) {}
    std::span<const Decision> decisions() const override { return all; }
    Network network(const Region&) const override { return {}; }
    std::vector<Decision> all;
};

Examples bits(std::size_t count)
{
    Rng rng(1, "bits");
    Examples examples;
    for (std::size_t i = 0; i < count; ++i) {
        Architecture architecture{std::vector<std::uint16_t>(12)};
        double value = 50 + 0.1 * rng.normal();
        for (std::size_t bit = 0; bit < 12; ++bit) {
            architecture.choices[bit] = static_cast<std::uint16_t>(rng.below(2));
            value += static_cast<double>(bit) * architecture.choices[bit];
        }
        examples.architectures.push_back(architecture);
        examples.values.push_back(value);
    }
    return examples;
}

PredictorStudy small_study()
{
    PredictorStudy study;
    study.train = {20, 100};
    study.test = 60;
    study.trials = 3;
    study.models = {"ridge", "svr_rbf"};
    study.features = {regression::FeatureKind::plain, regression::FeatureKind::masked};
    return study;
}

std::vector<PredictorTrial> trials(const PredictorStudy& study, const Examples& examples)
{
    return run_study(Bits(), examples, study, [](std::size_t) { return true; });
}

}  // namespace

TEST_CASE("examples come from a column for each decision", "[examples]")
{
    const File file("speed,deep,width2,note,width1\n3.5,yes,16,x,8\n4,no,8.0,y,16\n");
    const Examples examples = file.examples();
    CHECK(choices(examples) == Choices{{0, 1, 1}, {1, 0, 0}});
    CHECK(examples.values == std::vector<double>{3.5, 4});
}

TEST_CASE("examples come from lists, and architectures as the space writes them", "[examples]")
{
    CHECK(choices(File("width,deep,speed\n8 16,yes,1\n\"[16, 8]\",no,2\n").examples()) ==
          Choices{{0, 1, 1}, {1, 0, 0}});
    CHECK(choices(File("architecture,speed\n\"8,16,yes\",1\n\"16,8,no\",2\n").examples()) ==
          Choices{{0, 1, 1}, {1, 0, 0}});
}

TEST_CASE("a network counts once, with its first value, and not without one", "[examples]")
{
    const Examples examples =
        File("width,deep,speed\n8 16,no,1\n8 8,no,2\n8 8,yes,\n8 16,yes,nan\n8 16,yes,-Infinity\n8 16,yes,5\n")
            .examples();
    CHECK(choices(examples) == Choices{{0, 1, 0}, {0, 1, 1}});
    CHECK(examples.values == std::vector<double>{1, 5});
    CHECK(examples.again == 1);
    CHECK(examples.without == 3);
}

TEST_CASE("what is wrong with a table of examples is told at its place", "[examples]")
{
    const auto refused = [](const std::string& text, const std::string& sentence) {
        const File file(text);
        CHECK_THROWS_WITH(file.examples(), ContainsSubstring(file.path() + sentence));
    };
    refused("width,deep,sped\n8 16,yes,1\n", ":1: has no column 'speed'; did you mean 'sped'?");
    refused("width,speed\n8 16,1\n", ":1: has no column for decision 'deep'");
    refused("width,deep,speed\n8 16,yes,1\n8,yes,1\n",
            ":3:1: column 'width' lists 1 labels; the space has 2 such decisions, 'width1' to 'width2'");
    refused("width,deep,speed\n8 17,yes,1\n", ":2:1: '17' is no option of decision 'width2'");
    refused("width,deep,speed\n8 16,yess,1\n", ":2:6: 'yess' is no option of decision 'deep'; did you mean 'yes'?");
    refused("width,deep,speed\n8 16,yes,fast\n", ":2:10: 'fast' is no number");
    refused("architecture,speed\n\"8,16\",1\n", ":2:2: architecture '8,16': position 6: ");
}

TEST_CASE("predictors of a study learn more from more, and all from the same", "[predictor_study]")
{
    const std::vector<PredictorTrial> found = trials(small_study(), bits(200));
    REQUIRE(found.size() == 3 * 2 * 2 * 2);
    double few = 0, many = 0;
    for (const PredictorTrial& trial : found) {
        CHECK(trial.kendall > 0.5);
        CHECK(trial.chosen.starts_with(trial.model == "ridge" ? "alpha " : "C "));
        if (trial.model == "ridge")
            (trial.train == 20 ? few : many) += trial.mape;
    }
    CHECK(many < few / 2);
    // every gene matters in this space, so that masked features are the plain ones
    for (std::size_t i = 0; i < found.size(); ++i)
        if (found[i].features == "plain")
            CHECK(found[i].mape == Approx(found[i + 2].mape).epsilon(1e-9));

    const std::vector<PredictorTrial> again = trials(small_study(), bits(200));
    CHECK(again[5].mape == found[5].mape);
    PredictorStudy other = small_study();
    other.seed = 2;
    CHECK(trials(other, bits(200))[5].mape != found[5].mape);
    PredictorStudy fewer = small_study();
    fewer.models = {"svr_rbf"};
    fewer.train = {100};
    CHECK(trials(fewer, bits(200))[0].mape == found[5].mape);
}

TEST_CASE("no network is both learnt from and tested with", "[predictor_study]")
{
    // a model that has seen a network knows its value: here nothing else tells anything
    Examples examples = bits(160);
    Rng rng(9, "noise");
    for (double& value : examples.values)
        value = 50 + rng.normal();
    for (const PredictorTrial& trial : trials(small_study(), examples))
        CHECK(std::abs(trial.kendall) < 0.4);
}

TEST_CASE("a study needs as many networks as it sets aside and learns from", "[predictor_study]")
{
    CHECK_THROWS_WITH(
        trials(small_study(), bits(159)),
        "159 distinct networks have the metric; 100 to learn from (--train) and 60 to test with (--test) need 160");
}

TEST_CASE("of a value that is zero no error is a percentage", "[predictor_study]")
{
    Examples examples = bits(200);
    examples.values[7] = 0;
    for (const PredictorTrial& trial : trials(small_study(), examples)) {
        CHECK(std::isnan(trial.mape));
        CHECK(trial.rmse > 0);
    }
    CHECK_THAT(to_text(study_table(trials(small_study(), examples)), report::Format::csv),
               ContainsSubstring("plain,20,ridge,3,,,0."));
}

TEST_CASE("the table of a study has means and deviations over its trials", "[predictor_study]")
{
    const std::vector<PredictorTrial> made{{"ridge", "plain", 10, 0, 1, 4, 0.5, 0.6, "alpha 1"},
                                           {"ridge", "plain", 10, 1, 3, 4, 0.7, 0.6, "alpha 2"},
                                           {"auto", "plain", 10, 0, 7, 1, 0, 0, "C 1"}};
    CHECK(to_text(study_table(made), report::Format::csv) ==
          "features,train,model,trials,mape_pct,mape_sd,kendall,kendall_sd,spearman,spearman_sd,rmse,rmse_sd\n"
          "plain,10,ridge,2,2,1.4142135623730951,0.6,0.14142135623730948,0.6,0,4,0\n"
          "plain,10,auto,1,7,,0,,0,,1,\n");
    CHECK(to_text(trial_table(made), report::Format::csv)
              .starts_with("features,train,model,trial,mape_pct,kendall,spearman,rmse,"
                           "chosen\nplain,10,ridge,0,1,0.5,0.6,4,alpha 1\n"));
}
