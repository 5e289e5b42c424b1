// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "espalier/number_in.hpp"
#include "espalier/report/text.hpp"
#include "espalier/sdk/units.hpp"

#include "app/command.hpp"
#include "app/device_pricing.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "host/calls/in_plugin.hpp"
#include "host/experiment/fingerprint.hpp"
#include "host/plugins/plugin_output.hpp"
#include "host/price/calibration.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::app {

namespace {

namespace fs = std::filesystem;

std::string shown(const fs::path& file)
{
    return OptionTraits<fs::path>::shown(fs::absolute(file).lexically_normal());
}

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

constexpr const char* kMeasured = "{use: measured, max_seconds: 1}";
constexpr double kShareOfGroups = 0.6;  // of the budget, at most
constexpr double kBusyShare = 0.25;     // of the processors, beyond which others are heard

/// A space and the cost model that prices its networks.
struct Device {
    Device(const Arguments& arguments) : catalog{find_plugins(arguments)}, plugins{catalog}
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
        if (model->trains())
            throw UsageError("--by " + yaml + ": learns itself from what others say; name what it learns from");
        metric = chosen_metric(*model, arguments);
        asked = fmt::format("{} {} of {}", metric, host::Fingerprints(around, catalog).of(by, Kind::cost_model),
                            to_yaml(around.space));
    }

    host::Catalog catalog;
    host::PluginHost plugins;
    std::string yaml, metric;
    std::string asked;  ///< what is priced by what: equal only where every price would be
    std::optional<Loaded> loaded;
    std::unique_ptr<SearchSpace> alone;
    Setup setup;
    const SearchSpace* space = nullptr;
    std::unique_ptr<CostModel> model;
};

