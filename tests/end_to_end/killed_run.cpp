// SPDX-License-Identifier: Apache-2.0
#include "killed_run.hpp"

#include <chrono>
#include <csignal>
#include <thread>

#include <fmt/format.h>
#include <sys/wait.h>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "host/store/store.hpp"

using espalier::host::RunStore;
using espalier::host::StoredPhase;

Progress progress(const std::filesystem::path& run)
{
    Progress now;
    if (!std::filesystem::exists(run / "run.db"))
        return now;
    try {
        const RunStore store = RunStore::read_only(run);
        now.evaluations = store.evaluations();
        for (const StoredPhase& phase : store.phases())
            if (phase.name.starts_with("evaluator"))
                now.reference += phase.steps;
            else if (phase.name.starts_with("final"))
                now.final += phase.steps;
            else if (phase.name.starts_with("strategy"))
                now.strategy += phase.steps;
    } catch (const espalier::Error&) {
        // just being made
    }
    return now;
}

std::string Tally::text() const
{
    return fmt::format(
        "{} kills within 5-95 % of the work: {} in the reference set, {} in the search, {} in `final`; {} of "
        "all inside a save",
        kills, in_reference, in_search, in_final, in_save);
}

KilledRun::KilledRun(const Shell& shell, std::string experiment, std::string run, std::size_t all)
    : shell_{shell}, experiment_{std::move(experiment)}, run_{std::move(run)}, all_{all}
{
}

void KilledRun::kill_at(Part part, std::size_t step)
{
    const std::size_t least = std::max(step, progress(directory()).*part + 1);
    kill_when([=](const Progress& now) { return now.*part >= least; }, false);
}

void KilledRun::kill_in_save(Part part, std::size_t step)
{
    const std::size_t least = std::max(step, progress(directory()).*part + 1);
    kill_when([=](const Progress& now) { return now.*part >= least; }, true);
}

void KilledRun::kill_when(const std::function<bool(const Progress&)>& moment, bool in_save)
{
    const pid_t child = shell_.start(arguments());
    int status = 0;
    for (bool reached = false; waitpid(child, &status, WNOHANG) == 0;) {
        reached = reached || moment(progress(directory()));
        if (!reached)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        else if (!in_save || stopped_in_save(child)) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            break;
        }
    }
    INFO(shell_.read(".err"));
    if (!WIFSIGNALED(status))  // it was faster than we looked, on a busy machine: no kill to be counted
        CHECK(WEXITSTATUS(status) == 0);
    const Progress then = progress(directory());
    const double share = static_cast<double>(then.work()) / static_cast<double>(all_);
    if (!WIFSIGNALED(status) || share < 0.05 || share > 0.95)
        return;
    ++tally_.kills;
    ++(then.final > 0 ? tally_.in_final : then.evaluations > 0 ? tally_.in_search : tally_.in_reference);
    tally_.in_save += saving() ? 1 : 0;
}

int KilledRun::finish()
{
    const Outcome outcome = shell_.espalier(arguments());
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    return outcome.status;
}

std::string KilledRun::arguments() const
{
    return std::filesystem::exists(directory()) ? "resume " + run_ + " --quiet"
                                                : "run " + experiment_ + " --quiet --out " + run_;
}

bool KilledRun::stopped_in_save(pid_t child) const
{
    if (!saving())
        return false;
    int status = 0;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    if (saving())
        return true;
    kill(child, SIGCONT);
    return false;
}

bool KilledRun::saving() const
{
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(directory() / "phases", error), end; entry != end;
         entry.increment(error)) {
        if (error)
            return false;
        if (entry->path().filename().string().starts_with(".saving-"))
            return true;
    }
    return false;
}
