// SPDX-License-Identifier: Apache-2.0
#include "indicators.hpp"

#include <algorithm>
#include <cmath>

#include <c10/core/GradMode.h>

#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"

#include "activation_patterns.hpp"
#include "batch_statistics.hpp"
#include "feature_maps.hpp"
#include "hamming_kernel.hpp"
#include "jacobian_correlation.hpp"
#include "linear_regions.hpp"
#include "ntk_condition.hpp"
#include "output_sensitivity.hpp"

namespace espalier::indicators {

namespace {

using torch_sdk::Initialisation;

constexpr std::int64_t kRegionBatch = 1000;  // of which the normalisations of the region network take statistics

std::vector<std::string> zero_cost(const std::vector<std::string>& metrics)
{
    std::vector<std::string> some;
    std::ranges::copy_if(metrics, std::back_inserter(some), ZeroCost::knows);
    return some;
}

}  // namespace

/// Some networks may have none where the space has them: those that are nothing but zeros.
static bool marks_blocks(const SearchSpace& space)
{
    Rng rng(1, "networks to look for marks in");
    const Region all(space.decisions());
    for (int attempt = 0; attempt < 20; ++attempt)
        if (marked(space.network(Region(random_architecture(all, rng))), Mark::block).size() > 1)
            return true;
    return false;
}

/// Patches instead of images: one channel of a few pixels.
class Indicators::Patch final : public Data {
public:
    Patch(std::int64_t side, std::size_t classes) : side_{side}, classes_{classes} {}
    std::vector<Input> inputs() const override { return {{"patch", {1, side_, side_}}}; }
    Shape output() const override { return {static_cast<std::int64_t>(classes_)}; }

private:
    std::int64_t side_;
    std::size_t classes_;
};

/// Metrics that share a network and what is computed of it, and how large that network is unless it is given.
struct Indicators::Family {
    std::vector<std::string> metrics;
    std::string option;  ///< that gives the network
    Use<SearchSpace> Options::*given;
    NetworkSize reduced, full;
    bool on_patches;
    void (Indicators::*compute)(const Candidate&, const Network&, int repeat, Metrics&);
};

std::span<const Indicators::Family> Indicators::families()
{
    constexpr NetworkSize kReduced{.width = 8, .depth = 1}, kFull{.width = 16, .depth = 5},
        kKernel{.width = 3, .depth = 1}, kRegion{.width = 1, .depth = 1, .bare = true};
    using O = Options;
    using I = Indicators;
    static const std::vector<Family> all{
        {{"cj_count", "cj_logdet"}, "network", &O::network, kReduced, kFull, false, &I::jacobian},
        {{"nlr"}, "region_network", &O::region_network, kRegion, kRegion, true, &I::regions},
        {{"cnntk"}, "kernel_network", &O::kernel_network, kKernel, kKernel, false, &I::kernel},
        {{"os_var", "os_rel", "naswot"}, "network", &O::network, kReduced, kFull, false, &I::images},
    };
    return all;
}

std::vector<std::string> Indicators::all_metrics()
{
    std::vector<std::string> names;
    for (const Family& family : families())
        names.insert(names.end(), family.metrics.begin(), family.metrics.end());
    names.insert(names.end(), ZeroCost::all().begin(), ZeroCost::all().end());
    return names;
}

bool Indicators::wants(const Family& family) const
{
    return std::ranges::any_of(family.metrics, [&](const std::string& metric) { return wants(metric); });
}

void Indicators::Options::describe(Describe<Options>& d)
{
    d("metrics", &Options::metrics, "which indicators to compute").one_of(all_metrics());
    d("preset", &Options::preset,
      "networks that are not given: `reduced` 8 channels and 1 cell a stage, `full` 16 and 5; for `cnntk` 3 and 1 in "
      "both; for `nlr` a single cell of 1 channel on 3x3 patches")
        .one_of({"reduced", "full"});
    d("network", &Options::network, "of `cj_*`, `os_*` and `naswot`: a space with the decisions of the one searched");
    d("kernel_network", &Options::kernel_network, "of `cnntk`");
    d("region_network", &Options::region_network, "of `nlr`; its input is 1x3x3");
    d("scored_network", &Options::scored_network,
      "of `complexity` and those behind it in the list; a space with the decisions of the one searched; none: that "
      "one");
    d("batch", &Options::batch, "images for `cj_*`, `os_*` and `naswot`").range(2, 4096).symbol("n");
    d("kernel_batch", &Options::kernel_batch, "images for `cnntk`; 0: 16 with preset `reduced`, 32 with `full`")
        .range(0, 1024);
    d("scored_batch", &Options::scored_batch,
      "images for `jacobian_logdet`, `trainability` and the others of the network that is scored, but `meco`, which "
      "takes the first, and `synflow`, which takes none")
        .range(2, 4096);
    d("repeats", &Options::repeats, "independent weights and images; the scores are means").range(1, 1000);
    d("beta", &Options::beta, "`cj_count` counts correlations between 0 and this").range(0, 1).symbol("β");
    d("jacobian_of", &Options::jacobian_of, "what `cj_*` shows: one image with cut-outs, or different images")
        .one_of({"cutouts", "images"});
    d("cutout_side", &Options::cutout_side, "pixels of a square cut-out; 0: random rectangles of 2 to 4 % of the image")
        .range(0, 4096);
    d("sigma", &Options::sigma, "deviation of the noise for `os_*`, in normalised units").range(1e-9, 100).symbol("ε");
    d("region_samples", &Options::region_samples, "patches for `nlr`; its largest value").range(2, 1e6);
    d("region_repeats", &Options::region_repeats, "weights that `nlr` is averaged over").range(1, 1000);
    d("seed", &Options::seed, "of images, noise and weights; the experiment's seed changes none of them");
}

Indicators::Indicators(const Options& options, const Setup& setup)
    : options_{options},
      data_{torch_sdk::tensors(setup)},
      execution_{setup.execution},
      zero_cost_{zero_cost(options.metrics)}
{
    if (options.metrics.empty())
        throw OptionError("metrics",
                          "is empty; at least one indicator must be computed" + suggestion("", all_metrics()));
    for (std::size_t i = 0; i < options.metrics.size(); ++i)
        if (std::ranges::count(std::span(options.metrics).first(i), options.metrics[i]) > 0)
            throw OptionError("metrics." + std::to_string(i), "'" + options.metrics[i] + "' is named twice");
    if (data_.input().size() != 3)
        throw Error("indicators need images, channels x height x width; the data's examples are " +
                    to_string(data_.input()));
    torch_sdk::require_devices(execution_);

    const bool full = options.preset == "full";
    sizes_ = wanted_sizes(full);
    check_examples();
    patch_ = std::make_unique<Patch>(sizes_.patch_side, data_.classes());
    Setup on_patches = setup;
    on_patches.data = patch_.get();
    for (const Family& family : families())
        if (wants(family) && !networks_.contains(family.option))
            networks_[family.option] =
                nested(family.option, options.*family.given, full ? &family.full : &family.reduced,
                       family.on_patches ? on_patches : setup);
    if (options.scored_network && !zero_cost_.empty())
        scored_network_ = nested("scored_network", options.scored_network, nullptr, setup);
    check_blocks(scored_network_ ? *scored_network_ : *setup.space);
    stimuli_.resize(static_cast<std::size_t>(options.repeats));
    shown_.resize(static_cast<std::size_t>(options.repeats));
}

Indicators::~Indicators() = default;

std::unique_ptr<SearchSpace> Indicators::nested(const std::string& option, const Use<SearchSpace>& given,
                                                const NetworkSize* size, const Setup& setup) const
{
    std::unique_ptr<SearchSpace> space = given ? setup.make(given) : setup.space->resized(*size, *setup.data);
    if (!space)
        throw OptionError(option,
                          "is needed: the space that is searched has no smaller networks of its own; give a space with "
                          "the same decisions");
    if (!same_decisions(space->decisions(), setup.space->decisions()))
        throw OptionError(option,
                          "has other decisions than the space that is searched; give a smaller network of the same "
                          "space");
    return space;
}

StimulusSizes Indicators::wanted_sizes(bool full) const
{
    const auto wants_any = [this](std::initializer_list<std::string_view> metrics) {
        return std::ranges::any_of(metrics, [this](std::string_view metric) { return wants(metric); });
    };
    const bool jacobian = wants_any({"cj_count", "cj_logdet"}), of_images = options_.jacobian_of == "images";
    StimulusSizes sizes{.batch = 0,
                        .cutouts = 0,
                        .kernel_batch = 0,
                        .patches = 0,
                        .noise = options_.sigma,
                        .cutout = {.side = options_.cutout_side}};
    if (wants_any({"os_var", "os_rel", "naswot"}) || (jacobian && of_images))
        sizes.batch = options_.batch;
    if (jacobian && !of_images)
        sizes.cutouts = options_.batch;
    if (wants("cnntk"))
        sizes.kernel_batch = options_.kernel_batch > 0 ? options_.kernel_batch : (full ? 32 : 16);
    if (wants("nlr"))
        sizes.patches = options_.region_samples;
    return sizes;
}

void Indicators::check_examples() const
{
    const std::int64_t there = data_.examples(torch_sdk::Split::train);
    const std::int64_t scored = zero_cost_.empty() ? 0 : options_.scored_batch;
    std::vector<OptionError> wrong;
    for (const auto& [option, wanted] : {std::pair<const char*, std::int64_t>{"batch", sizes_.batch},
                                         {"kernel_batch", sizes_.kernel_batch},
                                         {"region_samples", sizes_.patches},
                                         {"scored_batch", scored}})
        if (wanted > there)
            wrong.emplace_back(option, std::to_string(wanted) + " different training images are wanted, and the data " +
                                           "have " + std::to_string(there));
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
}

bool Indicators::wants(std::string_view metric) const
{
    return std::ranges::find(options_.metrics, metric) != options_.metrics.end();
}

void Indicators::check_blocks(const SearchSpace& space) const
{
    for (std::size_t i = 0; i < options_.metrics.size(); ++i) {
        if (!ZeroCost::needs_blocks(options_.metrics[i]))
            continue;
        if (!marks_blocks(space))
            throw OptionError(
                "metrics." + std::to_string(i),
                "'" + options_.metrics[i] + "' is defined by blocks, and the networks of this space mark none");
    }
}

const Shown& Indicators::shown(int repeat)
{
    const std::lock_guard lock(drawing_);
    std::unique_ptr<const Shown>& drawn = shown_[static_cast<std::size_t>(repeat)];
    if (!drawn)
        drawn = std::make_unique<const Shown>(
            draw_shown(data_, options_.scored_batch, options_.seed, repeat, torch_sdk::device(execution_.device)));
    return *drawn;
}

const Stimuli& Indicators::stimuli(int repeat)
{
    const std::lock_guard lock(drawing_);
    std::unique_ptr<const Stimuli>& drawn = stimuli_[static_cast<std::size_t>(repeat)];
    if (!drawn) {
        const at::Device device = torch_sdk::device(execution_.device);
        Stimuli fresh = draw_stimuli(data_, sizes_, options_.seed, repeat);
        for (Tensor* x : {&fresh.images, &fresh.noisy, &fresh.cutouts, &fresh.kernel_images, &fresh.patches})
            if (x->defined())
                *x = x->to(device);
        drawn = std::make_unique<const Stimuli>(std::move(fresh));
    }
    return *drawn;
}

std::vector<Evaluation> Indicators::evaluate(std::span<const Candidate> batch, Context& context)
{
    torch_sdk::use_threads(execution_.threads);
    torch_sdk::translated("drawing the images of the indicators", [&] {
        for (int repeat = 0; repeat < options_.repeats; ++repeat) {
            if (zero_cost_.size() < options_.metrics.size())
                stimuli(repeat);
            if (!zero_cost_.empty())
                shown(repeat);
        }
    });
    std::vector<Evaluation> result;
    for (const Candidate& candidate : batch) {
        if (context.stopped()) {
            result.push_back(failed(candidate.architecture(), "stopped before its indicators were computed"));
            continue;
        }
        try {
            torch_sdk::translated("computing indicators of " + candidate.key(),
                                  [&] { result.push_back(indicated(candidate, options_.repeats)); });
        } catch (const Error& error) {  // this network is too large or cannot be computed; others may
            result.push_back(failed(candidate.architecture(), error.what()));
        }
    }
    return result;
}

Evaluation Indicators::indicated(const Candidate& candidate, int repeats)
{
    Metrics sums;
    for (int repeat = 0; repeat < repeats; ++repeat)
        for (const auto& [name, value] : repeated(candidate, repeat))
            sums[name] += value;
    Evaluation result{.architecture = candidate.architecture(), .metrics = {}, .reason = {}};
    for (const std::string& metric : options_.metrics) {
        const double mean = sums.at(metric) / repeats;
        if (!std::isfinite(mean) && !(ZeroCost::knows(metric) && mean == kLeast))
            return failed(candidate.architecture(), metric + " is not finite");
        result.metrics[metric] = mean;
    }
    return result;
}

Metrics Indicators::repeated(const Candidate& candidate, int repeat)
{
    Metrics all;
    for (const Family& family : families())
        if (wants(family)) {
            const Network network = networks_.at(family.option)->network(Region(candidate.canonical()));
            (this->*family.compute)(candidate, network, repeat, all);
        }
    if (!zero_cost_.empty())
        scored(candidate, repeat, all);
    return all;
}

std::uint64_t Indicators::weight_seed(const Candidate& candidate, std::string_view kind, int repeat) const
{
    return Rng(options_.seed, std::string(kind) + " " + std::to_string(repeat) + " " + candidate.key())();
}

void Indicators::scored(const Candidate& candidate, int repeat, Metrics& all)
{
    const std::uint64_t seed = weight_seed(candidate, "scored", repeat);
    const at::Device device = torch_sdk::device(execution_.device);
    const Network network =
        scored_network_ ? scored_network_->network(Region(candidate.canonical())) : candidate.network();
    all.merge(zero_cost_(network, shown(repeat), seed, device));
}

void Indicators::jacobian(const Candidate& candidate, const Network& network, int repeat, Metrics& all)
{
    torch_sdk::Weights weights(network, {}, weight_seed(candidate, "jacobian", repeat), at::kFloat,
                               torch_sdk::device(execution_.device));
    weights.require_gradients(false);
    const Stimuli& shown = stimuli(repeat);
    const Tensor r =
        correlation(input_jacobian(network, weights, options_.jacobian_of == "images" ? shown.images : shown.cutouts));
    all["cj_count"] = correlations_below(r, options_.beta);
    if (wants("cj_logdet"))
        all["cj_logdet"] = log_determinant_score(r);
}

void Indicators::regions(const Candidate& candidate, const Network& network, int repeat, Metrics& all)
{
    double sum = 0;
    for (int i = 0; i < options_.region_repeats; ++i) {
        torch_sdk::Weights weights(network,
                                   {Initialisation::Kind::kaiming_fan_in, Initialisation::Kind::kaiming_fan_in},
                                   weight_seed(candidate, "regions", repeat * options_.region_repeats + i), at::kFloat,
                                   torch_sdk::device(execution_.device));
        sum += linear_regions(network, weights, stimuli(repeat).patches, kRegionBatch);
    }
    all["nlr"] = sum / options_.region_repeats;
}

void Indicators::kernel(const Candidate& candidate, const Network& network, int repeat, Metrics& all)
{
    const torch_sdk::Weights weights(
        network, {Initialisation::Kind::kaiming_fan_out, Initialisation::Kind::kaiming_fan_out},
        weight_seed(candidate, "kernel", repeat), at::kFloat, torch_sdk::device(execution_.device));
    all["cnntk"] = inverse_condition(tangent_kernel(network, weights, stimuli(repeat).kernel_images));
}

/// The clean forward pass serves the output sensitivity and the Hamming kernel.
void Indicators::images(const Candidate& candidate, const Network& network, int repeat, Metrics& all)
{
    const c10::AutoGradMode no_gradients(false);
    const torch_sdk::Weights weights(network, {}, weight_seed(candidate, "images", repeat), at::kFloat,
                                     torch_sdk::device(execution_.device));
    const Stimuli& shown = stimuli(repeat);
    ActivationPatterns patterns(shown.images.size(0));
    const Tensor clean = torch_sdk::forward(network, weights, shown.images,
                                            batch_statistics(wants("naswot") ? watching_relus(patterns) : nullptr));
    if (wants("naswot"))
        all["naswot"] = log_determinant(hamming_kernel(patterns));
    if (!wants("os_var") && !wants("os_rel"))
        return;
    const Tensor noisy = torch_sdk::forward(network, weights, shown.noisy, batch_statistics());
    const OutputSensitivity sensitivity = output_sensitivity(clean, noisy);
    all["os_var"] = sensitivity.variance;
    all["os_rel"] = sensitivity.relative;
}

}  // namespace espalier::indicators
