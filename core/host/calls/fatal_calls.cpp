// SPDX-License-Identifier: Apache-2.0
#include "host/calls/fatal_calls.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "espalier/candidate.hpp"
#include "espalier/search_space.hpp"

#include "host/experiment/told_apart.hpp"
#include "host/plugins/plugin_call.hpp"

namespace espalier::host {
namespace {

std::string provenance_of(const std::string& role)
{
    return "asked alone: " + role;
}

std::optional<std::string> fingerprint_of(const Components& parts, const std::string& role)
{
    if (parts.evaluator && parts.evaluator.role == role)
        return parts.evaluator.fingerprint;
    for (const std::vector<Part<CostModel>>* costs : {&parts.costs, &parts.verifiers})
        for (const Part<CostModel>& cost : *costs)
            if (cost.role == role)
                return cost.fingerprint;
    for (const Part<Evaluator>& final : parts.finals)
        if (final.role == role)
            return final.fingerprint;
    return std::nullopt;
}

/// "is asked about 0,1,1", as the space writes it.
std::string told(const EndedCall& call, const SearchSpace& space)
{
    const Architecture architecture{call.choices};
    const std::string whom = !fits(architecture, space.decisions()) ? call.key : space.text(architecture);
    return fmt::format("{}{}{}", call.doing, whom.empty() ? "" : " ", whom) +
           (call.candidates > 1 ? fmt::format(" and {} others", call.candidates - 1) : "");
}

/// "; building its network alone ends ...": a space is not named when a component asks it. Empty: that is not why.
std::string ended_in_space(const EndedCall& call, const Part<SearchSpace>& space)
{
    const Architecture architecture{call.choices};
    if (!fits(architecture, space->decisions()))
        return "";
    const auto build = [&] {
        Candidate(*space, architecture).network();
        return std::string("built");
    };
    return told_apart(build, std::chrono::seconds(10)).empty()
               ? fmt::format("; building its network alone does not come back either, so the mistake is in {}",
                             space.who())
               : "";
}

/// What becomes of the only candidate that ended the process.
std::string settle(const EndedCall& call, const Experiment& experiment, const Components& parts, RunStore& store)
{
    const std::optional<std::string> fingerprint = fingerprint_of(parts, call.role);
    if (!fingerprint)
        return "it is asked again";
    if (experiment.on_failure == OnFailure::abort)
        return "it is asked again (on_failure: abort)";
    const std::string before = fmt::format("ended the process: {} {} {}", *fingerprint, call.round, call.key);
    if (!store.provenance(before)) {
        store.set_provenance(before, call.how);
        store.commit();
        return "it is asked once more";
    }
    store.append({*fingerprint, call.key, call.round, failed({}, fmt::format("{} {}, twice", call.who, call.how))});
    store.commit();
    return "that was the second time: recorded as failed";
}

}  // namespace

std::filesystem::path calls_file(const RunStore& store)
{
    return store.directory() / "calls";
}

void settle_fatal_calls(const Experiment& experiment, const Components& parts, RunStore& store, Observer& observer)
{
    const std::vector<EndedCall> calls = ended_calls(calls_file(store));
    std::error_code ignored;
    std::filesystem::remove(calls_file(store), ignored);  // before it is settled: nothing may count twice
    std::vector<EndedCall> fatal, asked;
    for (const EndedCall& call : calls) {
        if (!call.how.empty())
            fatal.push_back(call);
        if (!call.how.empty() && call.candidates > 0)
            asked.push_back(call);
    }
    if (!asked.empty())
        fatal = asked;  // whoever waited for them is not to be blamed
    if (asked.size() > 1)
        ask_alone(store, "", "a worker ended the process");
    for (const EndedCall& call : fatal) {
        std::string settled = "it is asked again", where;
        if (asked.size() == 1 && call.candidates == 1) {
            where = ended_in_space(call, parts.space);
            settled = settle(call, experiment, parts, store);
        } else if (asked.size() > 1)
            settled = "one worker asks from now on, to find out which of several it is";
        else if (call.candidates > 1) {
            ask_alone(store, call.role, "a batch ended the process");
            settled = "they are asked about one at a time from now on";
        }
        observer.message(fmt::format("{} ended the run: it {} when it {}{}; {}", call.who, call.how,
                                     told(call, *parts.space), where, settled));
    }
    if (!fatal.empty())
        return;
    if (const auto asked_last = std::ranges::find_if(calls, [](const EndedCall& call) { return call.candidates > 0; });
        asked_last != calls.end())
        observer.message(fmt::format("the run was ended from outside while {} {}", asked_last->who,
                                     told(*asked_last, *parts.space)));
}

bool asked_alone(const RunStore& store, const std::string& role)
{
    return store.provenance(provenance_of(role)).has_value();
}

void ask_alone(RunStore& store, const std::string& role, const std::string& why)
{
    store.set_provenance(provenance_of(role), why);
    store.commit();
}

}  // namespace espalier::host
