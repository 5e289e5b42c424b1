// SPDX-License-Identifier: Apache-2.0
#include "predicted.hpp"

#include <cmath>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "counted.hpp"
#include "space.hpp"
#include "table.hpp"
#include "toys/nested_components.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using Catch::Matchers::Contains;
using predicted::Predicted;
using test::Quiet;

namespace {

/// 1,000 networks of three digits; where the first is 0 the last does nothing.
class Digits final : public ToySpace {
public:
    Digits() : ToySpace(digit_decisions(3)) {}
    std::vector<bool> active(const Architecture& a) const override { return {true, true, a.choices[0] != 0}; }
};

/// 100 and the digits' weighted sum, in ms, with noise that depends on the network; no price where the second digit is
/// one of `refused`.
class Device final : public CostModel {
public:
    struct Options {
        double noise = 0;
        int refused = 0;
        bool by_architecture = false, learns = false, other = false, slow = false;
        static void describe(Describe<Options>& d)
        {
            d("noise", &Options::noise, "standard deviation");
            d("refused", &Options::refused, "of the second digits");
            d("by_architecture", &Options::by_architecture, "tells architectures of one network apart");
            d("learns", &Options::learns, "");
            d("other", &Options::other, "gives a second metric");
            d("slow", &Options::slow, "");
        }
    };
    Device(const Options& options, const Setup&) : options_{options} {}
    std::vector<std::string> metrics() const override
    {
        return options_.other ? std::vector<std::string>{"latency_ms", "energy_mj"}
                              : std::vector<std::string>{"latency_ms"};
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> answers;
        for (const Candidate& c : batch) {
            asked.push_back(key(c));
            const Architecture& a = options_.by_architecture ? c.architecture() : c.canonical();
            if (a.choices[1] < options_.refused) {
                answers.push_back(failed(c.architecture(), "too hot"));
                continue;
            }
            Rng rng(1, to_string(a));
            const double value =
                100.0 + 3 * a.choices[0] + 2 * a.choices[1] + a.choices[2] + options_.noise * rng.normal();
            Metrics metrics{{"latency_ms", value}};
            if (options_.other)
                metrics.emplace("energy_mj", 2 * value);
            answers.push_back({c.architecture(), std::move(metrics), Status::ok, ""});
        }
        return answers;
    }
    bool slow() const override { return options_.slow; }
    std::string key(const Candidate& c) const override
    {
        return options_.by_architecture ? to_string(c.architecture()) : c.key();
    }
    bool trains() const override { return options_.learns; }

