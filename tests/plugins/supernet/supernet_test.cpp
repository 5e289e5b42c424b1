// SPDX-License-Identifier: Apache-2.0
#include "supernet/supernet.hpp"

#include <cmath>

#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/training/loss.hpp"
#include "espalier/torch/training/model.hpp"

#include "catch.hpp"
#include "columns.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using supernet::Supernet;
using testing::Columns;
using testing::Steps;

namespace {

/// Two layers of one of three operators each: nothing but a skip, and convolutions of two sizes.
Network two_layers()
{
    Network n;
    const auto normalised = [&](std::size_t x, const std::string& name) {
        return n.add(Op::relu, {n.add(Op::batch_norm, {x}, {}, name + ".bn")});
    };
    const auto conv = [&](std::size_t x, double kernel, const std::string& name) {
        return normalised(n.add(Op::conv, {x}, {{"out", {6}}, {"kernel", {kernel}}}, name), name);
    };
    std::size_t x = conv(n.add(Op::input, {}, {{"shape", {1, 8, 8}}}), 3, "stem");
    for (int layer = 0; layer < 2; ++layer) {
        const std::string name = "layer" + std::to_string(layer);
        x = n.add(Op::choice, {x, conv(x, 1, name + ".k1"), conv(x, 3, name + ".k3")},
                  {{"decision", {static_cast<double>(layer)}}});
    }
    n.add(Op::linear, {n.add(Op::flatten, {x})}, {{"out", {2}}}, "classifier");
    return n;
}

class TwoLayers : public ToySpace {
public:
    TwoLayers() : ToySpace(digit_decisions(2, 3), two_layers()) {}
};

/// Gives single architectures only.
class Apart final : public TwoLayers {
    Network network(const Region& region) const override
    {
        if (!region.single())
            throw Error("this space has no super-network");
        return TwoLayers::network(region);
    }
};

Supernet::Options small()
{
    Supernet::Options options;
    options.epochs = 4, options.batch = 16, options.learning_rate = 0.05, options.crop = 1, options.flip = false;
    options.recalibrate = 64, options.recalibration_batch = 32;
    return options;
}

Setup setup_of(const SearchSpace& space, const Data& data)
{
    Setup setup;
    setup.space = &space;
    setup.data = &data;
    return setup;
}

struct Trained {
    explicit Trained(const Supernet::Options& options = small(), const SearchSpace& searched = two)
        : space{searched}, evaluator{options, setup_of(searched, data())}
    {
    }
    static const Columns& data()
    {
        static const Columns columns;
        return columns;
    }
    std::unique_ptr<Phase> phase(const Region& region)
    {
        return evaluator.training(region, [&region](Rng& rng) { return random_architecture(region, rng); });
    }
    void train(const Region& region) { steps.run(*phase(region)); }
    std::vector<Evaluation> evaluated(const std::vector<Architecture>& architectures)
    {
        std::vector<Candidate> candidates;
        for (const Architecture& architecture : architectures)
            candidates.emplace_back(space, architecture);
        return evaluator.evaluate(candidates, steps);
    }

    static inline const TwoLayers two;
    const SearchSpace& space;
    Supernet evaluator;
    Steps steps;
    Region all{space.decisions()};
};

const std::vector<Architecture> kSome{{{0, 0}}, {{1, 2}}, {{2, 2}}, {{2, 1}}};

}  // namespace

TEST_CASE("every architecture of a trained super-network has learnt", "[supernet]")
{
    for (const std::string sampling : {"strategy", "uniform", "fair", "sandwich"}) {
        INFO(sampling);
        Supernet::Options options = small();
        options.sampling.rule = sampling;
        options.epochs = 10;
        Trained t(options);
        CHECK(t.evaluator.metrics() == std::vector<std::string>{"top1_pct", "loss"});
        t.train(t.all);
        CHECK(t.steps.notes.at("train_loss").size() == 10);
        for (const Evaluation& e : t.evaluated(kSome)) {
            INFO(e.reason);
            REQUIRE(e.ok());
            CHECK(e.metrics.at("top1_pct") > 85);
            CHECK(e.metrics.at("loss") < 0.4);
        }
    }
}

TEST_CASE("an architecture scores the same alone, among others, and twice", "[supernet]")
{
    Trained t;
    t.train(t.all);
    const std::vector<Evaluation> together = t.evaluated(kSome);
    for (std::size_t i = 0; i < kSome.size(); ++i)
        CHECK(t.evaluated({kSome[i]}).at(0) == together[i]);
}

