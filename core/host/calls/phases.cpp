// SPDX-License-Identifier: Apache-2.0
#include "host/calls/phases.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "host/calls/other_runs.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::host {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& phase)
{
    return "phases/" + file_name_of(phase);
}

/// What one step sees. Its notes are kept until it is saved, so that a step made twice is noted once.
class StepContext final : public Context {
public:
    StepContext(PhaseRunner& runner, const PhaseIdentity& identity, std::size_t step, const Surroundings& around,
                Observer& observer)
        : runner_{runner}, identity_{identity}, step_{step}, around_{around}, observer_{observer}
    {
    }

    bool stopped() const override
    {
        if (around_.stopped())
            told_ = true;
        return told_;
    }

    void note(std::string_view series, double value) override
    {
        {
            const std::lock_guard guard(mutex_);
            notes_.push_back({std::string(series), value, NotedValue::Source::phase, around_.row});
        }
        observer_.noted(series, value);
    }

    void phase(std::string_view name, Phase& work) override
    {
        PhaseIdentity inner = identity_;
        inner.name += fmt::format("/{}/{}", step_, name);
        inner.stream += fmt::format("/{}/{}", step_, name);
        inner.history.clear();
        runner_.run(inner, work, {[this] { return stopped(); }, around_.device, around_.row});
    }

    std::string device() const override { return around_.device; }

    bool told() const { return told_; }  ///< the step knows that it is to stop: it may be half done
    std::vector<NotedValue>& notes() { return notes_; }

private:
    PhaseRunner& runner_;
    const PhaseIdentity& identity_;
    std::size_t step_;
    const Surroundings& around_;
    Observer& observer_;
    mutable std::atomic<bool> told_ = false;
    std::mutex mutex_;
    std::vector<NotedValue> notes_;
};

/// Removes what an interrupted save or a crash between two checkpoints left.
void remove_all_but(const fs::path& folder, const fs::path& kept)
{
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
        if (entry.path().filename() != kept)
            fs::remove_all(entry.path(), error);
}

}  // namespace

std::string PhaseNames::unique(std::string_view name)
{
    const int times = ++times_[std::string(name)];
    return times == 1 ? std::string(name) : fmt::format("{} ({})", name, times);
}

PhaseRunner::PhaseRunner(RunStore* store, const OtherRuns& others, Observer& observer)
    : store_{store}, others_{others}, observer_{observer}
{
    if (store_ == nullptr)
        return;
    for (StoredPhase& phase : store_->phases())
        phases_.emplace(phase.name, std::move(phase));
}

void PhaseRunner::run(const PhaseIdentity& identity, Phase& work, const Surroundings& around)
{
    std::size_t index = 0;
    if (const std::optional<StoredPhase> before = saved(identity)) {
        load(work, *before, store_->directory());
        if (before->finished)
            return;
        index = before->steps;
    } else if (const FoundPhase* found = others_.phase(identity); found != nullptr && store_ == nullptr) {
        load(work, found->phase, found->directory);
        return;
    }
    std::vector<NotedValue> notes;  // of the steps since the last save
    for (bool more = true; more; ++index) {
        if (around.stopped())
            throw Stopped{};
        StepContext context(*this, identity, index, around, observer_);
        Phase::Step step{index, Rng(identity.seed, fmt::format("phase/{}/{}", identity.stream, index)), context};
        try {
            more = work.step(step);
        } catch (const std::exception&) {
            if (context.told())  // what it says when it is cut short is no verdict
                throw Stopped{};
            throw;
        }
        if (context.told())
            throw Stopped{};
        std::ranges::move(context.notes(), std::back_inserter(notes));
        if (store_ != nullptr && (!more || work.worth_saving(index) || around.stopped())) {
            save(identity, work, index + 1, !more, notes);
            notes.clear();
        }
        observer_.phase(identity.name, index + 1, work.steps());
    }
    observer_.phase_ended(identity.name);
}

bool PhaseRunner::has(const std::string& name)
{
    const std::lock_guard guard(mutex_);
    return phases_.contains(name);
}

std::optional<StoredPhase> PhaseRunner::saved(const PhaseIdentity& identity)
{
    if (store_ == nullptr)
        return std::nullopt;
    const fs::path folder = store_->directory() / folder_of(identity.name);
    {
        const std::lock_guard guard(mutex_);
        if (const auto found = phases_.find(identity.name); found != phases_.end()) {
            remove_all_but(folder, fs::path(found->second.checkpoint).filename());
            return found->second;
        }
    }
    remove_all_but(folder, {});
    const FoundPhase* found = others_.phase(identity);
    if (found == nullptr)
        return std::nullopt;
    StoredPhase taken = found->phase;
    taken.name = identity.name;
    taken.generation = identity.generation;
    taken.checkpoint = folder_of(identity.name) + fmt::format("/step-{}", taken.steps);
    write_folder(store_->directory() / taken.checkpoint, [&](const std::string& empty) {
        fs::copy(found->directory / found->phase.checkpoint, empty, fs::copy_options::recursive);
        return true;
    });
    store_->set_phase(taken, {});
    observer_.message(fmt::format("phase {}: taken over from {}", identity.name, found->directory.string()));
    const std::lock_guard guard(mutex_);
    return phases_[taken.name] = taken;
}

StoredPhase PhaseRunner::save(const PhaseIdentity& identity, const Phase& work, std::size_t steps, bool finished,
                              std::span<const NotedValue> notes)
{
    StoredPhase now{identity.name,
                    identity.component,
                    identity.history,
                    identity.generation,
                    steps,
                    finished,
                    folder_of(identity.name) + fmt::format("/step-{}", steps)};
    const fs::path checkpoint = store_->directory() / now.checkpoint;
    write_folder(checkpoint, [&](const std::string& empty) { return work.save(empty), true; });
    store_->set_phase(now, notes);
    remove_all_but(checkpoint.parent_path(), checkpoint.filename());
    const std::lock_guard guard(mutex_);
    return phases_[now.name] = now;
}

void PhaseRunner::load(Phase& work, const StoredPhase& phase, const fs::path& directory) const
{
    try {
        work.load((directory / phase.checkpoint).string());
    } catch (const std::exception& error) {
        throw Error(fmt::format("phase '{}' cannot go on from {}: {}", phase.name,
                                (directory / phase.checkpoint).string(), error.what()));
    }
}

}  // namespace espalier::host
