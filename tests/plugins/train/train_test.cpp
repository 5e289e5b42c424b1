// SPDX-License-Identifier: Apache-2.0
#include "train.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/torch/data/image_data.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/training/loss.hpp"
#include "espalier/torch/training/model.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using torch_sdk::Split;
using train::Train;

namespace {

/// Two classes of noise: brighter on the left or on the right. Test images are made like training images.
class Sides final : public torch_sdk::ImageData {
public:
    explicit Sides(std::int64_t validation = 0) : ImageData({1, 8, 8}, 2, {{0.5}, {0.3}}, validation) {}

protected:
    Images load(Split split) const override
    {
        const std::int64_t n = split == Split::train ? 256 : 128;
        Images images{at::empty({n, 1, 8, 8}, at::kByte), at::empty({n}, at::kLong)};
        Rng rng(split == Split::train ? 1 : 2);
        for (std::int64_t i = 0; i < n; ++i) {
            const auto label = static_cast<std::int64_t>(rng.below(2));
            images.labels.mutable_data_ptr<std::int64_t>()[i] = label;
            for (std::int64_t pixel = 0; pixel < 64; ++pixel) {
                const bool bright = (pixel % 8 >= 4) == (label == 1);
                images.pixels.mutable_data_ptr<std::uint8_t>()[i * 64 + pixel] =
                    static_cast<std::uint8_t>(rng.below(180) + (bright ? 60 : 0));
            }
        }
        return images;
    }
};

/// One decision: nothing between input and output, a convolution, or an operation that nobody can compute.
class Toy final : public ToySpace {
public:
    explicit Toy(double width = 4, std::vector<double> input = {1, 8, 8})
        : ToySpace({{"operation", {"none", "conv", "mystery"}}}), width_{width}, input_{std::move(input)}
    {
    }
    Network network(const Region& region) const override
    {
        Network n;
        std::size_t x = n.add(Op::input, {}, {{"shape", input_}});
        const std::uint16_t option = region.options(0).front();
        if (option == 0) {
            n.add(Op::zeros, {}, {{"shape", {2}}});
            return n;
        }
        if (option == 2)
            x = n.add_custom("mystery", {x}, {1, 8, 8});
        x = n.add(Op::conv, {x}, {{"out", {width_}}, {"kernel", {3}}}, "conv");
        x = n.add(Op::relu, {n.add(Op::batch_norm, {x}, {}, "norm")});
        n.add(Op::linear, {n.add(Op::flatten, {x})}, {{"out", {2}}}, "classifier");
        return n;
    }

private:
    double width_;
    std::vector<double> input_;
};

/// Runs phases as the host does, saving after every step; ends after `most` steps as a killed process would.
class Phases final : public Context {
public:
    explicit Phases(std::string folder, std::size_t most = 1000) : folder_{std::move(folder)}, most_{most} {}
    struct Killed {};
    bool stopped() const override { return stop; }
    void note(std::string_view series, double value) override { notes[std::string(series)].push_back(value); }
    void phase(std::string_view, Phase& work) override
    {
        std::size_t index = 0;
        while (std::filesystem::exists(folder_ + "/" + std::to_string(index)))
            ++index;
        if (index > 0)
            work.load(folder_ + "/" + std::to_string(index - 1));
        bool more = !std::filesystem::exists(folder_ + "/finished");
        while (more) {
            Phase::Step step{index, Rng(5, std::to_string(index)), *this};
            more = work.step(step);
            const std::string saved = folder_ + "/" + std::to_string(index++);
            std::filesystem::create_directory(saved);
            work.save(saved);
            if (!more)
                std::ofstream(folder_ + "/finished") << "";
            if (--most_ == 0)
                throw Killed();
        }
    }
    bool stop = false;
    std::map<std::string, std::vector<double>> notes;

private:
    std::string folder_;
    std::size_t most_;
};

Setup setup(const Data& data, const SearchSpace& space)
{
    Setup s;
    s.data = &data;
    s.space = &space;
    return s;
}

Train::Options quick()
{
    Train::Options options;
    options.epochs = 4, options.batch = 32, options.learning_rate = 0.05, options.crop = 1, options.flip = false;
    return options;
}

Evaluation trained(const Train::Options& options, Context& context, std::uint16_t option, const Sides& data)
{
    static const Toy space;
    Train evaluator(options, setup(data, space));
    const Candidate candidate(space, {{option}});
    return evaluator.evaluate(std::span(&candidate, 1), context).at(0);
}

Evaluation trained(const Train::Options& options, Context& context, std::uint16_t option = 1)
{
    static const Sides data;
    return trained(options, context, option, data);
}

Evaluation trained(const Train::Options& options, std::uint16_t option = 1)
{
    const TemporaryFolder folder;
    Phases context(folder.path());
    return trained(options, context, option);
}

}  // namespace