TEST_CASE("a super-network's training that was killed after any step ends with the same bits", "[supernet]")
{
    Supernet::Options options = small();
    options.sampling.rule = GENERATE("strategy", "fair", "sandwich");
    options.optimiser = GENERATE("sgd", "adam");
    options.average = options.optimiser == "adam" ? 0.9 : 0;
    const TemporaryFolder folder;
    const auto saved = [&](const Phase& phase, const std::string& name) {
        std::filesystem::create_directory(folder / name);
        phase.save((folder / name).string());
        return testing::files_in((folder / name).string());
    };
    Trained whole(options);
    const std::unique_ptr<Phase> straight = whole.phase(whole.all);
    CHECK(straight->steps() == 4);
    whole.steps.run(*straight);
    const auto expected = saved(*straight, "whole");
    CHECK(expected.size() == (options.average > 0 ? 4 : 3));
    for (std::size_t killed_after = 1; killed_after <= 4; ++killed_after) {
        const std::string name = std::to_string(killed_after);
        {
            Trained first(options);
            const std::unique_ptr<Phase> killed = first.phase(first.all);
            first.steps.run(*killed, 0, killed_after);
            saved(*killed, name);
        }
        Trained second(options);
        const std::unique_ptr<Phase> resumed = second.phase(second.all);
        resumed->load((folder / name).string());
        if (killed_after < 4)
            second.steps.run(*resumed, killed_after);
        CHECK(saved(*resumed, name + " resumed") == expected);
        CHECK((second.evaluated(kSome) == whole.evaluated(kSome)));
    }
}

TEST_CASE("what is outside the trained region is a failure, what is not trained an error", "[supernet]")
{
    Trained t;
    CHECK_THROWS_WITH(t.evaluated(kSome), ContainsSubstring("no super-network has been trained"));
    Region region = t.all;
    region.fix(0, 2);
    t.train(region);
    const std::vector<Evaluation> e = t.evaluated({{{2, 1}}, {{1, 1}}});
    CHECK(e[0].ok());
    CHECK(e[1].status == Status::failed);
    CHECK_THAT(e[1].reason, ContainsSubstring("not among the architectures"));
}

TEST_CASE("a further training begins anew, or inherits what matches", "[supernet]")
{
    Supernet::Options options = small();
    options.epochs = 6;
    const auto first_loss = [&](bool inherit) {
        options.inherit = inherit;
        Trained t(options);
        t.train(t.all);
        t.steps.notes.clear();
        Region region = t.all;
        region.fix(0, 1);
        t.train(region);
        return t.steps.notes.at("train_loss").front();
    };
    CHECK(first_loss(true) < 0.7 * first_loss(false));
}

TEST_CASE("a training ends as soon as the smoothed loss has been low for 50 steps, and says after how many",
          "[supernet]")
{
    Supernet::Options options = small();
    options.epochs = 40, options.schedule = "constant";
    Trained whole(options);
    whole.train(whole.all);
    const auto& losses = whole.steps.notes.at("smoothed_loss");
    const auto& iterations = whole.steps.notes.at("iterations");
    REQUIRE(losses.size() == 40);
    const double an_epoch = iterations.front();
    CHECK(iterations.back() == 40 * an_epoch);
    options.until_loss = losses[14];
    Trained aimed(options);
    const std::unique_ptr<Phase> phase = aimed.phase(aimed.all);
    CHECK_FALSE(phase->steps());
    aimed.steps.run(*phase);
    const double taken = aimed.steps.notes.at("iterations").back();
    CHECK(taken >= 50);
    CHECK(taken < iterations.back());
    CHECK(aimed.steps.notes.at("smoothed_loss").back() <= options.until_loss);
    CHECK(std::fmod(taken, an_epoch) != 0);  // in the midst of an epoch
    for (std::size_t killed_after = 1; killed_after < aimed.steps.notes.at("iterations").size(); ++killed_after) {
        const TemporaryFolder folder;
        Trained first(options), second(options);
        const std::unique_ptr<Phase> killed = first.phase(first.all), resumed = second.phase(second.all);
        first.steps.run(*killed, 0, killed_after);
        killed->save(folder.path());
        resumed->load(folder.path());
        second.steps.run(*resumed, killed_after);
        CHECK(second.steps.notes.at("iterations").back() == taken);
        CHECK((second.evaluated(kSome) == aimed.evaluated(kSome)));
    }
}