    static std::vector<std::string> asked;

private:
    Options options_;
};
std::vector<std::string> Device::asked;

const test::NestedComponents& parts()
{
    static const test::NestedComponents all = [] {
        test::NestedComponents c;
        c.add<Device>("device", "");
        c.add<cost_models::Table>("table", "");
        c.add<cost_models::Macs>("macs", "");
        c.add<Predicted>("predicted", "");
        return c;
    }();
    return all;
}

const SearchSpace& digits()
{
    static const Digits space;
    return space;
}

std::unique_ptr<CostModel> made(const std::string& yaml, const SearchSpace& space = digits())
{
    Setup setup = parts().setup();
    setup.space = &space;
    return setup.make(Use<CostModel>{yaml});
}

std::string refusal(const std::string& yaml)
{
    try {
        made(yaml);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

/// Steps from `first` on, each with the stream that a run would give it.
void run(Phase& phase, Context& context, std::size_t first = 0, std::size_t last = 1000)
{
    for (std::size_t i = first; i < last; ++i) {
        Phase::Step step{i, Rng(7, std::to_string(i)), context};
        if (!phase.step(step))
            return;
    }
}

std::multimap<std::string, double> trained(CostModel& model, const SearchSpace& space = digits())
{
    Quiet context;
    run(*model.training(Region(space.decisions()), nullptr), context);
    return context.notes;
}

std::vector<Candidate> all_digits()
{
    std::vector<Candidate> all;
    for (std::uint16_t a = 0; a < 10; ++a)
        for (std::uint16_t b = 0; b < 10; ++b)
            for (std::uint16_t c = 0; c < 10; ++c)
                all.emplace_back(digits(), Architecture{{a, b, c}});
    return all;
}

std::string read(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

constexpr const char* kNoisy = "of: {use: device, noise: 4}, samples: 200, model: ridge, features: masked_depth";

}  // namespace

TEST_CASE("a cost is learnt from a few networks and told of all others", "[predicted]")
{
    const auto model = made("{use: predicted, of: {use: device}, samples: 60}");
    const auto notes = trained(*model);
    CHECK(model->metrics() == std::vector<std::string>{"latency_ms", "latency_sd_ms"});
    const std::vector<Candidate> all = all_digits();
    Quiet quiet;
    const auto device = made("{use: device}");
    const std::vector<Evaluation> truth = device->evaluate(all, quiet), told = model->evaluate(all, quiet);
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(told[i].architecture == all[i].architecture());
        CHECK(told[i].metrics.at("latency_ms") == Approx(truth[i].metrics.at("latency_ms")).epsilon(1e-3));
        CHECK(told[i].metrics.at("latency_sd_ms") < 0.1);
    }
    CHECK(notes.find("mape latency_ms")->second < 0.1);
    CHECK(notes.find("within_10_pct latency_ms")->second == 100);
    CHECK(notes.find("spearman latency_ms")->second > 0.999);
    CHECK(notes.find("kendall latency_ms")->second > 0.98);
    CHECK(notes.find("left out latency_ms") == notes.end());
}

TEST_CASE("no network is asked about twice, and what has no price is left out", "[predicted]")
{
    const auto model = made("{use: predicted, of: {use: device, refused: 3}, samples: 100, model: ridge}");
    Device::asked.clear();
    const auto notes = trained(*model);
    const std::set<std::string> different(Device::asked.begin(), Device::asked.end());
    CHECK(Device::asked.size() == 100);
    CHECK(different.size() == 100);
    const double left_out = notes.find("left out latency_ms")->second;
    CHECK(left_out > 10);
    CHECK(left_out < 60);

    const auto hopeless = made("{use: predicted, of: {use: device, refused: 10, slow: true}, samples: 20}");
    CHECK_THROWS_WITH(trained(*hopeless), Contains("has 0 values of latency_ms to learn from, and needs 10") &&
                                              Contains("20 of 20 networks have none") && Contains("too hot"));
    const auto greedy = made("{use: predicted, of: {use: device}, samples: 950}");
    CHECK_THROWS_WITH(trained(*greedy), Contains("no further network") && Contains("fewer `samples`"));
}

TEST_CASE("the deviation is that of predictions, and a confidence holds for what was never seen", "[predicted]")
{
    const std::vector<Candidate> all = all_digits();
    Quiet quiet;
    const auto device = made("{use: device, noise: 4}");
    const std::vector<Evaluation> truth = device->evaluate(all, quiet);
    double within = 0, below = 0, above = 0, count = 0;
    for (int seed = 1; seed <= 20; ++seed) {
        std::vector<std::unique_ptr<CostModel>> models;
        for (const char* confidence : {"0", "0.95", "0.05"}) {
            models.push_back(made(std::string("{use: predicted, ") + kNoisy + ", confidence: " + confidence + "}"));
            Device::asked.clear();
            const auto phase = models.back()->training(Region(digits().decisions()), nullptr);
            run(*phase, quiet, static_cast<std::size_t>(1000 * seed), static_cast<std::size_t>(1000 * seed + 10));
        }
        const std::set<std::string> learnt(Device::asked.begin(), Device::asked.end());
        const auto at = models[0]->evaluate(all, quiet), high = models[1]->evaluate(all, quiet),
                   low = models[2]->evaluate(all, quiet);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const double value = truth[i].metrics.at("latency_ms"), said = at[i].metrics.at("latency_ms");
            const double deviation = at[i].metrics.at("latency_sd_ms");
            CHECK(low[i].metrics.at("latency_ms") < said);
            CHECK(high[i].metrics.at("latency_ms") > said);
            CHECK(high[i].metrics.at("latency_sd_ms") == deviation);
            if (learnt.contains(all[i].key()))
                continue;
            count += 1;
            within += std::abs(value - said) <= deviation ? 1 : 0;
            below += value <= high[i].metrics.at("latency_ms") ? 1 : 0;
            above += value >= low[i].metrics.at("latency_ms") ? 1 : 0;
        }
    }
    CHECK(within / count == Approx(0.683).margin(0.03));
    CHECK(below / count == Approx(0.95).margin(0.02));
    CHECK(above / count == Approx(0.95).margin(0.02));
}

TEST_CASE("a model that tells architectures of one network apart is learnt as it is", "[predicted]")
{
    Quiet quiet;
    const Candidate one(digits(), Architecture{{0, 5, 0}}), same(digits(), Architecture{{0, 5, 9}});
    REQUIRE(one.key() == same.key());
    const auto networks = made("{use: predicted, of: {use: device}, samples: 60}");
    CHECK(networks->key(one) == networks->key(same));
    trained(*networks);
    CHECK(networks->evaluate({&one, 1}, quiet)[0].metrics == networks->evaluate({&same, 1}, quiet)[0].metrics);
    const auto apart =
        made("{use: predicted, of: {use: device, by_architecture: true}, samples: 60, model: ridge, features: plain}");
    CHECK(apart->key(one) != apart->key(same));
    trained(*apart);
    const double difference = apart->evaluate({&same, 1}, quiet)[0].metrics.at("latency_ms") -
                              apart->evaluate({&one, 1}, quiet)[0].metrics.at("latency_ms");
    CHECK(difference == Approx(9).epsilon(0.01));
}

TEST_CASE("measurements in a file are learnt", "[predicted]")
{
    const TemporaryFolder folder;
    const std::string file = folder / "measured.csv";
    const auto written = [&](const std::string& rows) {
        std::ofstream(file) << "arch,latency_ms,other\n" << rows;
        return "{use: predicted, column: latency_ms, model: ridge, features: plain, file: " + file + "}";
    };
    std::string rows;
    for (int i = 0; i < 60; ++i) {
        const int a = i % 10, b = i * 7 / 3 % 10, c = i / 6;
        rows += "\"" + std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(c) + "\"," +
                std::to_string(50 + a + 2 * b + 3 * c) + ",x\n";
    }
    const std::string of_file = written(rows + "\"9,9,9\",,x\n\"9,9,8\",broken,x\n");
    const auto model = made(of_file);
    const auto notes = trained(*model);
    CHECK(notes.find("left out latency_ms")->second == 2);
    Quiet quiet;
    const Candidate asked(digits(), Architecture{{9, 9, 9}});
    CHECK(model->evaluate({&asked, 1}, quiet)[0].metrics.at("latency_ms") == Approx(104).epsilon(0.01));

    CHECK_THAT(refusal(written("\"9,9,x\",1,x\n")), Contains("file: ") && Contains("measured.csv:2:2: "));
    CHECK_THAT(refusal(written("\"9,9,9\",1,x\n\"9,9,9\",1,x\n")),
               Contains("measured.csv:3:2: the same architecture stands at "));
    CHECK_THAT(refusal(written("\"9,9,9\",1,x\n")), Contains("has 1 values of latency_ms, it takes 10"));
    CHECK_THAT(refusal(written("\"9,9,9\",1,x\n\"9,9,8\",fast,x\n")),
               Contains("measured.csv:3:") && Contains("'fast' is no number in column 'latency_ms'"));
    CHECK_THAT(refusal(written("")), Contains("has 0 values of latency_ms"));
}

TEST_CASE("measurements in another unit are scaled to the metric's", "[predicted]")
{
    const TemporaryFolder folder;
    const auto written = [&](const std::string& name, double unit) {
        std::ofstream file(folder / (name + ".csv"));
        file << "arch," << name << "\n";
        for (int i = 0; i < 60; ++i)
            file << "\"" << i % 10 << "," << i * 7 / 3 % 10 << "," << i / 6 << "\"," << (50 + i) * unit << "\n";
        return "{use: predicted, model: ridge, features: plain, column: " + name +
               ", file: " + (folder / (name + ".csv")).string();
    };
    const std::string in_us = written("latency_us", 1000);
    const auto plain = made(written("latency_ms", 1) + "}");
    const auto scaled = made(in_us + ", as: latency_ms, scale: 0.001}");
    CHECK(scaled->metrics() == std::vector<std::string>{"latency_ms", "latency_sd_ms"});
    const auto notes = trained(*plain);
    CHECK(trained(*scaled).find("mape latency_ms")->second == Approx(notes.find("mape latency_ms")->second));
    Quiet quiet;
    const Candidate asked(digits(), Architecture{{9, 9, 9}});
    const double expected = plain->evaluate({&asked, 1}, quiet)[0].metrics.at("latency_ms");
    CHECK(scaled->evaluate({&asked, 1}, quiet)[0].metrics.at("latency_ms") == Approx(expected));

    CHECK_THAT(refusal(in_us + ", as: latency_ms}"),
               Contains("scale: the column is 'latency_us', the metric 'latency_ms': that needs scale: 0.001"));
    CHECK_THAT(refusal(in_us + ", as: latency_ms, scale: 1000}"), Contains("that needs scale: 0.001"));
    CHECK_THAT(refusal(in_us + ", as: energy_mj}"), Contains("say the factor between them"));
    CHECK_THAT(refusal(in_us + ", scale: 0}"), Contains("scale: must be a number other than 0"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device}, scale: 2}"), Contains("scale: is for numbers in a `file`"));
    CHECK(refusal(in_us + ", as: latency}") == "accepted");  // no unit: nobody knows better
    CHECK(refusal("{use: predicted, of: {use: macs}, as: predicted_macs}") == "accepted");
}

TEST_CASE("what cannot be learnt is refused before anything starts", "[predicted]")
{
    CHECK_THAT(refusal("{use: predicted}"), Contains("of") && Contains("is missing"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device}, file: x.csv}"), Contains("both given"));
    CHECK_THAT(refusal("{use: predicted, file: /nowhere.csv, column: x}"), Contains("/nowhere.csv"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device, learns: true}}"), Contains("has to learn first itself"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device, other: true}}"),
               Contains("gives latency_ms, energy_mj: say which"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device}, metric: energy_mj}"), Contains("not 'energy_mj'"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device}, as: latency_us}"),
               Contains("'latency_us' has another unit than 'latency_ms'"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device, refused: 10}}"),
               Contains("of: prices none of 1000 random architectures: too hot"));
    CHECK(refusal("{use: predicted, of: {use: device, refused: 9}}") == "accepted");
    Device::asked.clear();
    CHECK(refusal("{use: predicted, of: {use: device, refused: 10, slow: true}}") == "accepted");
    CHECK(Device::asked.empty());
    CHECK_THAT(refusal("{use: predicted, of: {use: device}, samples: 18, confidence: 0.95}"),
               Contains("too few") && Contains("19 at least"));
    CHECK(refusal("{use: predicted, of: {use: device}, samples: 19, confidence: 0.95}") == "accepted");
    CHECK_THAT(refusal("{use: predicted, of: {use: device}, model: rigde}"), Contains("ridge"));
    CHECK_THAT(refusal("{use: predicted, of: {use: device}, features: masks}"), Contains("masked"));
}

