// SPDX-License-Identifier: Apache-2.0
// Data that are no images in classes, trained and scored by `train` as they are: a language model and a recommender.
#include <cmath>

#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/tensor.h>

#include "espalier/error.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/training/loss.hpp"
#include "espalier/torch/training/model.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_embedding.hpp"
#include "toys/toy_space.hpp"
#include "train.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// Outputs [n, tokens, words] are logits of the next words, y [n, tokens].
class NextWord final : public Task {
public:
    std::vector<std::string> metrics() const override { return {"perplexity"}; }
    Tensor loss(const Tensor& outputs, const Batch& batch, double label_smoothing) const override
    {
        return cross_entropy(outputs.flatten(0, 1), batch.y.flatten(), label_smoothing);
    }
    std::unique_ptr<Score> score() const override { return std::make_unique<Perplexity>(); }

private:
    class Perplexity final : public Score {
    public:
        void add(const Tensor& outputs, const Batch& batch) override
        {
            const auto words = static_cast<double>(batch.y.numel());
            nats_ += words * NextWord().loss(outputs, batch, 0).item<double>();
            words_ += words;
        }
        Metrics metrics() const override { return {{"perplexity", std::exp(nats_ / words_)}}; }

    private:
        double nats_ = 0, words_ = 0;
    };
};

/// Sentences of 4 of 5 words, in which each word is twice the former plus one, modulo 5.
class Sentences final : public TensorData {
public:
    std::vector<Input> inputs() const override { return {{"words", {4}, 5}}; }
    Shape output() const override { return {4, 5}; }
    const Task& task() const override { return task_; }
    std::int64_t examples(Split split) const override { return split == Split::train ? 40 : 5; }
    using TensorData::batch;
    Batch batch(Split, std::span<const std::int64_t> indices, const Augmentation&, Rng&) const override
    {
        std::vector<std::int64_t> words, next;
        for (const std::int64_t i : indices)
            for (std::int64_t t = 0, word = i % 5; t < 4; ++t) {
                words.push_back(word);
                next.push_back(word = (2 * word + 1) % 5);
            }
        return {{at::tensor(words, at::kLong).reshape({-1, 4})}, at::tensor(next, at::kLong).reshape({-1, 4})};
    }

private:
    NextWord task_;
};

/// Outputs [rows, 1] are logits of buying, y [rows, 1] who bought. Scored in fours: one item bought, three not.
class Clicks final : public Task {
public:
    std::vector<std::string> metrics() const override { return {"hit_rate_pct"}; }
    Tensor loss(const Tensor& outputs, const Batch& batch, double label_smoothing) const override
    {
        if (label_smoothing != 0)
            throw Error("clicks know no label smoothing");
        return at::binary_cross_entropy_with_logits(outputs, batch.y);
    }
    std::unique_ptr<Score> score() const override { return std::make_unique<Hits>(); }

private:
    class Hits final : public Score {
    public:
        void add(const Tensor& outputs, const Batch& batch) override
        {
            REQUIRE(batch.y.sizes() == outputs.sizes());
            const Tensor of_user = outputs.reshape({-1, 4});
            hits_ += of_user.narrow(1, 1, 3).lt(of_user.narrow(1, 0, 1)).all(1).sum().item<double>();
            users_ += static_cast<double>(of_user.size(0));
        }
        Metrics metrics() const override { return {{"hit_rate_pct", 100 * hits_ / users_}}; }

    private:
        double hits_ = 0, users_ = 0;
    };
};

/// User u buys items of the same parity as u. The item u is held out for the test; what is not bought is drawn anew for
/// each training batch, so that it has two rows an example.
class Purchases final : public TensorData {
public:
    std::vector<Input> inputs() const override { return {{"user", {1}, 6}, {"item", {1}, 6}}; }
    Shape output() const override { return {1}; }
    const Task& task() const override { return task_; }
    std::int64_t examples(Split split) const override
    {
        return split == Split::train ? 12 : split == Split::test ? 6 : 0;
    }
    using TensorData::batch;
    Batch batch(Split split, std::span<const std::int64_t> indices, const Augmentation&, Rng& rng) const override
    {
        std::vector<std::int64_t> users, items;
        std::vector<float> bought;
        const auto row = [&](std::int64_t user, std::int64_t item) {
            users.push_back(user), items.push_back(item % 6), bought.push_back(item % 2 == user % 2 ? 1.0F : 0.0F);
        };
        for (const std::int64_t i : indices) {
            const std::int64_t user = i % 6;
            row(user, split == Split::train ? user + 2 + 2 * (i / 6) : user);
            for (int k = 0; k < (split == Split::train ? 1 : 3); ++k)
                row(user, user + 1 + 2 * (split == Split::train ? static_cast<std::int64_t>(rng.below(3)) : k));
        }
        const auto column = [](const auto& numbers) { return at::tensor(numbers).unsqueeze(1); };
        return {{column(users), column(items)}, column(bought)};
    }

private:
    Clicks task_;
};