TEST_CASE("a network learns what can be learnt", "[train]")
{
    const TemporaryFolder folder;
    Phases context(folder.path());
    const Evaluation e = trained(quick(), context);
    REQUIRE(e.ok());
    CHECK(e.metrics.at("top1_pct") > 95);
    const std::vector<double>& losses = context.notes.at("train_loss");
    REQUIRE(losses.size() == 4);
    CHECK(losses.back() < 0.5 * losses.front());
    CHECK(e.metrics.at("train_loss") == losses.back());
}

TEST_CASE("a training that was killed after any epoch ends as one that was not", "[train]")
{
    Train::Options options = quick();
    options.clip = 1, options.label_smoothing = 0.1;
    options.optimiser = GENERATE("sgd", "adam");
    options.average = GENERATE(0, 0.9);
    const Evaluation whole = trained(options);
    for (const std::size_t killed_after : {1, 3, 4}) {
        const TemporaryFolder folder;
        Phases killed(folder.path(), killed_after);
        CHECK_THROWS_AS(trained(options, killed), Phases::Killed);
        Phases resumed(folder.path());
        CHECK(trained(options, resumed).metrics == whole.metrics);
    }
}

TEST_CASE("results depend on the seed, and on every part of the recipe", "[train]")
{
    const Metrics usual = trained(quick()).metrics;
    CHECK(trained(quick()).metrics == usual);
    const auto differs = [&](const auto& change) {
        Train::Options options = quick();
        change(options);
        CHECK(trained(options).metrics.at("train_loss") != usual.at("train_loss"));
    };
    differs([](auto& o) { o.seed = 2; });
    differs([](auto& o) { o.momentum = 0.5; });
    differs([](auto& o) { o.weight_decay = 0.1; });
    differs([](auto& o) { o.label_smoothing = 0.1; });
    differs([](auto& o) { o.clip = 0.01; });
    differs([](auto& o) { o.crop = 0; });
    differs([](auto& o) { o.flip = true; });
    differs([](auto& o) { o.images = 100; });
    differs([](auto& o) { o.epochs = 3; });
    differs([](auto& o) { o.optimiser = "adam"; });
    differs([](auto& o) { o.decay = "weights"; });
    differs([](auto& o) { o.schedule = "linear"; });
    differs([](auto& o) { o.end_rate = 0.1; });
    differs([](auto& o) { o.warm_up = 1; });
    differs([](auto& o) { o.cutout = 3; });
    differs([](auto& o) { o.colour_jitter = 0.3; });
    differs([](auto& o) { o.score_on = "validation"; });  // fewer images are left to train on
}

TEST_CASE("the weights that a training ends with may be their moving average", "[train]")
{
    const auto trained_with = [](double average, double learning_rate) {
        Train::Options options = quick();
        options.average = average, options.learning_rate = learning_rate, options.schedule = "constant";
        return trained(options).metrics;
    };
    const Metrics last = trained_with(0, 0.05), averaged = trained_with(0.9, 0.05);
    CHECK(averaged.at("train_loss") == last.at("train_loss"));  // it only looks on
    CHECK(averaged.at("top1_pct") > 90);
    // where the last weights still jump about
    CHECK(trained_with(0.9, 1).at("top1_pct") != trained_with(0, 1).at("top1_pct"));
}