void require_quiet_machine(const Device& device, const Arguments& arguments)
{
    double load = 0;
    if (!device.model->measures() || arguments.has("anyway") || getloadavg(&load, 1) != 1)
        return;
    const double processors = std::max(1U, std::thread::hardware_concurrency());
    if (load > std::max(0.5, kBusyShare * processors))
        throw Error(fmt::format(
            "the load of this machine was {:.2g} over the last minute, on {} processors: what is "
            "measured now tells of other work, too; wait, or go on all the same with --anyway, as where --by measures "
            "another machine",
            load, processors));
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

/// What the YAML that is printed makes, too: a cost model that learns from a file of networks.
std::vector<double> learnt(Device& device, const host::PriceLesson& from, const fs::path& file,
                           const std::atomic<bool>& stop)
{
    report::Table table{{"arch", device.metric}, {}};
    for (const auto& [text, price] : from.fit)
        table.rows.push_back({text, price});
    host::write_file(file, report::to_text(table, report::Format::csv));
    Untroubled context(stop);
    std::vector<double> predicted;
    host::in_plugin(from.name, "learns the networks", [&] {
        const auto model = device.plugins.make<CostModel>(
            parse_config(host::learnt_yaml(from, shown(file), device.metric), from.name), device.setup);
        if (const auto phase = model->training(Region(device.space->decisions()), nullptr))
            context.finish(*phase);
        if (stop)
            throw Error("stopped");
        for (const Architecture& architecture : from.judge) {
            const Candidate candidate(*device.space, architecture);
            const Evaluation answer = model->evaluate(std::span(&candidate, 1), context).at(0);
            if (!answer.ok())
                throw Error(answer.reason);
            predicted.push_back(answer.metrics.at(device.metric));
        }
    });
    return predicted;
}

/// What was priced, as a table that says how; without a header where the metric has no unit, as `macs` has none.
void write_prices(const CostTableHeader& header, const fs::path& file, const char* key, const std::string& metric,
                  const std::map<std::string, CostTable::Cost>& prices)
{
    if (prices.empty())
        return;
    if (unit_of(metric) != nullptr) {
        CostTable table{.header = header, .keys = {key}, .costs = {metric}, .rows = {}};
        for (const auto& [name, cost] : prices)
            table.rows.push_back({{name}, {cost}});
        write_cost_table(table, file);
        return;
    }
    report::Table table{{key, metric}, {}};
    for (const auto& [name, cost] : prices)
        table.rows.push_back({name, cost.value});
    host::write_file(file, report::to_text(table, report::Format::csv));
}

std::map<std::string, double> values(const std::map<std::string, CostTable::Cost>& prices)
{
    std::map<std::string, double> only;
    for (const auto& [key, cost] : prices)
        only.emplace(key, cost.value);
    return only;
}

CostTableHeader header_of(const Device& device, std::string name, const DevicePricing& pricing)
{
    CostTableHeader header;
    header.device = std::move(name);
    header.date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
    header.tool_version = "espalier " ESPALIER_VERSION;
    header.protocol = "alone, by " + device.yaml;
    if (const std::string notes = pricing.notes(); !notes.empty())
        header.protocol += "; " + notes;
    return header;
}

double chosen_budget(const Arguments& arguments)
{
    const std::string text = arguments.value("budget").value_or("300");
    const std::optional<double> budget = number_in<double>(text);
    if (!budget || !(*budget > 0 && std::isfinite(*budget)))
        throw UsageError(fmt::format("--budget {}: must be a number of seconds above 0", text));
    return *budget;
}

std::string chosen_device(const Arguments& arguments, const Device& device)
{
    const std::string name = arguments.value("device").value_or(arguments.has("by") ? device.yaml : "this machine");
    if (name.empty() || name.find_first_of("\r\n") != std::string::npos)
        throw UsageError("--device: must be a name in one line");
    return name;
}

int interrupted()
{
    say(stderr, "interrupted; what was priced is kept, and the same command goes on\n");
    return kInterrupted;
}

int calibrate(const Arguments& arguments)
{
    const report::Format format = chosen_format(arguments);
    const double budget_s = chosen_budget(arguments);
    const auto networks = static_cast<std::size_t>(arguments.count("networks").value_or(100));
    if (networks < host::kLeastNetworks)
        throw UsageError(fmt::format("--networks {}: must be {} at least", networks, host::kLeastNetworks));
    const auto seed = static_cast<std::uint64_t>(arguments.count("seed").value_or(1));
    Device device(arguments);
    const std::string name = chosen_device(arguments, device);
    require_quiet_machine(device, arguments);
    const fs::path folder = arguments.value("out").value_or("calibration");
    fs::create_directories(folder);
    for (const char* file : {"table.csv", "networks.csv"})
        if (fs::exists(folder / file) && !fs::exists(folder / "prices"))
            throw Error(fmt::format("{} is there already, and of no calibration; take another folder with --out",
                                    (folder / file).string()));

    const Interrupt interrupt;
    const SearchSpace& space = *device.space;
    const host::CalibrationPlan plan = host::plan_calibration(space, networks, seed);
    DevicePricing pricing(*device.model, device.metric, folder, {device.asked, budget_s, arguments.has("quiet")},
                          interrupt.stop());
    const auto price_networks = [&](std::span<const Architecture> architectures) {
        return pricing.all("network", architectures, 1, [&space](const Architecture& architecture) {
            return std::pair(space.text(architecture), Candidate(space, architecture));
        });
    };
    std::map<std::string, CostTable::Cost> groups, whole;
    {
        const host::PluginOutput to_standard_error;
        // a whole network first: by it a model that measures may judge later how the machine has changed
        price_networks(std::span(plan.networks).first(std::min<std::size_t>(1, plan.networks.size())));
        groups = pricing.all("group", plan.groups, kShareOfGroups,
                             [](const auto& group) { return std::pair(group.first, Candidate(group.second)); });
        whole = price_networks(plan.networks);
    }
    const fs::path table_file = folder / "table.csv", networks_file = folder / "networks.csv";
    const CostTableHeader header = header_of(device, name, pricing);
    write_prices(header, table_file, "group", device.metric, groups);
    write_prices(header, networks_file, "arch", device.metric, whole);
    if (interrupt.stop())
        return interrupted();
    if (pricing.failed() > 0)
        say(stderr,
            fmt::format("{} could not be priced, the first is {}\n", pricing.failed(), pricing.first_failure()));

    const host::Calibration found =
        host::calibrate(space, plan, {values(groups), values(whole)}, device.metric, shown(table_file),
                        shown(networks_file), [&](const host::PriceLesson& from) {
                            const host::PluginOutput to_standard_error;
                            return learnt(device, from, folder / "fitted_to.csv", interrupt.stop());
                        });
    fs::remove(folder / "fitted_to.csv");
    if (interrupt.stop())
        return interrupted();
    say(stdout,
        report::to_text(host::calibration_table(found, format == report::Format::csv || format == report::Format::json),
                        format));
    std::fflush(stdout);
    for (const std::string& note : found.notes)
        say(stderr, note + "\n");
    if (!arguments.has("quiet"))
        say(stderr, fmt::format("{} of {} groups of layers and {} of {} networks are priced; fitted to {} networks, "
                                "judged by {} others\ncosts:\n  - {}\n",
                                groups.size(), plan.groups.size(), whole.size(), plan.networks.size(), found.fitted,
                                found.judged, found.models[found.recommended].yaml));
    return kDone;
}

}  // namespace

Command calibrate_command()
{
    return {
        .name = "calibrate",
        .positional = "SPACE|FILE",
        .summary = "a cost model for a device, from what is measured there",
        .description =
            "Prices the groups of layers that the networks of a space consist of, one by one, and then whole\n"
            "networks, and tells how well the sum of the table, a corrected sum and learned models predict networks\n"
            "that they were not fitted to, which one to take, and the YAML of it. Into DIR go table.csv (groups),\n"
            "networks.csv, and prices, by which the same command goes on where it stopped. SPACE is a search space\n"
            "of a plug-in, also with options ('{use: nas_bench_201, cells: 5}'); FILE an experiment that has one.",
        .least_positional = 1,
        .most_positional = 1,
        .options = {{"by", "MODEL",
                     "the cost model that asks the device: '{use: command, ...}'; default: measured, on this machine"},
                    {"metric", "NAME", "which of the numbers that MODEL gives; must be said where there are several"},
                    {"device", "NAME", "what the tables say was priced; default: MODEL, or this machine"},
                    {"out", "DIR", "default calibration"},
                    {"budget", "SECONDS", "after which nothing more is begun; default 300"},
                    {"networks", "N", "whole networks at most, half to fit and half to judge by; default 100"},
                    {"seed", "N", "of the choice of networks; default 1"},
                    {"anyway", nullptr, "also on a machine that is busy"},
                    kFormat,
                    kPluginPath,
                    kQuiet},
        .run = calibrate};
}

}  // namespace espalier::app
