// SPDX-License-Identifier: Apache-2.0
#include "app/calibrated_device.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "espalier/report/text.hpp"

#include "host/calls/in_plugin.hpp"
#include "host/experiment/fingerprint.hpp"
#include "host/experiment/provenance.hpp"
#include "host/plugins/plugin_output.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::app {
namespace {

namespace fs = std::filesystem;

/// Short, since there are rounds; and these tell how the machine has changed better than an anchor.
constexpr const char* kMeasured = "{use: measured, warm_up: 3, repetitions: 10, max_seconds: 0.25, anchor_every: 0}";

/// What is priced of all that the model says. @throws UsageError where it is left open.
std::string chosen_metric(const CostModel& model, const Arguments& arguments)
{
    const std::vector<std::string> metrics =
        host::in_plugin("--by", "is asked what it gives", [&model] { return model.metrics(); });
    const std::optional<std::string> named = arguments.value("metric");
    if (named && std::ranges::find(metrics, *named) == metrics.end())
        throw UsageError(fmt::format("--metric {}: --by does not give it{}", *named, suggestion(*named, metrics)));
    if (!named && metrics.size() > 1 && arguments.has("by"))
        throw UsageError(fmt::format("--by gives {}: say by --metric which of them", fmt::join(metrics, ", ")));
    return named.value_or(metrics.front());
}

std::string use_of(const Config& component)
{
    return component.at_path("use").scalar;
}

class Untroubled final : public Context {
public:
    explicit Untroubled(const std::atomic<bool>& stop) : stop_{stop} {}
    bool stopped() const override { return stop_; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase& work) override { finish(work); }
    void finish(Phase& work)
    {
        for (std::size_t index = 0; !stop_; ++index) {
            Phase::Step step{index, Rng(index, "calibrate"), *this};
            if (!work.step(step))
                break;
        }
    }

private:
    const std::atomic<bool>& stop_;
};

}  // namespace

CalibratedDevice::CalibratedDevice(const Arguments& arguments) : catalog{find_plugins(arguments)}, plugins{catalog}
{
    const std::string& named = arguments.positional[0];
    const Config by = named_component(arguments.value("by").value_or(kMeasured), "--by");
    yaml = to_yaml(by);
    host::Experiment around;
    if (fs::is_regular_file(named)) {
        loaded = load_space(named, {}, plugins);
        around = loaded->experiment;
    } else {
        around.space = named_component(named, "SPACE");
        alone = plugins.make<SearchSpace>(around.space, plugins.setup());
    }
    setup = loaded ? loaded->parts.setup : plugins.setup();
    setup.space = alone ? alone.get() : loaded->parts.space.component.get();
    space = setup.space;
    model = plugins.make<CostModel>(by, setup);
    here = use_of(by) == use_of(parse_config(kMeasured));
    if (model->trains())
        throw UsageError("--by " + yaml + ": learns itself from what others say; name what it learns from");
    metric = chosen_metric(*model, arguments);
    if (const auto* const measuring = dynamic_cast<const Measuring*>(model.get()); model->measures() && measuring)
        conditions = measuring->conditions();
    asked = fmt::format("{} {} of {}", summary(host::header_of(conditions, metric)),
                        host::Fingerprints(around, catalog).of(by, Kind::cost_model), to_yaml(around.space));
}

std::vector<double> prices_by(CalibratedDevice& device, const Config& component, const std::string& name,
                              std::span<const Architecture> architectures, const std::atomic<bool>& stop)
{
    const host::PluginOutput to_standard_error;
    Untroubled context(stop);
    std::vector<double> prices;
    host::in_plugin(name, "is asked about networks", [&] {
        const auto model = device.plugins.make<CostModel>(component, device.setup);
        if (const auto phase = model->training(Region(device.space->decisions()), nullptr))
            context.finish(*phase);
        if (stop)
            throw Error("stopped");
        for (const Architecture& architecture : architectures) {
            const Candidate candidate(*device.space, architecture);
            const Evaluation answer = model->evaluate(std::span(&candidate, 1), context).at(0);
            if (!answer.ok())
                throw Error(answer.reason);
            prices.push_back(answer.metrics.at(device.metric));
        }
    });
    return prices;
}

std::vector<double> learnt(CalibratedDevice& device, const host::PriceLesson& lesson, const fs::path& file,
                           const std::atomic<bool>& stop)
{
    report::Table table{{"arch", device.metric}, {}};
    for (const auto& [text, price] : lesson.fit)
        table.rows.push_back({text, price});
    host::write_file(file, report::to_text(table, report::Format::csv));
    return prices_by(device, parse_config(host::to_yaml(lesson, file)), lesson.name, lesson.judge, stop);
}

}  // namespace espalier::app
