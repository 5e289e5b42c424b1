// SPDX-License-Identifier: Apache-2.0
#include "composite.hpp"

#include <fstream>

#include "espalier/counts.hpp"

#include "additive.hpp"
#include "catch.hpp"
#include "phases_in_turn.hpp"
#include "plugins/cost_models/nested_cost_models.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using namespace espalier::cost_models;

namespace {

/// Promises `cost`, and gives `answers` empty evaluations whatever is asked.
class Careless final : public CostModel {
public:
    struct Options {
        int answers = 1;
        static void describe(Describe<Options>& d) { d("answers", &Options::answers, "how many"); }
    };
    Careless(const Options& options, const Setup&) : answers_{options.answers} {}
    std::vector<std::string> metrics() const override { return {"cost"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override
    {
        return std::vector<Evaluation>(static_cast<std::size_t>(answers_));
    }

private:
    int answers_;
};

const test::NestedComponents& composites()
{
    static const test::NestedComponents parts = [] {
        test::NestedComponents c = test::nested_cost_models();
        c.add<Careless>("careless", "");
        c.add<Additive>("additive", "");
        return c;
    }();
    return parts;
}

Network small()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    x = n.add(Op::conv, {x}, {{"out", {10}}, {"kernel", {3}}}, "a");
    n.add(Op::conv, {x}, {{"out", {6}}}, "b");
    return n;
}

double combined(std::string_view yaml)
{
    test::Quiet quiet;
    const Network n = small();
    const Candidate candidate(n);
    const Evaluation e = composites().cost_model(yaml)->evaluate({&candidate, 1}, quiet).at(0);
    INFO(e.reason);
    REQUIRE(e.metrics.size() == 1);
    return e.metrics.begin()->second;
}

std::string refusal(std::string_view yaml)
{
    try {
        composites().cost_model(yaml);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

/// Counts to `steps`, and says when it was where.
class Counting final : public Phase {
public:
    Counting(std::size_t steps, std::vector<std::size_t>& made) : steps_{steps}, made_{made} {}
    bool step(Step& step) override
    {
        made_.push_back(step.index);
        return ++done_ < steps_;
    }
    std::optional<std::size_t> steps() const override { return steps_; }
    void save(const std::string& folder) const override { std::ofstream(folder + "/done") << done_; }
    void load(const std::string& folder) override { std::ifstream(folder + "/done") >> done_; }

private:
    std::size_t steps_, done_ = 0;
    std::vector<std::size_t>& made_;
};

}  // namespace

TEST_CASE("a composite is the sum, the largest, the smallest or the ratio", "[composite]")
{
    const double m = macs(small()), p = params(small());
    CHECK(combined("{use: composite, of: [{use: macs}, {use: params}], as: both}") == m + p);
    CHECK(combined("{use: composite, of: [{use: macs}, {use: params}], weights: [0.5, -2], as: both}") ==
          0.5 * m - 2 * p);
    CHECK(combined("{use: composite, of: [{use: macs}, {use: params}], combine: max, as: worst}") == m);
    CHECK(combined("{use: composite, of: [{use: macs}, {use: params}], combine: min, as: best}") == p);
    CHECK(combined("{use: composite, of: [{use: macs}, {use: params}], combine: max, weights: [1, 1000], as: w}") ==
          1000 * p);
    CHECK(combined("{use: composite, of: [{use: macs}, {use: params}], combine: ratio, as: reuse}") == m / p);
    CHECK(combined("{use: composite, of: [{use: systolic, rows: 16, columns: 16}, {use: composite, of: [{use: macs}], "
                   "as: inner}], metrics: [latency_ms, inner], weights: [0, 1], as: w}") == m);
}

TEST_CASE("a sum offers layers if all of its parts do", "[composite]")
{
    const auto sum = composites().cost_model(
        "{use: composite, of: [{use: systolic, rows: 16, columns: 16, ceiling: smooth}, {use: roofline}], "
        "metrics: [latency_ms, latency_ms], weights: [2, 3], as: latency_ms}");
    const auto systolic = composites().cost_model("{use: systolic, rows: 16, columns: 16, ceiling: smooth}");
    const auto roofline = composites().cost_model("{use: roofline}");
    const Network n = small();
    REQUIRE(sum->layers("latency_ms") != nullptr);
    const LayerCost of_sum = (*sum->layers("latency_ms"))(n[1], 3.5, 12.1);
    const LayerCost a = (*systolic->layers("latency_ms"))(n[1], 3.5, 12.1),
                    b = (*roofline->layers("latency_ms"))(n[1], 3.5, 12.1);
    CHECK(of_sum.value == Approx(2 * a.value + 3 * b.value));
    CHECK(of_sum.d_in == Approx(2 * a.d_in + 3 * b.d_in));
    CHECK(of_sum.d_out == Approx(2 * a.d_out + 3 * b.d_out));
    CHECK(composites().cost_model("{use: composite, of: [{use: macs}, {use: memory}], as: x}")->layers("x") == nullptr);
    CHECK(composites().cost_model("{use: composite, of: [{use: macs}], combine: max, as: x}")->layers("x") == nullptr);
}

TEST_CASE("a sum says what each decision costs if all of its parts do", "[composite]")
{
    const ToySpace space(digit_decisions(2, 2));
    Setup setup = composites().setup();
    setup.space = &space;
    const TemporaryFile file("decision,option,a_ms,b_ms\n0,total,100,7\n1,0,1,3\n1,1,2,5\n2,0,4,0\n2,1,8,-1\n");
    const auto additive = [&](const std::string& column) {
        return "{use: additive, file: '" + file.path().string() + "', column: " + column + "}";
    };
    const auto made = [&](const std::string& options) {
        return setup.make(Use<CostModel>("{use: composite, as: x, " + options + "}"));
    };
    const auto both = made("of: [" + additive("a_ms") + ", " + additive("b_ms") + "], weights: [2, 10]");
    const auto& sum = dynamic_cast<const DecisionCosts&>(*both);
    REQUIRE(sum.sums_decisions());
    const Architecture architecture{{1, 1}};
    const DecisionTerms terms = sum.terms(architecture);
    CHECK(terms.common == 270);
    CHECK(terms.decisions == std::vector<double>{54, 6});
    test::Quiet quiet;
    const Candidate candidate(space, architecture);
    CHECK(both->evaluate({&candidate, 1}, quiet).at(0).metrics == Metrics{{"x", 330}});

    const auto nested = made("of: [{use: composite, as: y, of: [" + additive("a_ms") + "]}]");
    CHECK(dynamic_cast<const DecisionCosts&>(*nested).terms(architecture).decisions == std::vector<double>{2, 8});
    for (const std::string& options :
         {"combine: max, of: [" + additive("a_ms") + "]", "of: [" + additive("a_ms") + ", {use: macs}]",
          "of: [{use: composite, as: y, combine: max, of: [" + additive("a_ms") + "]}]"})
        CHECK_FALSE(dynamic_cast<const DecisionCosts&>(*made(options)).sums_decisions());
}

TEST_CASE("a composite that cannot be is refused in a sentence", "[composite]")
{
    using Catch::Matchers::Contains;
    CHECK_THAT(refusal("{use: composite, of: [], as: x}"), Contains("of") && Contains("no cost model"));
    CHECK_THAT(refusal("{use: composite, of: [{use: macs}], combine: ratio, as: x}"), Contains("two cost models"));
    CHECK_THAT(refusal("{use: composite, of: [{use: systolic}], as: x}"),
               Contains("latency_ms, utilisation: say which"));
    CHECK_THAT(refusal("{use: composite, of: [{use: macs}], metrics: [params], as: x}"),
               Contains("gives macs, not 'params'"));
    CHECK_THAT(refusal("{use: composite, of: [{use: macs}], weights: [1, 2], as: x}"), Contains("2 numbers for 1"));
    CHECK_THAT(refusal("{use: composite, of: [{use: macs}]}"), Contains("as"));
}

TEST_CASE("numbers in one unit do not get a name in another", "[composite]")
{
    using Catch::Matchers::Contains;
    const std::string array = "{use: roofline}, {use: memory}";
    CHECK_THAT(refusal("{use: composite, of: [" + array + "], metrics: [latency_ms, memory_bytes], as: total_ms}"),
               Contains("'memory_bytes' has another unit than 'total_ms'"));
    CHECK_THAT(refusal("{use: composite, of: [{use: roofline}], metrics: [latency_ms], combine: max, as: latency_us}"),
               Contains("'latency_ms' has another unit than 'latency_us'"));
    for (const char* right :
         {"{use: composite, of: [{use: roofline}], metrics: [latency_ms], weights: [1000], as: latency_us}",
          "{use: composite, of: [{use: roofline}, {use: memory}], metrics: [latency_ms, memory_bytes], as: score}",
          "{use: composite, of: [{use: memory}, {use: roofline}], metrics: [memory_bytes, latency_ms], combine: ratio, "
          "as: speed_kb}",
          "{use: blackbox, of: {use: roofline}, metric: latency_ms, as: coarse_ms}", "{use: memory, as: peak}"})
        CHECK_NOTHROW(composites().cost_model(right));
    CHECK_THAT(refusal("{use: blackbox, of: {use: roofline}, metric: latency_ms, as: coarse_us}"),
               Contains("'coarse_us' has another unit than 'latency_ms'"));
    CHECK_THAT(refusal("{use: memory, as: memory_mb}"),
               Contains("the numbers are in bytes, and 'memory_mb' is the name of one in mb"));
    CHECK_THAT(refusal("{use: roofline, as: latency_us}"), Contains("the numbers are in ms"));
    CHECK_THAT(refusal("{use: systolic, rows: 8, columns: 8, as: latency_s}"), Contains("the numbers are in ms"));
    CHECK_THAT(refusal("{use: device_profile, device: dsp, as: latency_us}"), Contains("the numbers are in ms"));
}

TEST_CASE("a nested model that does not answer as it promised is told", "[composite]")
{
    using Catch::Matchers::Contains;
    test::Quiet quiet;
    const Network n = small();
    const Candidate candidate(n);
    const auto asked = [&](const std::string& yaml) {
        try {
            return composites().cost_model(yaml)->evaluate({&candidate, 1}, quiet).at(0).reason;
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    for (const char* model : {"{use: composite, of: [{use: macs}, {use: careless, answers: ",
                              "{use: blackbox, of: {use: careless, answers: "})
        for (const auto& [answers, told] : {std::pair("1", "gave no cost"), std::pair("0", "gave 0 evaluations for 1"),
                                            std::pair("2", "gave 2 evaluations for 1")}) {
            const std::string end =
                std::string(model).find("composite") != std::string::npos ? "}], as: x}" : "}, metric: cost}";
            CAPTURE(model, answers);
            CHECK_THAT(asked(model + std::string(answers) + end), Contains(told));
        }
}

TEST_CASE("phases in turn resume where they were", "[composite]")
{
    const auto phases = [](std::vector<std::size_t>& made) {
        std::vector<std::unique_ptr<Phase>> list;
        for (const std::size_t steps : {2U, 1U, 3U})
            list.push_back(std::make_unique<Counting>(steps, made));
        return PhasesInTurn(std::move(list));
    };
    std::vector<std::size_t> whole;
    test::Quiet quiet;
    CHECK(phases(whole).steps() == 6);
    for (std::size_t stop = 1; stop <= 6; ++stop) {
        std::vector<std::size_t> made;
        const TemporaryFolder folder;
        {
            PhasesInTurn before = phases(made);
            for (std::size_t s = 0; s < stop; ++s) {
                Phase::Step step{s, Rng(1, "s"), quiet};
                CHECK(before.step(step) == (s < 5));
            }
            before.save(folder.path().string());
        }
        PhasesInTurn after = phases(made);
        after.load(folder.path().string());
        for (std::size_t s = stop; s < 6; ++s) {
            Phase::Step step{s, Rng(1, "s"), quiet};
            CHECK(after.step(step) == (s < 5));
        }
        CHECK(made == std::vector<std::size_t>{0, 1, 0, 0, 1, 2});
    }
}