TEST_CASE("replicas each have a part of a batch", "[train]")
{
    const auto trained_with = [](int replicas) {
        const Sides data;
        const Toy space;
        Setup s = setup(data, space);
        s.replicas = [replicas] { return replicas; };
        Train evaluator(quick(), s);
        const TemporaryFolder folder;
        Phases context(folder.path());
        const Candidate candidate(space, {{1}});
        return evaluator.evaluate(std::span(&candidate, 1), context).at(0).metrics;
    };
    CHECK(trained_with(1) == trained(quick()).metrics);
    const Metrics two = trained_with(2);
    CHECK(two == trained_with(2));
    CHECK(two.at("train_loss") != trained_with(1).at("train_loss"));  // statistics of half the batch
    CHECK(two.at("train_loss") == Approx(trained_with(1).at("train_loss")).margin(0.1));
    CHECK(two.at("top1_pct") > 95);
    CHECK(trained_with(5) == trained_with(5));
}

TEST_CASE("validation examples of the data take the place of training images held out", "[train]")
{
    const auto scored_on = [](const char* score_on, double part, const Sides& data) {
        Train::Options options = quick();
        options.epochs = 1, options.learning_rate = 0.002, options.score_on = score_on, options.validation = part;
        const TemporaryFolder folder;
        Phases context(folder.path());
        return trained(options, context, 1, data).metrics;
    };
    const Sides apart(30), all;
    const Metrics validated = scored_on("validation", 0.1, apart), tested = scored_on("test", 0.1, apart);
    CHECK(validated.at("train_loss") == tested.at("train_loss"));  // all that is left is trained on
    CHECK(validated.at("top1_pct") != tested.at("top1_pct"));
    const double hits = validated.at("top1_pct") * 30 / 100;
    CHECK(hits == Approx(std::round(hits)));                  // of 30 images
    CHECK(validated == scored_on("validation", 0.5, apart));  // the option holds nothing out beside them
    CHECK(scored_on("validation", 0.5, all) != scored_on("validation", 0.1, all));
}

TEST_CASE("a candidate is saved as a model folder that computes what was scored", "[train]")
{
    const Sides data;
    const Toy space;
    Train evaluator(quick(), setup(data, space));
    const Candidate candidate(space, {{1}});
    const TemporaryFolder phases, models;
    Phases context(phases.path());
    const Evaluation scored = evaluator.evaluate(std::span(&candidate, 1), context).at(0);
    Phases none(phases.path(), 0);  // no step is made again
    REQUIRE(Train(quick(), setup(data, space)).save(candidate, models.path(), none));
    CHECK(none.notes.empty());
    const torch_sdk::Model model = torch_sdk::load_model(models.path());
    CHECK(model.metrics == scored.metrics);
    std::int64_t right = 0;
    torch_sdk::Epoch batches(data, Split::test, torch_sdk::first_indices(128), 50, {}, Rng(0));
    while (const auto batch = batches.next())
        right += torch_sdk::correct(torch_sdk::forward(model.network, model.weights, batch->x()), batch->y);
    CHECK(100.0 * static_cast<double>(right) / 128 == scored.metrics.at("top1_pct"));
}

TEST_CASE("a disconnected network is tested without being trained", "[train]")
{
    const Evaluation e = trained(quick(), 0);
    REQUIRE(e.ok());
    CHECK(e.metrics.at("train_loss") == Approx(std::log(2.0)));
    CHECK(e.metrics.at("top1_pct") == Approx(50).margin(12));
}

