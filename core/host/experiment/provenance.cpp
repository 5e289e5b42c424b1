// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/provenance.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/measuring.hpp"
#include "espalier/sdk/cost_table.hpp"

#include "host/plugins/stamp.hpp"

namespace espalier::host {

CostTableHeader header_of(const MeasuringConditions& conditions, std::string device)
{
    return {.device = std::move(device),
            .processor = conditions.processor,
            .threads = conditions.threads,
            .batch = conditions.batch,
            .precision = conditions.precision,
            .runtime = conditions.runtime};
}

std::map<std::string, std::string> measuring(const Components& parts)
{
    std::map<std::string, std::string> all;
    for (const auto& [file, hash] : parts.file_hashes)
        try {
            if (const std::optional<CostTableHeader> header = cost_table_header(file))
                all.emplace(file, summary(*header));
        } catch (const Error&) {  // no file, or none of text: whoever reads it says so
        }
    const auto add = [&all](const auto& part) {
        const auto* const itself = dynamic_cast<const Measuring*>(part.component.get());
        if (itself == nullptr || !part->measures())
            return;
        if (const MeasuringConditions known = itself->conditions(); known != MeasuringConditions{})
            all.emplace(part.who(), summary(header_of(known, "")));
    };
    if (parts.evaluator)
        add(parts.evaluator);
    std::ranges::for_each(parts.costs, add);
    std::ranges::for_each(parts.verifiers, add);
    return all;
}

Provenance provenance(const Experiment& experiment, const Components& parts, const PluginHost& host)
{
    Provenance result{{"espalier.stamp", host_stamp()},
                      {"execution.device", fmt::format("{}", fmt::join(experiment.execution.devices, ", "))},
                      {"execution.replicas", std::to_string(experiment.replicas)},
                      {"execution.threads", std::to_string(experiment.execution.threads)}};
    for (const auto& [file, hash] : parts.file_hashes)
        result.emplace("file." + file, hash);
    for (const auto& [who, how] : measuring(parts))
        result.emplace(kMeasured + who, how);
    for (const CatalogPlugin* plugin : host.loaded()) {
        result.emplace(fmt::format("plugin.{}.build", plugin->name), plugin->build);
        result.emplace(fmt::format("plugin.{}.version", plugin->name), plugin->version);
    }
    return result;
}

namespace {

/// The middle of "plugin.<middle>.build", or empty.
std::string between(const std::string& name, const std::string& before, const std::string& after)
{
    if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
        return "";
    return name.substr(before.size(), name.size() - before.size() - after.size());
}

/// Empty: told by another one.
std::string sentence(const std::string& name, const Provenance& old, const Provenance& current)
{
    const std::string &then = old.at(name), &now = current.at(name);
    if (const std::string file = between(name, "file.", ""); !file.empty())
        return now == "absent" ? fmt::format("the data file {} is no longer there", file)
                               : fmt::format("the data file {} has other contents than at the time of the run", file);
    if (const std::string plugin = between(name, "plugin.", ".version"); !plugin.empty())
        return fmt::format("plug-in {} is version {} now and was {} in the run", plugin, now, then);
    if (const std::string plugin = between(name, "plugin.", ".build"); !plugin.empty()) {
        const auto before = old.find("plugin." + plugin + ".version"),
                   after = current.find("plugin." + plugin + ".version");
        const bool other_version = before != old.end() && after != current.end() && before->second != after->second;
        return other_version ? "" : fmt::format("plug-in {} has been built anew since the run", plugin);
    }
    if (const std::string who = between(name, kMeasured, ""); old.contains("file." + who))
        return "";  // it is another file
    else if (!who.empty())
        return fmt::format("{} measures on {} now and did on {} in the run", who, now, then);
    if (name == "espalier.stamp")
        return fmt::format("Espalier is another build: {} now, {} in the run", now, then);
    return fmt::format("{} is {} now and was {} in the run", name, now, then);
}

}  // namespace

std::vector<std::string> provenance_changes(const Provenance& then, const Provenance& now)
{
    std::vector<std::string> sentences;
    for (const bool files : {true, false})
        for (const auto& [name, value] : then) {
            const auto current = now.find(name);
            if (name.starts_with("file.") != files || current == now.end() || current->second == value)
                continue;
            if (std::string told = sentence(name, then, now); !told.empty())
                sentences.push_back(std::move(told));
        }
    return sentences;
}

}  // namespace espalier::host