/// One decision: the width of the embeddings.
class Embedded : public ToySpace {
public:
    Embedded() : ToySpace({{"width", {"4", "8"}}}) {}
    Network network(const Region& region) const final { return built(region.options(0).front() == 0 ? 4 : 8); }

protected:
    virtual Network built(double width) const = 0;
};

class LanguageModels final : public Embedded {
    Network built(double width) const override
    {
        Network n;
        const std::size_t words = n.add(Op::input, {}, {{"shape", {4}}});
        const std::size_t hidden = n.add(Op::relu, {add_toy_embedding(n, words, 5, width, "words")});
        n.add(Op::linear, {hidden}, {{"out", {5}}}, "next");
        return n;
    }
};

/// Generalised matrix factorisation (He et al., WWW 2017).
class Factorisations final : public Embedded {
    Network built(double width) const override
    {
        Network n;
        const auto embedded = [&](const char* weights) {
            const std::size_t numbers = n.add(Op::input, {}, {{"shape", {1}}});
            return n.add(Op::flatten, {add_toy_embedding(n, numbers, 6, width, weights)});
        };
        const std::size_t user = embedded("user"), item = embedded("item");
        n.add(Op::linear, {n.add(Op::multiply, {user, item})}, {{"out", {1}}}, "prediction");
        return n;
    }
};

/// Runs phases from beginning to end, every time.
class Straight final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase& work) override
    {
        std::size_t index = 0;
        for (bool more = true; more; ++index) {
            Phase::Step step{index, Rng(5, std::to_string(index)), *this};
            more = work.step(step);
        }
    }
};

train::Train trainer(const Data& data, const SearchSpace& space, train::Train::Options options)
{
    Setup setup;
    setup.data = &data;
    setup.space = &space;
    return {options, setup};
}

/// So many epochs in batches of this size.
train::Train::Options options(int epochs, int batch)
{
    train::Train::Options options;
    options.epochs = epochs, options.batch = batch;
    return options;
}

Evaluation evaluated(train::Train& train, const SearchSpace& space)
{
    Straight context;
    const Candidate candidate(space, {{1}});
    return train.evaluate(std::span(&candidate, 1), context).at(0);
}

}  // namespace

TEST_CASE("a language model is trained on the next word and scored by its perplexity", "[train]")
{
    const Sentences data;
    const LanguageModels space;
    train::Train::Options recipe = options(60, 8);
    recipe.score_on = "validation";
    train::Train train = trainer(data, space, recipe);
    CHECK(train.metrics() == std::vector<std::string>{"perplexity", "train_loss"});
    const Evaluation e = evaluated(train, space);
    INFO(e.reason);
    REQUIRE(e.ok());
    CHECK(e.metrics.at("perplexity") < 1.5);  // 5 by guessing
    CHECK(e.metrics.at("train_loss") == Approx(std::log(e.metrics.at("perplexity"))).margin(0.2));
}

TEST_CASE("a recommender with two inputs is trained on clicks and scored by its hits", "[train]")
{
    const Purchases data;
    const Factorisations space;
    train::Train::Options recipe = options(60, 4);
    recipe.learning_rate = 0.2, recipe.weight_decay = 0;
    train::Train train = trainer(data, space, recipe);
    CHECK(train.metrics() == std::vector<std::string>{"hit_rate_pct", "train_loss"});
    const Evaluation e = evaluated(train, space);
    INFO(e.reason);
    REQUIRE(e.ok());
    CHECK(e.metrics.at("hit_rate_pct") == 100);  // 25 by guessing
    CHECK(e.metrics.at("train_loss") < 0.3);     // 0.69 by guessing

    Straight context;
    const TemporaryFolder folder;
    REQUIRE(train.save(Candidate(space, {{1}}), folder.path(), context));
    const Model model = load_model(folder.path());
    REQUIRE(model.inputs.size() == 2);
    CHECK(model.inputs[0].name == "user");
    CHECK(model.inputs[1].name == "item");
    CHECK(model.inputs[1].below == 6);
    CHECK(model.metrics == e.metrics);
    const Batch batch = static_cast<const TensorData&>(data).batch(Split::test, first_indices(6));
    const std::unique_ptr<Score> score = data.task().score();
    score->add(forward(model.network, model.weights, batch.inputs), batch);
    CHECK(score->metrics().at("hit_rate_pct") == 100);
}

TEST_CASE("what a task does not know is the candidate's failure, networks of other inputs are refused", "[train]")
{
    const Purchases data;
    const Factorisations space;
    train::Train::Options recipe = options(1, 128);
    recipe.label_smoothing = 0.1;
    train::Train smooth = trainer(data, space, recipe);
    CHECK(evaluated(smooth, space).reason == "clicks know no label smoothing");
    const LanguageModels other;
    CHECK_THROWS_WITH(trainer(data, other, {}), ContainsSubstring("take 4, the data are 1 (`user`)"));
    const Sentences sentences;
    CHECK_THROWS_WITH(trainer(sentences, space, {}), ContainsSubstring("take 1, the data are 4 (`words`)"));
    CHECK_THROWS_WITH(data.input(), ContainsSubstring("`data` gives 2"));
    CHECK_THROWS_WITH(sentences.classes(), ContainsSubstring("outputs of 4x5"));
}