TEST_CASE("metrics are named after what is learnt", "[predicted]")
{
    const auto names = [](const std::string& yaml) { return made(yaml)->metrics(); };
    using Names = std::vector<std::string>;
    CHECK(names("{use: predicted, of: {use: device, other: true}, metric: energy_mj}") ==
          Names{"energy_mj", "energy_sd_mj"});
    CHECK(names("{use: predicted, of: {use: device}, as: note10_latency_ms}") ==
          Names{"note10_latency_ms", "note10_latency_sd_ms"});
    CHECK(names("{use: predicted, of: {use: macs}}") == Names{"macs", "macs_sd"});
}

TEST_CASE("learning resumes to the same bytes and the same prices", "[predicted]")
{
    const std::string yaml = "{use: predicted, of: {use: device, noise: 4, refused: 1}, samples: 120}";
    const TemporaryFolder scratch;
    std::vector<std::unique_ptr<CostModel>> models;
    CHECK(conformance::check_phase(
              [&] {
                  models.push_back(made(yaml));
                  return models.back()->training(Region(digits().decisions()), nullptr);
              },
              scratch.path()) == conformance::Violations{});

    const auto whole = made(yaml), resumed = made(yaml), loaded = made(yaml);
    Quiet context;
    const auto phase = whole->training(Region(digits().decisions()), nullptr);
    CHECK(phase->steps() == 3);
    run(*phase, context);
    const TemporaryFolder end, middle;
    phase->save(end.path().string());
    models.push_back(made(yaml));
    const auto before = models.back()->training(Region(digits().decisions()), nullptr);
    run(*before, context, 0, 2);
    before->save(middle.path().string());
    const auto after = resumed->training(Region(digits().decisions()), nullptr);
    after->load(middle.path().string());
    run(*after, context, 2);
    const TemporaryFolder again;
    after->save(again.path().string());
    CHECK(read(again / "examples.json") == read(end / "examples.json"));
    loaded->training(Region(digits().decisions()), nullptr)->load(end.path().string());
    const std::vector<Candidate> all = all_digits();
    const std::vector<Evaluation> told = whole->evaluate(all, context);
    CHECK(resumed->evaluate(all, context) == told);
    CHECK(loaded->evaluate(all, context) == told);
}