TEST_CASE("the networks of another space may be trained in place of those searched", "[supernet]")
{
    class Priced final : public TwoLayers {
        Network network(const Region&) const override { throw Error("too large to be trained"); }
    } searched;
    Setup setup = setup_of(searched, Trained::data());
    setup.make_component = [](Kind, const Config& config, const Setup&) -> std::unique_ptr<Component> {
        if (config.find("use")->scalar == "two_layers")
            return std::make_unique<TwoLayers>();
        return std::make_unique<ToySpace>(digit_decisions(3));
    };
    Supernet::Options options = small();
    options.space = Use<SearchSpace>("{use: two_layers}");
    Supernet evaluator(options, setup);
    Trained plain;
    const Region all(searched.decisions());
    const auto paths = [&](Rng& rng) { return random_architecture(all, rng); };
    Steps steps;
    steps.run(*evaluator.training(all, paths));
    plain.train(all);
    const Candidate candidate(searched, kSome[1]);
    CHECK(evaluator.evaluate({&candidate, 1}, steps).at(0) == plain.evaluated({kSome[1]}).at(0));
    options.space = Use<SearchSpace>("{use: three_digits}");
    CHECK_THROWS_WITH(Supernet(options, setup), ContainsSubstring("other decisions"));
}

TEST_CASE("normalisation statistics are an architecture's own", "[supernet]")
{
    Supernet::Options options = small();
    Trained own(options);
    options.recalibrate = 0;
    Trained shared(options);
    own.train(own.all), shared.train(shared.all);
    CHECK((own.evaluated(kSome) != shared.evaluated(kSome)));
}

TEST_CASE("an architecture is saved as a model folder of its own that computes what was scored", "[supernet]")
{
    Trained t;
    t.train(t.all);
    const Candidate candidate(t.space, {{2, 1}});
    const Evaluation scored = t.evaluated({{{2, 1}}}).at(0);
    const TemporaryFolder folder;
    REQUIRE(t.evaluator.save(candidate, folder.path(), t.steps));
    const torch_sdk::Model model = torch_sdk::load_model(folder.path());
    CHECK(model.metrics == scored.metrics);
    for (const torch_sdk::NamedTensor& tensor : model.weights.tensors())
        CHECK_FALSE(tensor.name.starts_with("layer0.k1"));  // nothing of what it does not use
    Rng rng(1, "images");
    const auto [trained_on, held_out] = torch_sdk::with_validation(t.data(), 0, 0.1, rng);
    const torch_sdk::Batch batch =
        static_cast<const torch_sdk::TensorData&>(t.data()).batch(held_out.split, held_out.indices);
    const at::Tensor outputs = torch_sdk::forward(model.network, model.weights, batch.x());
    CHECK(torch_sdk::cross_entropy(outputs, batch.y).item<double>() == Approx(scored.metrics.at("loss")).epsilon(1e-5));
    // its normalisations have the statistics of the first of the training images
    torch_sdk::Epoch known(t.data(), torch_sdk::Split::train,
                           {trained_on.indices.begin(), trained_on.indices.begin() + 64}, 32, {}, Rng(0));
    const torch_sdk::Statistics expected = torch_sdk::recalibrated(model.network, model.weights, [&] {
        const auto next = known.next();
        return next ? next->x() : at::Tensor();
    });
    const auto& given = model.weights.statistics().at("layer1.k1.bn");
    CHECK(at::allclose(given.mean, expected.at("layer1.k1.bn").mean, 1e-4, 1e-5));
    CHECK(at::allclose(given.variance, expected.at("layer1.k1.bn").variance, 1e-4, 1e-5));
}

TEST_CASE("what a super-network cannot be made of is refused", "[supernet]")
{
    const Apart apart;
    const TwoLayers space;
    const Columns large({1, 16, 16});
    CHECK_THROWS_WITH(Supernet(small(), setup_of(apart, Trained::data())),
                      ContainsSubstring("needs a space whose networks can be one: this space has no super-network"));
    CHECK_THROWS_WITH(Supernet(small(), setup_of(space, large)), ContainsSubstring("take 1x8x8, the data are 1x16x16"));
    Setup bare;
    bare.space = &space;
    CHECK_THROWS_WITH(Supernet(small(), bare), ContainsSubstring("needs data with tensors"));
    Supernet::Options bounds = small();
    bounds.sample.range = {1, 2};
    CHECK_THROWS_WITH(Supernet(bounds, setup_of(space, Trained::data())), ContainsSubstring("needs a cost"));
    Supernet::Options wild = small();
    wild.learning_rate = 100, wild.weight_decay = 1, wild.epochs = 300;
    Trained t(wild);
    CHECK_THROWS_WITH(t.train(t.all), ContainsSubstring("no longer finite in step "));
}

TEST_CASE("training and evaluator conform to what they promise", "[supernet]")
{
    Trained t;
    const TemporaryFolder folder;
    CHECK(conformance::check_phase([&] { return t.phase(t.all); }, folder.path()) == conformance::Violations{});
    t.train(t.all);
    const std::vector<Candidate> batch{Candidate(t.space, {{1, 0}}), Candidate(t.space, {{2, 2}}),
                                       Candidate(t.space, {{1, 0}})};
    CHECK(conformance::check_evaluator(t.evaluator, batch) == conformance::Violations{});
}
