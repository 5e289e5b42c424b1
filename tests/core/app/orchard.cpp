// SPDX-License-Identifier: Apache-2.0
// A plug-in for the tests of the command: a space of bits that can be listed by hand, an evaluator that can be slow,
// fail and depend on a file, a cost and a final metric.
#include <chrono>
#include <deque>
#include <fstream>
#include <thread>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/model_folder/model_folder.hpp"
#include "espalier/plugin.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"
#include "espalier/weight_shapes.hpp"

namespace espalier::orchard {
namespace {

double ones(const Architecture& architecture)
{
    double count = 0;
    for (const std::uint16_t bit : architecture.choices)
        count += bit;
    return count;
}

class Bits final : public SearchSpace {
public:
    struct Options {
        int bits = 3;
        static void describe(Describe<Options>& d) { d("bits", &Options::bits, "decisions").range(1, 30); }
    };
    Bits(const Options& options, const Setup&)
    {
        for (int i = 0; i < options.bits; ++i)
            decisions_.push_back({"bit " + std::to_string(i), {"0", "1"}, true});
    }
    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region&) const override
    {
        Network network;
        network.add(Op::input, {}, {{"shape", {1}}});
        return network;
    }

private:
    std::vector<Decision> decisions_;
};

/// A number learnt in steps.
class Lessons final : public Phase {
public:
    Lessons(double& learnt, int count) : learnt_{learnt}, count_{count} {}
    bool step(Step& step) override
    {
        learnt_ += step.rng.uniform();
        return static_cast<int>(step.index) + 1 < count_;
    }
    void save(const std::string& folder) const override
    {
        std::ofstream(folder + "/learnt", std::ios::binary).write(reinterpret_cast<const char*>(&learnt_), 8);
    }
    void load(const std::string& folder) override
    {
        std::ifstream(folder + "/learnt", std::ios::binary).read(reinterpret_cast<char*>(&learnt_), 8);
    }

private:
    double& learnt_;
    int count_;
};

/// Metric `ones`, plus what stands in `file` and what was learnt, `delay_ms` after it was asked.
class Patient final : public Evaluator {
public:
    struct Options {
        int delay_ms = 0;
        std::string fails;
        std::filesystem::path file;
        bool never = false;
        int lessons = 0;
        static void describe(Describe<Options>& d)
        {
            d("delay_ms", &Options::delay_ms, "time an evaluation takes").range(0, 10'000);
            d("fails", &Options::fails, "the architecture that cannot be evaluated, as text");
            d("file", &Options::file, "a number that is added");
            d("never", &Options::never, "nothing can be evaluated");
            d("lessons", &Options::lessons, "steps of its training").range(0, 100);
        }
    };
    Patient(const Options& options, const Setup&) : options_{options} { std::ifstream(options.file) >> added_; }
    std::vector<std::string> metrics() const override { return {"ones"}; }
    bool trains() const override { return options_.lessons > 0; }
    std::unique_ptr<Phase> training(const Region&, Sampler) override
    {
        return trains() ? std::make_unique<Lessons>(learnt_, options_.lessons) : nullptr;
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        if (options_.never)
            throw Error("the orchard is closed");
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch) {
            std::this_thread::sleep_for(std::chrono::milliseconds(options_.delay_ms));
            const Architecture& architecture = candidate.architecture();
            if (candidate.space()->text(architecture) == options_.fails)
                results.push_back(failed(architecture, "this tree bears no fruit"));
            else
                results.push_back({architecture, {{"ones", ones(architecture) + added_ + learnt_}}, Status::ok, {}});
        }
        return results;
    }

private:
    Options options_;
    double added_ = 0, learnt_ = 0;
};

/// Metric `size_kib`: 1.5 for the first bit, 2.25 for each other.
class Size final : public CostModel {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Size(const Options&, const Setup&) {}
    std::vector<std::string> metrics() const override { return {"size_kib"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch) {
            const Architecture& architecture = candidate.architecture();
            const double first = architecture.choices[0];
            results.push_back(
                {architecture, {{"size_kib", 1.5 * first + 2.25 * (ones(architecture) - first)}}, Status::ok, {}});
        }
        return results;
    }
};

/// Metric `taste`: the bits as a binary number, the first one lowest.
class Taste final : public Evaluator {
public:
    struct Options {
        bool saves = false, model = false;
        static void describe(Describe<Options>& d)
        {
            d("saves", &Options::saves, "writes a file for each winner");
            d("model", &Options::model, "writes a model folder for each winner: weights of its choices");
        }
    };
    Taste(const Options& options, const Setup&) : options_{options} {}
    std::vector<std::string> metrics() const override { return {"taste"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch) {
            double value = 0, weight = 1;
            for (const std::uint16_t bit : candidate.architecture().choices)
                value += bit * weight, weight *= 2;
            results.push_back({candidate.architecture(), {{"taste", value}}, Status::ok, {}});
        }
        return results;
    }
    bool save(const Candidate& candidate, const std::string& folder, Context&) override
    {
        if (options_.saves)
            std::ofstream(folder + "/weights") << candidate.key();
        if (options_.model)
            save_model(candidate.network(), folder);
        return options_.saves || options_.model;
    }

private:
    /// All numbers of a tensor are the length of its name.
    static void save_model(const Network& network, const std::string& folder)
    {
        std::deque<std::vector<float>> numbers;
        std::vector<StoredTensor> tensors;
        for (const NamedWeights& weights : weight_shapes(network))
            for (const WeightShape& shape : weights.tensors) {
                const std::string name = weights.name + "." + shape.name;
                const auto& own = numbers.emplace_back(static_cast<std::size_t>(shape.shape.elements()),
                                                       static_cast<float>(name.size()));
                tensors.push_back({name,
                                   "F32",
                                   {shape.shape.begin(), shape.shape.end()},
                                   {reinterpret_cast<const char*>(own.data()), own.size() * sizeof(float)}});
            }
        write_model_folder(folder, network, tensors, {{}, network.output().shape(), {}, {}});
    }

    Options options_;
};

/// As many as the budget allows, spread over the space: what it proposes depends on the whole budget.
class Evenly final : public Strategy {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Evenly(const Options&, const Setup&) {}
    void search(Search& search) override
    {
        const std::size_t bits = search.space().decisions().size(), count = search.remaining();
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t number = (i << bits) / count;
            Architecture architecture;
            for (std::size_t bit = 0; bit < bits; ++bit)
                architecture.choices.push_back(number >> bit & 1);
            search.evaluate(std::span(&architecture, 1));
        }
    }
};

void register_components(Registry& registry)
{
    registry.add<Bits>("bits", "binary decisions");
    registry.add<Patient>("patient", "counts ones, in its own time");
    registry.add<Size>("size", "a made-up size");
    registry.add<Taste>("taste", "the bits as a number");
    registry.add<Evenly>("evenly", "architectures spread over the space");
}

}  // namespace
}  // namespace espalier::orchard

ESPALIER_PLUGIN("orchard", "0.1.0", espalier::orchard::register_components)
