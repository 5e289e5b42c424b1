// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "espalier/number_in.hpp"
#include "espalier/report/text.hpp"
#include "espalier/resolve.hpp"
#include "espalier/rng.hpp"
#include "espalier/sdk/cost_table.hpp"
#include "espalier/sdk/units.hpp"

#include "app/calibrated_device.hpp"
#include "app/command.hpp"
#include "app/device_pricing.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "host/experiment/provenance.hpp"
#include "host/plugins/plugin_output.hpp"
#include "host/price/calibration.hpp"
#include "host/price/steadied.hpp"
#include "host/store/durable_folder.hpp"
#include "host/store/run_lock.hpp"

namespace espalier::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRounds = 18;          // more tell nothing that these do not
constexpr std::size_t kRoundsBetweenGroups = 3;  // in one of so many rounds groups are asked about, too
constexpr const char* kModel = "model.yaml";
constexpr std::size_t kAgainst = 100;   // networks
constexpr double kShareOfGroups = 0.6;  // of the budget, at most
constexpr double kBusyShare = 0.25;     // of the processors, beyond which others are heard

std::string text_of(const fs::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// @throws Error where this machine measures and others keep it busy. Of what else measures nobody knows whether this
/// machine does: then it is only said.
void require_quiet_machine(const CalibratedDevice& device, const Arguments& arguments)
{
    double load = 0;
    if (!device.model->measures() || arguments.has("anyway") || getloadavg(&load, 1) != 1)
        return;
    const double processors = std::max(1U, std::thread::hardware_concurrency());
    if (load <= std::max(0.5, kBusyShare * processors))
        return;
    const std::string busy =
        fmt::format("the load of this machine was {:.2g} over the last minute, on {}", load,
                    report::counted(static_cast<std::size_t>(processors), "processor", "processors"));
    if (device.here)
        throw Error(busy +
                    ": what is measured now tells of other work, too; wait, or go on all the same with "
                    "--anyway");
    say(stderr, busy + ": where --by measures this machine, its prices tell of other work, too\n");
}

/// What was priced, as a table that says how; without a header where the metric has no unit, as `macs` has none.
void write_prices(const CostTableHeader& header, const fs::path& file, const char* key, const std::string& metric,
                  const std::map<std::string, host::SteadyPrice>& prices)
{
    if (prices.empty())
        return;
    if (unit_of(metric) != nullptr) {
        CostTable table{.header = header, .keys = {key}, .costs = {metric}, .rows = {}};
        for (const auto& [name, cost] : prices)
            table.rows.push_back({{name}, {{.value = cost.value, .deviation = cost.deviation}}});
        write_cost_table(table, file);
        return;
    }
    report::Table table{{key, metric}, {}};
    for (const auto& [name, cost] : prices)
        table.rows.push_back({name, cost.value});
    host::write_file(file, report::to_text(table, report::Format::csv));
}

CostTableHeader described(const CalibratedDevice& device, std::string name, const DevicePricing& pricing)
{
    CostTableHeader header = host::header_of(device.conditions, std::move(name));
    header.date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
    header.tool_version = "espalier " ESPALIER_VERSION;
    header.protocol = "alone, by " + device.yaml;
    if (const std::string notes = pricing.notes(); !notes.empty())
        header.protocol += "; " + notes;
    return header;
}

using Things = std::vector<DevicePricing::Thing>;

/// @param kind "group" or "network".
host::Steadied steady(const DevicePricing& pricing, const std::string& kind)
{
    std::vector<host::PriceAnswer> answers;
    std::ranges::copy_if(pricing.journal().answers(), std::back_inserter(answers),
                         [&](const host::PriceAnswer& answer) { return answer.what == kind; });
    return host::steadied(answers);
}

/// All groups and networks, and where that is measuring them again in rounds, each in another order, so that what moves
/// the device meets all alike. Networks are in every round: each model is judged by their prices and most learn from
/// them, so that the noise of these bounds them all.
std::pair<host::Steadied, host::Steadied> priced(DevicePricing& pricing, const host::CalibrationPlan& plan,
                                                 const SearchSpace& space, bool measures, std::uint64_t seed)
{
    Things groups, networks;
    for (const auto& group : plan.groups)
        groups.push_back({"group", group.first, [&group] { return Candidate(group.second); }});
    for (const Architecture& architecture : plan.networks)
        networks.push_back(
            {"network", space.text(architecture), [&space, &architecture] { return Candidate(space, architecture); }});
    const host::PluginOutput to_standard_error;
    // a whole network first: by it a model that measures may judge later how the machine has changed
    pricing.ask("networks", std::span(networks).first(std::min<std::size_t>(1, networks.size())), 1);
    pricing.ask("groups", groups, kShareOfGroups);
    pricing.ask("networks", networks, 1);
    for (std::size_t round = 1; measures && round < kMostRounds && !pricing.over(); ++round) {
        Things these = networks;
        if (round % kRoundsBetweenGroups == 0)
            these.insert(these.end(), groups.begin(), groups.end());
        for (DevicePricing::Thing& thing : these)
            thing.answers = 1 + (thing.what == "group" ? round / kRoundsBetweenGroups : round);
        Rng rng(seed, fmt::format("round {}", round));
        shuffle(these, rng);
        pricing.ask(fmt::format("round {}", round + 1), these, 1);
    }
    return {steady(pricing, "group"), steady(pricing, "network")};
}

double chosen_budget(const Arguments& arguments)
{
    const std::string text = arguments.value("budget").value_or("300");
    const std::optional<double> budget = number_in<double>(text);
    if (!budget || !(*budget > 0 && std::isfinite(*budget)))
        throw UsageError(fmt::format("--budget {}: must be a number of seconds above 0", text));
    return *budget;
}

std::string chosen_device(const Arguments& arguments, const CalibratedDevice& device)
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

/// The recommended cost model with its errors, for `--against` and to be copied from.
void write_model(const host::CalibratedModel& model, const fs::path& file)
{
    host::write_file(file, fmt::format("# of espalier calibrate; files are named from where this one is\n"
                                       "costs:\n  - {}\n"
                                       "error_pct: {{median: {}, p90: {}}}\n",
                                       host::to_yaml(model, {}), report::exact(model.median_error_pct),
                                       report::exact(model.p90_error_pct)));
}

/// How far the cost model of an earlier calibration and this one's are apart, on other networks than were priced.
std::string told_against(CalibratedDevice& device, const host::CalibratedModel& ours, const fs::path& folder,
                         const fs::path& earlier, const std::atomic<bool>& stop)
{
    const fs::path file = earlier / kModel;
    if (!fs::is_regular_file(file))
        throw Error(file.string() + " is not there: --against takes the folder of a calibration that ended");
    const Config theirs = parse_config(text_of(file), file.string());
    const auto stated = [&](const char* which) {
        const Config& number = theirs.at_path(fmt::format("error_pct.{}", which));
        return number_in<double>(number.scalar).value_or(std::nan(""));
    };
    std::vector<Architecture> networks;
    Rng rng(stable_hash(file.string()), "against");
    const Region all(device.space->decisions());
    while (networks.size() < kAgainst)
        networks.push_back(device.space->canonical(random_architecture(all, rng)));
    const host::PriceAgreement found =
        host::agreement(prices_by(device, parse_config(host::to_yaml(ours, folder)), ours.name, networks, stop),
                        prices_by(device, theirs.at_path("costs.0"), file.string(), networks, stop));
    const bool within = found.p90_difference_pct <= ours.p90_error_pct + stated("p90") &&
                        found.median_difference_pct <= ours.median_error_pct + stated("median");
    return fmt::format(
        "against {}: its prices of {} random networks are these times {:.3g}, and but for that differ "
        "by {:.2g} % in the median and 90 % of them by at most {:.2g} %, {} the stated errors, "
        "{:.2g} % and {:.2g} % here, {:.2g} % and {:.2g} % there; Spearman {:.4g}\n",
        earlier.string(), kAgainst, found.factor, found.median_difference_pct, found.p90_difference_pct,
        within ? "within" : "beyond", ours.median_error_pct, ours.p90_error_pct, stated("median"), stated("p90"),
        found.spearman);
}

/// What there is to know before the figures are believed.
void tell_measuring(const DevicePricing& pricing, const host::CalibrationPlan& plan, std::size_t networks,
                    double moved_pct)
{
    if (pricing.failed() > 0)
        say(stderr,
            fmt::format("{} could not be priced, the first is {}\n", pricing.failed(), pricing.first_failure()));
    if (plan.networks.size() < networks)
        say(stderr,
            fmt::format("{} were found, of the {} asked for\n",
                        report::counted(plan.networks.size(), "different network", "different networks"), networks));
    const std::vector<host::PriceAnswer>& answers = pricing.journal().answers();
    if (const auto unsettled = std::ranges::count_if(answers, &host::PriceAnswer::unsettled); unsettled > 0)
        say(stderr, fmt::format("{} of {} measurements ended before they were as precise as --by asks for\n", unsettled,
                                answers.size()));
    if (moved_pct > 0)
        say(stderr, fmt::format("the device was up to {:.2g} % slower at times; that is taken out\n", moved_pct));
}

void tell(const host::Calibration& found, const DevicePricing& pricing, const host::CalibrationPlan& plan,
          const fs::path& folder)
{
    if (const std::optional<host::Repeatability>& again = found.repeatability)
        say(stderr,
            fmt::format("priced by every second round and by the others, the networks judged by differ by {:.2g} % in "
                        "the median, Spearman {:.4g}: about {:.4g} is what a cost model without error would show\n",
                        again->median_difference_pct, again->spearman, again->best_spearman));
    const host::CalibratedModel& best = found.models[found.recommended];
    std::size_t priced = 0;
    for (const auto& [key, network] : plan.groups)
        priced += pricing.journal().count("group", report::printable(key)) > 0 ? 1 : 0;
    say(stderr, fmt::format("{} of {} and {} are priced; fitted to {}, judged by {} others\ncosts:\n  - {}\n", priced,
                            report::counted(plan.groups.size(), "group of layers", "groups of layers"),
                            report::counted(found.fitted + found.judged, "network", "networks"), found.fitted,
                            found.judged, host::to_yaml(best, folder)));
}

void refuse_folder(const fs::path& folder)
{
    for (const char* file : {host::kGroupTable, host::kNetworkTable})
        if (fs::exists(folder / file) && !fs::exists(folder / "prices"))
            throw Error(fmt::format("{} is there already, and of no calibration; take another folder with --out",
                                    (folder / file).string()));
}

int calibrate(const Arguments& arguments)
{
    const report::Format format = chosen_format(arguments);
    const double budget_s = chosen_budget(arguments);
    const auto networks = static_cast<std::size_t>(arguments.count("networks").value_or(100));
    if (networks < host::kLeastNetworks)
        throw UsageError(fmt::format("--networks {}: must be {} at least", networks, host::kLeastNetworks));
    const auto seed = static_cast<std::uint64_t>(arguments.count("seed").value_or(1));
    CalibratedDevice device(arguments);
    const std::string name = chosen_device(arguments, device);
    require_quiet_machine(device, arguments);
    const fs::path folder = fs::absolute(arguments.value("out").value_or("calibration")).lexically_normal();
    fs::create_directories(folder);
    refuse_folder(folder);
    const host::RunLock alone(folder);

    const Interrupt interrupt;
    const host::CalibrationPlan plan = host::plan_calibration(*device.space, networks, seed);
    const bool quiet = arguments.has("quiet");
    DevicePricing pricing(*device.model, device.metric, folder, {device.asked, budget_s, quiet}, interrupt.stop());
    const auto [groups, whole] = priced(pricing, plan, *device.space, device.model->measures(), seed);
    const CostTableHeader header = described(device, name, pricing);
    write_prices(header, folder / host::kGroupTable, "group", device.metric, groups.prices);
    write_prices(header, folder / host::kNetworkTable, "arch", device.metric, whole.prices);
    if (interrupt.stop())
        return interrupted();
    tell_measuring(pricing, plan, networks, whole.moved_pct);

    const fs::path lesson_file = folder / "fitted_to.csv";
    const host::Calibration found = host::calibrate(
        *device.space, plan, {groups.prices, whole.prices}, device.metric,
        [&](const host::PriceLesson& lesson) { return learnt(device, lesson, lesson_file, interrupt.stop()); });
    fs::remove(lesson_file);
    if (interrupt.stop())
        return interrupted();
    const host::CalibratedModel& best = found.models[found.recommended];
    write_model(best, folder / kModel);
    const bool with_yaml = format == report::Format::csv || format == report::Format::json;
    say(stdout,
        report::to_text(host::calibration_table(found, with_yaml ? std::optional(folder) : std::nullopt), format));
    std::fflush(stdout);
    for (const std::string& note : found.notes)
        say(stderr, note + "\n");
    if (!quiet)
        tell(found, pricing, plan, folder);
    if (const auto earlier = arguments.value("against"))
        say(stderr, told_against(device, best, folder, *earlier, interrupt.stop()));
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
                    {"against", "DIR", "of an earlier calibration: how far its cost model is from this one"},
                    {"anyway", nullptr, "also on a machine that is busy"},
                    kFormat,
                    kPluginPath,
                    kQuiet},
        .run = calibrate};
}

}  // namespace espalier::app
