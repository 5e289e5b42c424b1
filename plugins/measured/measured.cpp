// SPDX-License-Identifier: Apache-2.0
#include "measured.hpp"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "measuring_lock.hpp"
#include "pinned.hpp"

namespace espalier::measured {
namespace {

constexpr std::string_view kUnit = "_ms";
constexpr const char* kRuntime = "LibTorch " TORCH_VERSION;
constexpr double kQuartilesApart = 1.349;  // of a normal distribution, in standard deviations
constexpr double kDrift = 0.05;            // by which the anchor moves before results are corrected

/// Normal numbers; whole ones where the experiment's data have them in this place.
std::vector<at::Tensor> random_inputs(const Network& network, const std::vector<Data::Input>& known, std::int64_t batch,
                                      at::Generator random, const c10::Device& device)
{
    std::vector<at::Tensor> inputs;
    for (const Layer layer : network) {
        if (layer.op() != Op::input)
            continue;
        std::vector<std::int64_t> extents{batch};
        extents.insert(extents.end(), layer.shape().begin(), layer.shape().end());
        const std::size_t place = inputs.size();
        const bool whole = place < known.size() && known[place].below > 0 && known[place].shape == layer.shape();
        at::Tensor x = at::empty(extents, whole ? at::kLong : at::kFloat);
        x = whole ? x.random_(known[place].below, random) : x.normal_(0, 1, random);
        inputs.push_back(x.to(device));
    }
    return inputs;
}

/// How the system chooses the processor's frequency; empty where it does not say.
std::string governor()
{
    std::string name;
    std::ifstream("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") >> name;
    return name;
}

/// Processes that ran or wanted to, over the last minute.
double load()
{
    double average = 0;
    return ::getloadavg(&average, 1) == 1 ? average : std::nan("");
}

/// LibTorch's own threads of this thread, as whoever asks has them again afterwards.
class Threads {
public:
    explicit Threads(int threads) : before_{at::get_num_threads()} { torch_sdk::use_threads(threads); }
    ~Threads() { torch_sdk::use_threads(before_); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

private:
    int before_;
};

}  // namespace

void Measured::Options::describe(Describe<Options>& d)
{
    d("as", &Options::as, "name of the metric, in milliseconds; the others begin like it");
    d("device", &Options::device, "cpu, cuda or cuda:1; default: the first of `execution.device`").preset.clear();
    d("batch", &Options::batch, "examples at once; the latency is that of the whole batch").range(1, 65536);
    d("threads", &Options::threads, "of LibTorch on the processor").range(1, 1024);
    d("warm_up", &Options::warm_up, "runs before the first that counts").range(0, 100'000);
    d("repetitions", &Options::repetitions, "at least this many count").range(3, 1'000'000);
    d("relative_error", &Options::relative_error,
      "repeat until half the width of the median's confidence interval is this part of the median")
        .range(1e-4, 1);
    d("confidence", &Options::confidence, "of that interval").range(0.5, 0.9999);
    d("max_seconds", &Options::max_seconds, "of repeating one network; ended by it, a measurement is marked unsettled")
        .range(0.01, 86400);
    d("cores", &Options::cores, "of the processor that it runs on; empty: any").range(0, 1'000'000);
    d("exclusive", &Options::exclusive, "waits until no other measurement on this machine is under way");
    d("anchor_every", &Options::anchor_every,
      "the first network is measured again after so many others; where its latency has moved by more than 5 %, "
      "results are divided by that; 0: never")
        .range(0, 1'000'000);
    d("seed", &Options::seed, "of the random weights and inputs");
}

Measured::Measured(const Options& options, const Setup& setup)
    : options_{options}, inputs_{setup.data != nullptr ? setup.data->inputs() : std::vector<Data::Input>{}}
{
    if (options.as.size() <= kUnit.size() || !options.as.ends_with(kUnit))
        throw OptionError("as", "latencies are in milliseconds: the name of the metric must end in _ms");
    stem_ = options.as.substr(0, options.as.size() - kUnit.size());
    if (options_.device.empty()) {
        torch_sdk::require_devices(setup.execution);
        options_.device = setup.execution.device;
    }
    try {
        processor_ = torch_sdk::hardware_name(torch_sdk::device(options_.device));
    } catch (const Error& error) {
        throw OptionError("device", error.what());
    }
    try {
        Pinned{options.cores};
    } catch (const Error& error) {
        throw OptionError("cores", error.what());
    }
    host_ = processor_ + ", " + kRuntime;
    if (const std::string how = governor(); !how.empty())
        host_ += ", " + how;
}

std::vector<std::string> Measured::metrics() const
{
    return {options_.as,      stem_ + "_p90_ms",      stem_ + "_spread_ms",
            stem_ + "_sd_ms", stem_ + "_repetitions", stem_ + "_unsettled"};
}

MeasuringConditions Measured::conditions() const
{
    return {.processor = processor_,
            .precision = "float32",
            .runtime = kRuntime,
            .threads = options_.threads,
            .batch = options_.batch};
}

std::vector<Evaluation> Measured::evaluate(std::span<const Candidate> batch, Context& context)
{
    if (!host_noted_.exchange(true))
        context.note(options_.as + " on " + host_ + ", threads", options_.threads);
    std::vector<Evaluation> results;
    for (const Candidate& candidate : batch) {
        if (context.stopped()) {
            results.push_back(failed(candidate.architecture(), "stopped before it was measured"));
            continue;
        }
        try {
            results.push_back(torch_sdk::translated("measuring", [&] { return measured(candidate, context); }));
        } catch (const Error& error) {
            results.push_back(failed(candidate.architecture(), error.what()));
        }
    }
    return results;
}

Evaluation Measured::measured(const Candidate& candidate, Context& context)
{
    const auto stopped = [&] { return context.stopped(); };
    std::optional<MeasuringLock> alone;
    if (options_.exclusive)
        alone.emplace(torch_sdk::device(options_.device).str(), stopped);  // cuda is cuda:0
    if (alone && !alone->held())
        return failed(candidate.architecture(), "stopped before it was measured");
    const Pinned pinned(options_.cores);
    context.note(stem_ + " load", load());
    const double slower = drift(context);
    const Timing t = timing(candidate.network(), context);
    if (!t.settled && context.stopped())
        return failed(candidate.architecture(), "stopped while it was measured");
    remember(candidate.network(), t);
    return {candidate.architecture(),
            {{options_.as, t.median_ms / slower},
             {stem_ + "_p90_ms", t.p90_ms / slower},
             {stem_ + "_spread_ms", t.spread_ms / slower},
             {stem_ + "_sd_ms", t.spread_ms / slower / kQuartilesApart},
             {stem_ + "_repetitions", static_cast<double>(t.repetitions)},
             {stem_ + "_unsettled", t.settled ? 0.0 : 1.0}},
            Status::ok,
            {}};
}

double Measured::drift(Context& context)
{
    const std::lock_guard guard(anchor_mutex_);
    if (options_.anchor_every > 0 && anchor_.network && anchor_.measurements >= options_.anchor_every) {
        const Timing now = timing(*anchor_.network, context);
        if (!now.settled && context.stopped())
            return anchor_.moved;
        anchor_.moved = now.median_ms / anchor_.first_ms;
        anchor_.measurements = 0;
        context.note(stem_ + " anchor, moved by a factor of", anchor_.moved);
        if (auto* const log = dynamic_cast<RunLog*>(&context); log != nullptr && std::abs(anchor_.moved - 1) > kDrift)
            tell_drift(*log);
    }
    return std::abs(anchor_.moved - 1) > kDrift ? anchor_.moved : 1;
}

void Measured::tell_drift(RunLog& log)
{
    const std::string line = "the anchor network takes " + std::to_string(anchor_.moved) +
                             " times what it took at first; what is measured now is divided by that";
    if (anchor_.told)
        log.log(line);
    else
        log.warn(line + " (from now on only in the run's logs)");
    anchor_.told = true;
}

void Measured::remember(const Network& network, const Timing& t)
{
    const std::lock_guard guard(anchor_mutex_);
    if (anchor_.network)
        ++anchor_.measurements;
    else
        anchor_ = {network, t.median_ms, 1, 0};
}

Timing Measured::timing(const Network& network, Context& context) const
{
    const c10::Device device = torch_sdk::device(options_.device);
    const Threads own(options_.threads);
    const torch_sdk::Weights weights(network, {}, options_.seed, at::kFloat, device);
    const c10::InferenceMode inference;
    const std::vector<at::Tensor> inputs =
        random_inputs(network, inputs_, options_.batch, torch_sdk::generator(options_.seed, "inputs"), device);
    const auto once = [&] {
        const auto start = std::chrono::steady_clock::now();
        at::Tensor output = torch_sdk::forward(network, weights, inputs);
        if (!device.is_cpu())
            output = output.cpu();  // waits for the device
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const auto stopped = [&] { return context.stopped(); };
    for (int i = 0; i < options_.warm_up && !stopped(); ++i)
        once();
    return repeated(once,
                    {.relative_error = options_.relative_error,
                     .confidence = options_.confidence,
                     .minimum_repetitions = static_cast<std::size_t>(options_.repetitions),
                     .max_seconds = options_.max_seconds},
                    stopped);
}

}  // namespace espalier::measured