TEST_CASE("a network that cannot be computed or diverges is a failure with its reason", "[train]")
{
    CHECK_THAT(trained(quick(), 2).reason, ContainsSubstring("mystery"));
    Train::Options wild = quick();
    wild.learning_rate = 100, wild.weight_decay = 1, wild.epochs = 200;
    const Evaluation e = trained(wild);
    CHECK(e.status == Status::failed);
    CHECK_THAT(e.reason, ContainsSubstring("no longer finite in step ") && ContainsSubstring("learning rate of "));
}

TEST_CASE("what the machine does wrong ends the run instead", "[train]")
{
    const TemporaryFolder folder;
    Phases killed(folder.path(), 1);
    CHECK_THROWS_AS(trained(quick(), killed), Phases::Killed);
    std::filesystem::resize_file(folder / "0/weights", 100);
    Phases resumed(folder.path());
    CHECK_THROWS_WITH(trained(quick(), resumed), ContainsSubstring("weights"));
}

TEST_CASE("a stop is heeded at once", "[train]")
{
    const TemporaryFolder folder;
    Phases context(folder.path());
    context.stop = true;
    CHECK(trained(quick(), context).status == Status::failed);
    CHECK(context.notes.empty());
}

TEST_CASE("spaces that do not fit the data are refused", "[train]")
{
    const Sides data;
    const Toy space, large(4, {1, 16, 16});
    CHECK_THROWS_WITH(Train(quick(), setup(data, large)), ContainsSubstring("take 1x16x16, the data are 1x8x8"));
    Setup bare;
    bare.space = &space;
    CHECK_THROWS_WITH(Train(quick(), bare), ContainsSubstring("needs data with tensors"));
    Setup elsewhere = setup(data, space);
    elsewhere.execution.device = "cuda:99";
    CHECK_THROWS_WITH(Train(quick(), elsewhere), ContainsSubstring("no device 'cuda:99'"));
}

TEST_CASE("a nested space of the same decisions is trained instead", "[train]")
{
    const Sides data;
    const Toy space;
    Setup s = setup(data, space);
    s.make_component = [](Kind, const Config& config, const Setup&) -> std::unique_ptr<Component> {
        return std::make_unique<Toy>(config.find("width") != nullptr ? 16 : 4);
    };
    Train::Options options = quick();
    const auto loss = [&](const char* nested) {
        options.space = Use<SearchSpace>(nested);
        Train evaluator(options, s);
        const TemporaryFolder folder;
        Phases context(folder.path());
        const Candidate candidate(space, {{1}});
        return evaluator.evaluate(std::span(&candidate, 1), context).at(0).metrics.at("train_loss");
    };
    CHECK(loss("{use: toy}") == trained(quick()).metrics.at("train_loss"));
    CHECK(loss("{use: toy, width: 16}") != trained(quick()).metrics.at("train_loss"));
}

TEST_CASE("the training conforms to what phases promise", "[train]")
{
    const Sides data;
    const Toy space;
    const Network network = space.network(Region(Architecture{{1}}));
    const std::vector<std::int64_t> examples = torch_sdk::first_indices(64);
    torch_sdk::Recipe recipe;
    recipe.epochs = 4, recipe.batch = 32, recipe.learning_rate = 0.05;
    torch_sdk::use_threads(1);
    const TemporaryFolder folder;
    const auto make = [&] {
        return std::make_unique<train::Training>(train::Training::Task{network, data, examples, 1}, recipe,
                                                 torch_sdk::device("cpu"));
    };
    CHECK(make()->steps() == 4);
    CHECK(conformance::check_phase(make, folder.path()) == conformance::Violations{});
}

TEST_CASE("the evaluator conforms to what evaluators promise", "[train]")
{
    const Sides data;
    const Toy space;
    Train::Options options = quick();
    options.epochs = 1;
    Train evaluator(options, setup(data, space));
    const std::vector<Candidate> batch{Candidate(space, {{1}}), Candidate(space, {{0}}), Candidate(space, {{2}}),
                                       Candidate(space, {{1}})};
    CHECK(conformance::check_evaluator(evaluator, batch) == conformance::Violations{});
}
