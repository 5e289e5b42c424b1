// SPDX-License-Identifier: Apache-2.0
#include "qos_nas.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/torch/data/fit.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"

#include "request_branch.hpp"
#include "surrogate.hpp"

namespace espalier::qos_nas {
namespace {

constexpr double kHeadroom =
    0.95;                      ///< of what the forced modules alone reach; the fastest requests are met in practice
constexpr double kRange = 80;  ///< the fastest request by the slowest one

Curriculum::Kind kind(const std::string& curriculum)
{
    static const std::map<std::string, Curriculum::Kind> kinds{{"none", Curriculum::Kind::none},
                                                               {"linear", Curriculum::Kind::linear},
                                                               {"adaptive", Curriculum::Kind::adaptive}};
    return kinds.at(curriculum);
}

/// A metric of a part of a network.
double priced(Search& search, const std::string& metric, const Network& part)
{
    const Metrics prices = search.cost(part);
    const auto found = prices.find(metric);
    if (found == prices.end())
        throw Error("strategy qos_nas: no cost model gives `" + metric + "` of a single module");
    return found->second;
}

void write(const std::string& file, const std::string& text)
{
    std::ofstream stream(file);
    if (!(stream << text << std::flush))
        throw Error(file + ": cannot be written");
}

const Reward& required_reward(const Setup& setup)
{
    if (setup.reward == nullptr)
        throw Error("needs a reward, what an answer is worth: `reward: {use: qos_product}`");
    return *setup.reward;
}

/// Runs one strategy's calls of LibTorch.
template <class Work>
decltype(auto) computed(Work&& work)
{
    return torch_sdk::translated("searching a controller", std::forward<Work>(work));
}

}  // namespace

QosNas::Options::Options()
{
    epochs = 164;
    batch = 64;
    learning_rate = 0.01;
    weight_decay = 1e-4;
    cutout = 16;
}

void QosNas::Options::describe(Describe<Options>& d)
{
    d("latency", &Options::latency, "in ms, of a cost model that prices parts of networks");
    d("slowest_fps", &Options::slowest_fps, "the slowest request, frames per second; 0: an 80th of the fastest")
        .range(0, 1e9)
        .symbol("r_lo");
    d("fastest_fps", &Options::fastest_fps, "the fastest request; 0: 0.95 of what all modules off reach")
        .range(0, 1e9)
        .symbol("r_hi");
    d("controller_widths", &Options::controller_widths,
      "channels of the controller's blocks; all but the first halve "
      "sides")
        .range(1, 65536);
    d("controller_pool", &Options::controller_pool, "images are averaged over squares of this side for the controller")
        .range(1, 64);
    d("controller_hidden", &Options::controller_hidden, "units of the controller that join image and request")
        .range(1, 65536);
    d("request_scale", &Options::request_scale, "of the two numbers, from -1 to 1, that a request becomes")
        .range(0.01, 100);
    d("all_modules", &Options::all_modules, "part of the pre-training in which all modules are on").range(0, 1);
    d("keep", &Options::keep, "then the least probability of a module to be on").range(0.01, 1);
    d("drop", &Options::drop,
      "falling: it falls from 1 to `keep`; drawn: each example draws its own between the two, which suits children "
      "with "
      "few modules")
        .one_of({"falling", "drawn"});
    d.include<torch_sdk::Recipe>();
    d("search_epochs", &Options::search_epochs, "of controller and meta-graph together").range(1, 100'000);
    d("turns", &Options::turns, "what they take turns by: whole epochs, the controller first, or batches")
        .one_of({"epoch", "batch"});
    d("controller_share", &Options::controller_share, "with `turns: batch`: the controller's part of them")
        .range(0.01, 1);
    d("controller_rate", &Options::controller_rate, "learning rate of the controller, with Adam").range(0, 100);
    d("weights_rate", &Options::weights_rate, "of the meta-graph in the search, without momentum").range(0, 100);
    d("alpha", &Options::alpha, "bounds what the controller says, at the beginning: p' = alpha p + (1 - alpha)(1 - p)")
        .range(0.5, 1)
        .symbol("alpha");
    d("last_alpha", &Options::last_alpha, "at the end").range(0.5, 1);
    d("entropy", &Options::entropy, "weight of the policies' entropy, falling to 0").range(0, 1e6).symbol("beta_H");
    d("samples", &Options::samples,
      "policies drawn for an example: one is compared with the greedy one, several with each other")
        .range(1, 64);
    d("normalised", &Options::normalised, "divide advantages by their deviation in the batch");
    d("curriculum", &Options::curriculum, "how the range of requests grows; adaptive: as fast as it is mastered")
        .one_of({"linear", "adaptive", "none"});
    d("log_uniform", &Options::log_uniform, "part of the requests of the search that is uniform in logarithms")
        .range(0, 1);
    d("warm_start", &Options::warm_start,
      "steps, 128 requests each, in which the controller first learns without images from a regression on 100 "
      "children's accuracy; 0: none")
        .range(0, 1e9);
    d("tune_epochs", &Options::tune_epochs, "of the meta-graph with the finished controller").range(1, 100'000);
    d("tune_rate", &Options::tune_rate, "learning rate then, at first").range(0, 100);
    d("distillation", &Options::distillation, "part of the loss then that compares with the full network's outputs")
        .range(0, 1);
    d("constants", &Options::constants,
      "baselines: so many requests, from the slowest to the fastest, each of whose usual policy is trained alone, and "
      "all modules off beside them; 0: none")
        .range(0, 64);
    d("beside", &Options::beside,
      "baselines: spaces of the same decisions, such as another `width`, whose first module alone is trained from "
      "scratch");
    d("score_images", &Options::score_images, "test images of the evaluation; 0: all").range(0, 1e9);
    d("curve_points", &Options::curve_points, "requests of the curve").range(2, 10'000);
    d("draws", &Options::draws, "requests for each test image and distribution").range(1, 1000);
}

QosNas::QosNas(const Options& o, const Setup& setup)
    : options_{o},
      data_{torch_sdk::tensors(setup)},
      reward_{required_reward(setup)},
      replication_{setup.replicas(), setup.execution.threads},
      device_{setup.execution.device}
{
    torch_sdk::require_devices(setup.execution);
    torch_sdk::require_fit(*setup.space, data_);
    if (dynamic_cast<const torch_sdk::Classification*>(&data_.task()) == nullptr || data_.inputs().size() != 1)
        throw Error("needs images with labels");
    if (o.controller_widths.empty())
        throw OptionError("controller_widths", "needs a block at least");
    if (o.fastest_fps > 0 && o.slowest_fps >= o.fastest_fps)
        throw OptionError("slowest_fps", "must be below `fastest_fps`");
    const auto decisions = static_cast<std::int64_t>(setup.space->decisions().size());
    controller_network(data_.input(), decisions, {o.controller_pool, o.controller_widths, o.controller_hidden});
    policy_latency(
        setup.space->network(Region(setup.space->decisions())), [](const Network&) { return 1.; }, 0);
    for (const Use<SearchSpace>& use : o.beside) {
        beside_.push_back(setup.make(use));
        if (!same_decisions(beside_.back()->decisions(), setup.space->decisions()))
            throw OptionError("beside", "has other decisions than the space that is searched");
        torch_sdk::require_fit(*beside_.back(), data_);
    }
}

torch_sdk::TrainingExamples QosNas::examples(const Search& search) const
{
    Rng rng = search.rng("images");
    torch_sdk::TrainingExamples all = torch_sdk::with_test(data_, options_.images, rng);
    if (options_.score_images > 0 && options_.score_images < std::ssize(all.score.indices))
        all.score.indices.resize(static_cast<std::size_t>(options_.score_images));
    return all;
}

Model QosNas::model(Search& search) const
{
    const SearchSpace& space = search.space();
    Network meta = space.network(Region(space.decisions()));
    const c10::Device device = torch_sdk::device(device_);
    const auto modules = static_cast<std::int64_t>(space.decisions().size());
    Controller controller(data_.input(), modules,
                          {options_.controller_pool, options_.controller_widths, options_.controller_hidden},
                          search.rng("controller")(), device);
    const std::string& metric = options_.latency.name;
    const double controller_ms = priced(search, metric, controller.network());
    PolicyLatency latency = policy_latency(
        meta, [&](const Network& part) { return priced(search, metric, part); }, controller_ms);
    RequestRange range;
    range.high = options_.fastest_fps > 0 ? options_.fastest_fps : kHeadroom * 1000 / latency.lowest();
    range.low = options_.slowest_fps > 0 ? options_.slowest_fps : range.high / kRange;
    if (range.low >= range.high)
        throw Error("strategy qos_nas: the slowest request, " + std::to_string(range.low) +
                    " frames per second, is not below the fastest one, " + std::to_string(range.high));
    torch_sdk::Weights weights(meta, {}, search.rng("weights")(), at::kFloat, device);
    return {std::move(meta), std::move(weights),    std::move(controller), std::move(latency), controller_ms,
            range,           options_.request_scale};
}

JointSearch::Settings QosNas::search_settings() const
{
    JointSearch::Settings s;
    s.recipe = options_;
    s.by_epoch = options_.turns == "epoch";
    s.recipe.epochs = s.by_epoch ? 2 * options_.search_epochs : options_.search_epochs;
    s.recipe.learning_rate = options_.weights_rate;
    s.recipe.optimiser = "sgd";
    s.recipe.momentum = s.recipe.weight_decay = s.recipe.average = s.recipe.until_loss = s.recipe.warm_up = 0;
    s.recipe.schedule = "constant";
    s.controller_share = options_.controller_share;
    s.controller_rate = options_.controller_rate;
    s.alpha_first = options_.alpha;
    s.alpha_last = options_.last_alpha;
    s.entropy = options_.entropy;
    s.samples = options_.samples;
    s.normalised = options_.normalised;
    s.curriculum = kind(options_.curriculum);
    s.log_uniform = options_.log_uniform;
    return s;
}

torch_sdk::Recipe QosNas::tuning() const
{
    torch_sdk::Recipe recipe = options_;
    recipe.epochs = options_.tune_epochs;
    recipe.learning_rate = options_.tune_rate;
    recipe.schedule = "cosine";
    recipe.warm_up = recipe.until_loss = 0;
    return recipe;
}

void QosNas::warm_up(Search& search, Model& model, const Lessons& lessons) const
{
    if (options_.warm_start == 0)
        return;
    std::optional<Surrogate> surrogate;  // fitted when it is first asked: a phase that is over asks nothing
    const auto accuracy = [&](std::span<const std::uint8_t> policy) {
        if (!surrogate) {
            Rng rng = search.rng("surrogate");
            surrogate.emplace(model, lessons, Surrogate::Settings{}, rng);
        }
        return surrogate->above_floor(policy);
    };
    const auto modules = static_cast<std::int64_t>(model.latency.modules().size());
    const Network branch = request_branch(options_.controller_hidden, modules);
    WarmStart::Settings settings;
    settings.updates = options_.warm_start;
    settings.scale = options_.request_scale;
    WarmStart work(branch, model.controller.weights(), {model.latency, model.range, accuracy}, settings);
    search.phase("warm start", work);
    if (surrogate)
        search.note("surrogate_correlation", surrogate->correlation());
}

std::vector<std::unique_ptr<Child>> QosNas::children(Search& search, Model& model, const Lessons& lessons) const
{
    constexpr std::int64_t kAsked = 256;
    std::vector<std::unique_ptr<Child>> all;
    std::vector<Architecture> policies;
    const auto add = [&](Architecture policy, std::string name) {
        if (std::ranges::find(policies, policy) != policies.end())
            return;
        all.push_back(std::make_unique<Child>(child_of(model, policy, std::move(name))));
        policies.push_back(std::move(policy));
    };
    if (options_.constants > 0)
        add({std::vector<std::uint16_t>(model.latency.modules().size(), 0)}, "all off");
    for (int i = 0; i < options_.constants; ++i) {
        const double share = options_.constants == 1 ? 1 : static_cast<double>(i) / (options_.constants - 1);
        const std::string name = "constant " + std::to_string(i + 1);
        add(constant_policy(model, lessons, model.range.rate(share), kAsked), name);
    }
    for (std::size_t i = 0; i < beside_.size(); ++i) {
        Architecture first{std::vector<std::uint16_t>(model.latency.modules().size(), 0)};
        for (const PolicyLatency::Layer& layer : model.latency.layers())
            first.choices[layer.decisions.front()] = 1;
        Network network = beside_[i]->network(Region(first));
        torch_sdk::Weights weights(network, {}, search.rng("weights")(), at::kFloat, model.weights.device());
        const double ms = priced(search, options_.latency.name, network);
        all.push_back(std::make_unique<Child>(
            Child{"beside " + std::to_string(i + 1), std::move(network), std::move(weights), ms}));
    }
    return all;
}

Metrics QosNas::metrics(const Results& results, const Model& model,
                        std::span<const std::pair<std::string, FixedModel>> fixed) const
{
    Metrics metrics;
    double least = 100, most = 0;
    for (std::size_t i = 0; i < distributions().size(); ++i) {
        const std::string name(distributions()[i].name);
        const Answers& answers = results.sampled[i];
        metrics["satisfied_" + name + "_pct"] = answers.satisfied_pct;
        metrics["met_" + name + "_pct"] = answers.met_pct;
        metrics["top1_" + name + "_pct"] = answers.accuracy_pct;
        metrics["fps_" + name] = answers.mean_fps;
        least = std::min(least, answers.satisfied_pct);
        most = std::max(most, answers.satisfied_pct);
        double best = 0;
        for (const auto& [child, model_of] : fixed)
            best = std::max(best, satisfied_pct({&model_of, 1}, distributions()[i], model.range));
        if (!fixed.empty())
            metrics["best_constant_" + name + "_pct"] = best;
    }
    metrics["spread_pct"] = most - least;
    metrics["acceleration"] = results.acceleration();
    metrics["collapsed"] = results.collapsed() ? 1 : 0;
    metrics["policies"] = static_cast<double>(results.policies);
    metrics["controller_share_pct"] = 100 * model.controller_ms / model.latency.lowest();
    metrics["slowest_request_fps"] = model.range.low;
    metrics["fastest_request_fps"] = model.range.high;
    return metrics;
}

void QosNas::search(Search& search)
{
    torch_sdk::use_threads(replication_.threads);
    const torch_sdk::TrainingExamples chosen = computed([&] { return examples(search); });
    Model model = computed([&] { return this->model(search); });
    const Lessons lessons{data_, chosen.train.indices, replication_};

    Pretraining pretraining(model, lessons, options_, {options_.all_modules, options_.keep, options_.drop == "drawn"});
    search.phase("pre-training", pretraining);
    warm_up(search, model, lessons);
    JointSearch joint(model, lessons, reward_, search_settings());
    search.phase("search", joint);
    const auto others = computed([&] { return children(search, model, lessons); });
    FineTuning tuning_phase(model, lessons, tuning(), options_.distillation);
    search.phase("fine-tuning", tuning_phase);

    std::vector<std::pair<std::string, FixedModel>> fixed;
    for (const auto& child : others) {
        torch_sdk::Recipe recipe = tuning();
        if (child->name.starts_with("beside")) {
            recipe = options_;
            recipe.epochs = options_.epochs + options_.tune_epochs;
        }
        ChildTraining training(*child, lessons, recipe);
        search.phase(child->name, training);
        fixed.emplace_back(child->name, computed([&] { return scored(*child, data_, chosen.score); }));
        search.note(child->name + " fps", fixed.back().second.fps);
        search.note(child->name + " top1_pct", fixed.back().second.accuracy_pct);
    }
    const Results results = computed([&] {
        return evaluated(model, data_, chosen.score, options_.curve_points, options_.draws, search.rng("requests"));
    });
    const Metrics found = metrics(results, model, fixed);
    search.winner({.name = results.collapsed() ? "collapsed controller" : "controller and meta-graph",
                   .architecture = std::nullopt,
                   .metrics = found,
                   .save = [&](const std::string& folder) {
                       computed([&] { model.save(folder, data_, found); });
                       write(folder + "/curve.csv", curve_csv(results));
                       write(folder + "/distributions.csv", distributions_csv(results, fixed, model.range));
                   }});
}

}  // namespace espalier::qos_nas
