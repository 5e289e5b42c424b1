// SPDX-License-Identifier: Apache-2.0
#include "fusion.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/search_space.hpp"

#include "catch.hpp"
#include "fi_zc.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

namespace {

using espalier::test::Quiet;
using namespace espalier;
using fusion::Fusion;

/// 10 x 10 architectures; the key forgets the second choice of those whose first is 0.
class Grid final : public ToySpace {
public:
    Grid() : ToySpace(digit_decisions(2)) {}
    std::string key(const Architecture& a) const override
    {
        return a.choices[0] == 0 ? "0" : std::to_string(a.choices[0]) + "," + std::to_string(a.choices[1]);
    }
    Architecture canonical(const Architecture& a) const override
    {
        return a.choices[0] == 0 ? Architecture{{0, 0}} : a;
    }
};

/// `value` = 10 tens + ones, `negative` = -value; those with ones == 9 fail.
class Digits final : public Evaluator {
public:
    std::vector<std::string> metrics() const override { return {"value", "negative"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> result;
        for (const Candidate& c : batch) {
            const Architecture& a = c.canonical();
            const double value = 10.0 * a.choices[0] + a.choices[1];
            if (a.choices[1] == 9)
                result.push_back(failed(c.architecture(), "nine"));
            else
                result.push_back({c.architecture(), {{"value", value}, {"negative", -value}}, Status::ok, ""});
        }
        return result;
    }
};

/// An accuracy in percent that is linear in the ranks only roughly.
class Labels final : public Evaluator {
public:
    std::vector<std::string> metrics() const override { return {"valid_pct"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> result;
        for (const Candidate& c : batch)
            result.push_back(
                {c.architecture(), {{"valid_pct", 50.0 + 4 * c.architecture().choices[0]}}, Status::ok, ""});
        return result;
    }
};

/// As Digits, with -infinity where ones == 1.
class Holes final : public Evaluator {
public:
    std::vector<std::string> metrics() const override { return {"value"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> result;
        for (const Candidate& c : batch) {
            const Architecture& a = c.canonical();
            const double value =
                a.choices[1] == 1 ? -std::numeric_limits<double>::infinity() : 10.0 * a.choices[0] + a.choices[1];
            result.push_back({c.architecture(), {{"value", value}}, Status::ok, ""});
        }
        return result;
    }
};

/// The names of the indicators.
class Indicated final : public Evaluator {
public:
    std::vector<std::string> metrics() const override
    {
        return {"complexity", "trainability", "jacobian_logdet", "meco", "synflow"};
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override { return {}; }
};

struct Bench {
    Grid grid;
    Setup setup;
    Quiet context;
    Bench()
    {
        setup.space = &grid;
        setup.make_component = [](Kind, const Config& config, const Setup&) -> std::unique_ptr<Component> {
            if (config.find("use")->scalar == "labels")
                return std::make_unique<Labels>();
            if (config.find("use")->scalar == "holes")
                return std::make_unique<Holes>();
            return std::make_unique<Digits>();
        };
    }
    Fusion::Options options() const
    {
        Fusion::Options o;
        o.of = Use<Evaluator>("{use: digits}");
        o.combine = "mean_ecdf";
        o.metrics = {"value"};
        o.reference = 20;
        o.per_step = 3;
        return o;
    }
    /// Steps from `first` on, each with the stream that a run would give it. @return where it ended.
    std::size_t run(Phase& phase, std::size_t first = 0, std::size_t last = 1000)
    {
        for (std::size_t i = first; i < last; ++i) {
            Phase::Step step{i, Rng(7, std::to_string(i)), context};
            if (!phase.step(step))
                return i + 1;
        }
        return last;
    }
    Evaluation of(Fusion& fusion, std::uint16_t tens, std::uint16_t ones)
    {
        const Candidate candidate(grid, Architecture{{tens, ones}});
        return fusion.evaluate({&candidate, 1}, context).front();
    }
};

}  // namespace

TEST_CASE("the reference set holds different networks that could be evaluated", "[fusion]")
{
    Bench bench;
    Fusion fusion(bench.options(), bench.setup);
    const auto phase = fusion.training(Region(bench.grid.decisions()), nullptr);
    CHECK(bench.run(*phase) == 7);
    CHECK(phase->steps() == 7);
    const TemporaryFolder folder;
    phase->save(folder.path());
    const fusion::ReferenceSet set = fusion::ReferenceSet::load(folder / "reference.json");
    REQUIRE(set.size() == 20);
    std::set<std::string> keys;
    for (const fusion::Member& member : set.members()) {
        keys.insert(member.key);
        CHECK(bench.grid.canonical(member.architecture).choices[1] != 9);
        CHECK(member.key == bench.grid.key(member.architecture));
    }
    CHECK(keys.size() == 20);
}

TEST_CASE("fused metrics are ranks in the reference set and their means", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    options.metrics = {"value", "negative"};
    Fusion fusion(options, bench.setup);
    const auto phase = fusion.training(Region(bench.grid.decisions()), nullptr);
    bench.run(*phase);
    const TemporaryFolder folder;
    phase->save(folder.path());
    const fusion::ReferenceSet set = fusion::ReferenceSet::load(folder / "reference.json");
    const fusion::Ecdf values(set.column("value")), negatives(set.column("negative"));

    const Evaluation seen = bench.of(fusion, 6, 3);
    REQUIRE(seen.ok());
    CHECK(seen.metrics.at("value") == 63);
    CHECK(seen.metrics.at("value_ecdf") == values.rank(63));
    CHECK(seen.metrics.at("negative_ecdf") == negatives.rank(-63));
    CHECK(seen.metrics.at("fi_equal") == Approx((values.rank(63) + negatives.rank(-63)) / 2));
    CHECK(seen.metrics.at("fi_strict") == Approx((values.strict_rank(63) + negatives.strict_rank(-63)) / 2));
    CHECK(seen.metrics.size() == fusion.metrics().size());
    CHECK(bench.of(fusion, 6, 9).status == Status::failed);
    CHECK(bench.of(fusion, 6, 9).metrics.empty());
}

TEST_CASE("the best networks tie in fi_equal and are told apart by fi_strict", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    options.reference = 5;
    Fusion fusion(options, bench.setup);
    const auto low = [](Rng& rng) {
        return Architecture{{static_cast<std::uint16_t>(1 + rng.below(3)), static_cast<std::uint16_t>(rng.below(9))}};
    };
    bench.run(*fusion.training(Region(bench.grid.decisions()), low));
    const Evaluation good = bench.of(fusion, 8, 0), better = bench.of(fusion, 8, 1);
    CHECK(good.metrics.at("fi_equal") == 1);
    CHECK(better.metrics.at("fi_equal") == 1);
    CHECK(good.metrics.at("fi_strict") < better.metrics.at("fi_strict"));
}

TEST_CASE("the mean logarithm of places is the default, strictly monotone beyond the reference", "[fusion]")
{
    Bench bench;
    Fusion::Options options;
    CHECK(options.combine == "mean_log_ecdf");
    options.of = Use<Evaluator>("{use: digits}");
    options.metrics = {"value", "negative"};
    options.reference = 5;
    options.as = "score";
    Fusion fusion(options, bench.setup);
    const auto low = [](Rng& rng) {
        return Architecture{{static_cast<std::uint16_t>(1 + rng.below(3)), static_cast<std::uint16_t>(rng.below(9))}};
    };
    const auto phase = fusion.training(Region(bench.grid.decisions()), low);
    bench.run(*phase);
    const TemporaryFolder folder;
    phase->save(folder.path());
    const fusion::ReferenceSet set = fusion::ReferenceSet::load(folder / "reference.json");
    const fusion::SmoothEcdf values(set.column("value")), negatives(set.column("negative"));

    const Evaluation seen = bench.of(fusion, 6, 3), better = bench.of(fusion, 6, 4);
    CHECK(seen.metrics.at("value_ecdf") == values(63));
    CHECK(seen.metrics.at("score_log") == Approx((values.log(63) + negatives.log(-63)) / 2));
    CHECK(seen.metrics.at("score") == Approx(std::exp(seen.metrics.at("score_log"))));
    CHECK(better.metrics.at("value_ecdf") > seen.metrics.at("value_ecdf"));
    CHECK(seen.metrics.size() == fusion.metrics().size());
    CHECK(seen.metrics.count("fi_equal") == 0);
}

TEST_CASE("a metric of -infinity has the least place, in the reference set and outside it", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    options.of = Use<Evaluator>("{use: holes}");
    options.combine = "mean_log_ecdf";
    Fusion learnt(options, bench.setup), loaded(options, bench.setup);
    const Region all(bench.grid.decisions());
    const auto phase = learnt.training(all, nullptr);
    bench.run(*phase);
    const TemporaryFolder folder;
    phase->save(folder.path());
    const fusion::ReferenceSet set = fusion::ReferenceSet::load(folder / "reference.json");
    const std::vector<double> column = set.column("value");
    REQUIRE(std::ranges::count(column, -std::numeric_limits<double>::infinity()) > 0);
    loaded.training(all, nullptr)->load(folder.path());
    CHECK(bench.of(learnt, 3, 1).metrics.at("value_ecdf") == Approx(0.5 / 21));
    CHECK(bench.of(loaded, 3, 1) == bench.of(learnt, 3, 1));
    CHECK(bench.of(learnt, 4, 2).metrics.at("fi") > bench.of(learnt, 4, 1).metrics.at("fi"));

    options.combine = "mean_ecdf";  // knows no place for it
    Fusion ranks(options, bench.setup);
    bench.run(*ranks.training(all, nullptr));
    CHECK(bench.of(ranks, 3, 1).status == Status::failed);
}

TEST_CASE("the ready score asks for its five indicators, or three", "[fusion]")
{
    Bench bench;
    std::vector<std::string> asked;
    bench.setup.make_component = [&](Kind, const Config& config, const Setup&) -> std::unique_ptr<Component> {
        asked.push_back(to_yaml(config));
        return std::make_unique<Indicated>();
    };
    const fusion::FiZc five(fusion::FiZc::Options{}, bench.setup);
    const fusion::FiZc three(fusion::FiZc::Options{.light = true, .network = {}, .images = 8, .seed = 5}, bench.setup);
    REQUIRE(asked.size() == 2);
    CHECK(asked[0] ==
          "{use: indicators, metrics: [complexity, jacobian_logdet, meco, trainability, synflow], scored_batch: 16, "
          "repeats: 1, seed: 1}");
    CHECK(asked[1] ==
          "{use: indicators, metrics: [complexity, jacobian_logdet, meco], scored_batch: 8, repeats: 1, seed: 5}");
    const std::vector<std::string> metrics = five.metrics();
    CHECK(std::vector(metrics.end() - 2, metrics.end()) == std::vector<std::string>{"fi_zc", "fi_zc_log"});
    CHECK(three.seed() == 5);
}

TEST_CASE("learning that was saved and loaded goes on to the same reference set", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    options.combine = "fitted";
    options.labels = Use<Evaluator>("{use: labels}");
    options.labelled = 10;
    Fusion whole(options, bench.setup), first(options, bench.setup), second(options, bench.setup);
    const Region all(bench.grid.decisions());
    bench.run(*whole.training(all, nullptr));
    for (const std::size_t cut : {2U, 8U}) {  // within the reference set and within the labelled networks
        const auto begun = first.training(all, nullptr);
        bench.run(*begun, 0, cut);
        const TemporaryFolder folder;
        begun->save(folder.path());
        const auto resumed = second.training(all, nullptr);
        resumed->load(folder.path());
        bench.run(*resumed, cut);
        for (const std::uint16_t tens : {1, 5, 8})
            CHECK(bench.of(second, tens, 4) == bench.of(whole, tens, 4));
    }
}

TEST_CASE("a finished reference set that is loaded needs no step", "[fusion]")
{
    Bench bench;
    Fusion learnt(bench.options(), bench.setup), loaded(bench.options(), bench.setup);
    const Region all(bench.grid.decisions());
    const auto phase = learnt.training(all, nullptr);
    bench.run(*phase);
    const TemporaryFolder folder;
    phase->save(folder.path());
    loaded.training(all, nullptr)->load(folder.path());
    CHECK(bench.of(loaded, 4, 4) == bench.of(learnt, 4, 4));
    std::ofstream(folder / "reference.json") << "[{\"architecture\": [1,";
    CHECK_THROWS_WITH(loaded.training(all, nullptr)->load(folder.path()), ContainsSubstring("reference.json"));
}

TEST_CASE("fi_fitted predicts the labels as fractions, from networks outside the reference set", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    options.combine = "fitted";
    options.labels = Use<Evaluator>("{use: labels}");
    options.labelled = 30;
    Fusion fusion(options, bench.setup);
    const auto phase = fusion.training(Region(bench.grid.decisions()), nullptr);
    bench.run(*phase);
    const TemporaryFolder folder;
    phase->save(folder.path());
    const auto reference = fusion::ReferenceSet::load(folder / "reference.json");
    const auto labelled = fusion::ReferenceSet::load(folder / "labelled.json");
    CHECK(labelled.size() == 30);
    for (const fusion::Member& member : labelled.members())
        CHECK(!reference.has(member.key));
    // ranks are nearly linear in the label here
    CHECK(bench.of(fusion, 2, 5).metrics.at("fi_fitted") == Approx(0.58).margin(0.05));
    CHECK(bench.of(fusion, 7, 5).metrics.at("fi_fitted") == Approx(0.78).margin(0.05));
}

TEST_CASE("fusion keeps what evaluators and phases promise", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    options.metrics = {"value", "negative"};
    options.combine = "fitted";
    options.labels = Use<Evaluator>("{use: labels}");
    options.labelled = 10;
    Fusion fusion(options, bench.setup);
    const std::vector<Candidate> batch = conformance::random_candidates(bench.grid, 40);
    CHECK(conformance::check_evaluator(fusion, batch) == conformance::Violations{});

    const TemporaryFolder scratch;
    std::vector<std::unique_ptr<Fusion>> owners;
    const auto learning = [&] {
        owners.push_back(std::make_unique<Fusion>(options, bench.setup));
        return owners.back()->training(Region(bench.grid.decisions()), nullptr);
    };
    // ten steps of three networks: 20 of the reference set, 10 labelled ones
    CHECK(conformance::check_phase(learning, scratch.path(), 100) == conformance::Violations{});
}

TEST_CASE("a space with fewer networks than the reference set wants is a clear error", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    options.reference = 95;  // 9 x 9 + 1 can be evaluated
    Fusion fusion(options, bench.setup);
    const auto phase = fusion.training(Region(bench.grid.decisions()), nullptr);
    CHECK_THROWS_WITH(bench.run(*phase), ContainsSubstring("smaller `reference`"));
}

TEST_CASE("fusion refuses what it cannot fuse", "[fusion]")
{
    Bench bench;
    Fusion::Options options = bench.options();
    SECTION("a metric that is not there")
    {
        options.metrics = {"valeu"};
        CHECK_THROWS_WITH(Fusion(options, bench.setup), ContainsSubstring("metrics.0") && ContainsSubstring("'value'"));
    }
    SECTION("a metric twice")
    {
        options.metrics = {"value", "value"};
        CHECK_THROWS_WITH(Fusion(options, bench.setup), ContainsSubstring("named twice"));
    }
    SECTION("labels with several metrics")
    {
        options.combine = "fitted";
        options.labels = Use<Evaluator>("{use: digits}");
        CHECK_THROWS_WITH(Fusion(options, bench.setup), ContainsSubstring("labels"));
    }
    SECTION("labels that nothing is fitted to, and nothing to fit to")
    {
        options.labels = Use<Evaluator>("{use: labels}");
        CHECK_THROWS_WITH(Fusion(options, bench.setup), ContainsSubstring("labels: serve `combine: fitted` only"));
        options.labels = {};
        options.combine = "fitted";
        CHECK_THROWS_WITH(Fusion(options, bench.setup), ContainsSubstring("combine: `fitted` needs `labels`"));
    }
    SECTION("a name for the fused metric that is taken")
    {
        options.combine = "mean_log_ecdf";
        options.as = "value";
        CHECK_THROWS_WITH(Fusion(options, bench.setup), ContainsSubstring("as: must be a name"));
    }
    SECTION("evaluating before learning")
    {
        Fusion fusion(options, bench.setup);
        CHECK_THROWS_WITH(bench.of(fusion, 1, 1), ContainsSubstring("learnt"));
    }
}

TEST_CASE("the least-squares fit finds the line that the data lie on", "[fusion]")
{
    std::vector<std::vector<double>> rows;
    std::vector<double> y;
    Rng rng(2);
    for (int i = 0; i < 40; ++i) {
        rows.push_back({rng.uniform(), rng.uniform()});
        y.push_back(0.5 + 2 * rows.back()[0] - 3 * rows.back()[1]);
    }
    const fusion::LinearFit fit(rows, y, 1e-9);
    CHECK(fit.weights()[0] == Approx(0.5));
    CHECK(fit.weights()[1] == Approx(2));
    CHECK(fit.weights()[2] == Approx(-3));
    // By hand: rows (0), (2), y 1, 3, ridge 1: [[3, 2], [2, 5]] w = [4, 6], w = [8, 10] / 11.
    const std::vector<std::vector<double>> two{{0}, {2}};
    const fusion::LinearFit shrunk(two, std::vector<double>{1, 3}, 1);
    CHECK(shrunk.weights()[0] == Approx(8.0 / 11));
    CHECK(shrunk.weights()[1] == Approx(10.0 / 11));
}