TEST_CASE("a stop in the middle of learning is no price", "[predicted]")
{
    const auto model = made("{use: predicted, of: {use: device}, samples: 60}");
    const auto phase = model->training(Region(digits().decisions()), nullptr);
    Quiet context;
    context.stop = true;
    Phase::Step step{0, Rng(1), context};
    CHECK_THROWS_WITH(phase->step(step), Contains("stopped"));
    CHECK_THROWS_WITH(model->evaluate({}, context), Contains("before it learnt"));
}

TEST_CASE("it keeps what cost models promise", "[predicted]")
{
    const nas_bench_201::NasBench201 cells({.channels = 4, .cells = 1, .classes = 10, .input = {}}, {});
    const std::string table = "of: {use: table, column: edgegpu_cifar10_latency_ms, as: latency_ms, file: " +
                              std::string(ESPALIER_SOURCE_DIR) + "/examples/data/nas_bench_201/latency.csv.gz";
    for (const std::string& of : {std::string("of: {use: macs}"), table + "}", table + ", of: network}"}) {
        CAPTURE(of);
        const auto model = made("{use: predicted, samples: 40, folds: 5, " + of + "}", cells);
        const std::vector<Candidate> batch = conformance::random_candidates(cells, 40);
        CHECK(conformance::check_cost_model(*model, batch) == conformance::Violations{});
    }
    const auto model = made("{use: predicted, of: {use: device}, samples: 40}");
    const std::vector<Candidate> batch = conformance::random_candidates(digits(), 40);
    CHECK(conformance::check_cost_model(*model, batch) == conformance::Violations{});
    Quiet quiet;
    Network alone;
    alone.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    const Candidate fragment(alone);
    CHECK_THAT(model->evaluate({&fragment, 1}, quiet)[0].reason, Contains("whole networks"));
}
