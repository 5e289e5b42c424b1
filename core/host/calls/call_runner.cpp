// SPDX-License-Identifier: Apache-2.0
#include "host/calls/call_runner.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/report/text.hpp"
#include "espalier/rng.hpp"
#include "espalier/run_log.hpp"

#include "host/calls/in_plugin.hpp"
#include "host/plugins/call_memory.hpp"

namespace espalier::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kTimeOut = "time-out after ";
// A component that has not come back by this many times its limit never will.
constexpr double kPatience = 10;      // times the limit
constexpr double kLeastPatience = 1;  // in seconds; a first call may read a file

Clock::duration seconds(double count)
{
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

std::string hash_text(std::string_view text)
{
    return fmt::format("{:016x}", stable_hash(text));
}

AskedAbout about(const Task& task)
{
    const Candidate& first = task.candidates.front();
    AskedAbout asked{task.role, task.learnt->round, task.candidates.size(), task.keys.front(), {}};
    if (first.space() != nullptr)
        asked.choices = first.architecture().choices;
    return asked;
}

}  // namespace

std::string time_out(double limit_s)
{
    return fmt::format("{}{} s", kTimeOut, limit_s);
}

bool timed_out(const Evaluation& answer)
{
    return answer.status == Status::failed && answer.reason.starts_with(kTimeOut);
}

/// What the component sees of one call. Its notes are kept until the answer is recorded.
class CallRunner::Call final : public Context, public RunLog {
public:
    Call(CallRunner& runner, const Called& called, const Task& task, const std::string& device)
        : runner_{runner}, called_{called}, task_{task}, device_{device}
    {
    }

    void start()
    {
        if (task_.limit_s > 0)
            deadline_ = Clock::now() + seconds(task_.limit_s);
    }
    bool overdue() const { return task_.limit_s > 0 && Clock::now() > deadline_; }

    bool stopped() const override
    {
        if (runner_.stopped() || overdue())
            told_ = true;
        return told_;
    }
    bool told() const { return told_; }

    void note(std::string_view series, double value) override
    {
        {
            const std::lock_guard guard(mutex_);
            notes_.push_back({std::string(series), value, NotedValue::Source::component, task_.row});
        }
        runner_.observer_.noted(series, value);
    }
    std::vector<NotedValue> take_notes() { return std::move(notes_); }

    void phase(std::string_view name, Phase& work) override
    {
        if (task_.keys.size() != 1)
            throw Error("long work belongs to one candidate: who does it must not ask for several at once.");
        const auto& [round, history, shareable, region] = *task_.learnt;
        const std::string place =
            fmt::format("{}\n{}\n{}", called_.fingerprint, shareable ? history : fmt::format("{} {}", history, round),
                        task_.keys[0]);
        PhaseIdentity identity;
        identity.name = fmt::format("{}/{}/{}", called_.role, hash_text(place), name);
        identity.stream = fmt::format("{}/{}", name, task_.keys[0]);
        identity.seed = called_.component->seed();
        identity.component = called_.fingerprint;
        if (shareable)
            identity.history = hash_text(fmt::format("candidate\n{}\n{}", place, name));
        runner_.phases_.run(identity, work, {[this] { return stopped(); }, device_, task_.row});
    }

    std::string device() const override { return device_; }
    void log(std::string_view line) override { runner_.log(called_, line); }
    void warn(std::string_view line) override
    {
        log(fmt::format("warning: {}", line));
        runner_.observer_.message(fmt::format("{}: {}", called_.text, report::printable(line)));
    }

private:
    CallRunner& runner_;
    const Called& called_;
    const Task& task_;
    const std::string& device_;
    Clock::time_point deadline_;
    mutable std::atomic<bool> told_ = false;
    std::mutex mutex_;
    std::vector<NotedValue> notes_;
};

CallRunner::CallRunner(const Components& components, PhaseRunner& phases, Observer& observer,
                       const std::atomic<bool>& stop, std::filesystem::path logs, Overdue overdue)
    : phases_{phases},
      observer_{observer},
      stop_{stop},
      logs_{std::move(logs)},
      overdue_{std::move(overdue)},
      file_{::open("/dev/null", O_RDONLY | O_CLOEXEC)}
{
    const auto add = [&](const auto& part) {
        in_plugin(part.who(), "is asked what it gives", [&] {
            called_.push_back({part.component.get(), part.role, part.fingerprint,
                               fmt::format("{} '{}'", part.role, part.name), part.who(), part->metrics(),
                               part->measures()});
        });
        std::ranges::sort(called_.back().metrics);
    };
    if (components.evaluator)
        add(components.evaluator);
    std::ranges::for_each(components.costs, add);
    std::ranges::for_each(components.finals, add);
    std::ranges::for_each(components.verifiers, add);
}

CallRunner::~CallRunner()
{
    ::close(file_);
}

/// What is lost of it where the disk is full is no reason to end a run.
void CallRunner::log(const Called& who, std::string_view line)
{
    const std::string text = report::printable(line) + "\n";
    const std::lock_guard guard(logging_);
    if (logs_.empty()) {
        std::fputs((who.text + ": " + text).c_str(), stderr);
        return;
    }
    std::string name = who.role;
    std::ranges::replace(name, ' ', '_');
    // opened each time: what stays open may be closed by a plug-in, and its number be the database's then
    std::ofstream file(logs_ / (name + ".log"), std::ios::app);
    if (!file) {
        std::error_code none;
        std::filesystem::create_directories(logs_, none);
        file.open(logs_ / (name + ".log"), std::ios::app);
    }
    file << text;
}

const CallRunner::Called& CallRunner::called(const std::string& role) const
{
    return *std::ranges::find(called_, role, &Called::role);
}

Answer CallRunner::carry_out(const Task& task, const std::string& device)
{
    if (stopped())
        return {Answer::Kind::stopped};
    const Called& who = called(task.role);
    Call call(*this, who, task, device);
    const Clock::time_point begin = Clock::now();
    Answer answer = attempt(who, task, call);
    answer.took = Clock::now() - begin;
    answer.notes = call.take_notes();
    return answer;
}

/// Who does not come back: `asked`, or a component within it.
std::string CallRunner::hanging(const Called& asked, const CallSlot* slot)
{
    const std::string_view innermost = slot != nullptr ? innermost_call(*slot).who : "";
    return innermost.empty() || innermost == asked.who ? asked.text : report::printable(innermost);
}

Answer CallRunner::attempt(const Called& who, const Task& task, Call& call)
{
    std::shared_lock together(machine_, std::defer_lock);
    std::unique_lock alone(machine_, std::defer_lock);
    if (who.measures)
        alone.lock();
    else
        together.lock();
    std::optional<Watchdog::Watch> watch;
    if (task.limit_s > 0)
        watch.emplace(watchdog_, seconds(std::max(kPatience * task.limit_s, kLeastPatience)),
                      [&, slot = slot_of_this_thread()] { overdue_(task, who.fingerprint, hanging(who, slot)); });
    call.start();
    Answer answer;
    std::optional<std::string> failure;
    bool lacking = false;
    try {
        const PluginCall under_way(who.who, "is asked about", about(task));
        answer.evaluations = who.component->evaluate(task.candidates, call);
        if (answer.evaluations.size() != task.candidates.size())
            throw Error(fmt::format("gave {} evaluations for {} candidates.", answer.evaluations.size(),
                                    task.candidates.size()));
    } catch (const Error& error) {
        if (stopped())  // what a component says when it is cut short is no verdict
            return {Answer::Kind::stopped};
        if (!call.overdue())  // nor when its time is over
            return {Answer::Kind::impossible, {}, {}, fmt::format("{}: {}", who.text, error.what())};
        failure = error.what();
    } catch (const Stopped&) {
        failure = "stopped";
    } catch (...) {
        failure = thrown();
        lacking = machine_lacks_something();
    }
    if (::fcntl(file_, F_GETFD) < 0)
        return {Answer::Kind::impossible,
                {},
                {},
                who.text + ": files of the command were closed while it was asked; this is a mistake in a plug-in."};
    const bool late = call.overdue();
    if (stopped() && (call.told() || failure || !std::ranges::all_of(answer.evaluations, &Evaluation::ok)))
        return {Answer::Kind::stopped};
    if (late)
        failure = time_out(task.limit_s);
    if (failure && task.candidates.size() > 1)
        return {Answer::Kind::apart};
    if (lacking)
        return {Answer::Kind::impossible, {}, {}, fmt::format("{}: {}", who.text, *failure)};
    if (failure)
        answer.evaluations = {failed({}, *failure)};
    try {
        for (Evaluation& evaluation : answer.evaluations) {
            check(who, evaluation);
            evaluation.reason = report::printable(evaluation.reason);
        }
    } catch (const Error& error) {
        return {Answer::Kind::impossible, {}, {}, fmt::format("{}: {}", who.text, error.what())};
    }
    return answer;
}

/// An answer has the metrics that the component declares, and those that claim success are numbers. @throws Error if it
/// could not be understood: the mistake is the plug-in's, whoever is asked about.
void CallRunner::check(const Called& who, Evaluation& answer)
{
    answer.architecture.choices.clear();
    if (answer.status != Status::ok && answer.status != Status::failed)
        throw Error(fmt::format(
            "answers with the status {}, an evaluation is ok ({}) or failed ({}); this is a mistake in "
            "the plug-in.",
            static_cast<int>(answer.status), static_cast<int>(Status::ok), static_cast<int>(Status::failed)));
    const auto fail = [&](std::string reason) {
        answer.status = Status::failed;
        answer.reason = std::move(reason);
    };
    auto given = answer.metrics.begin();
    for (const std::string& metric : who.metrics) {
        if (!answer.ok())
            break;
        if (given == answer.metrics.end() || given->first > metric)
            fail(fmt::format("metric {} is missing", metric));
        else if (given->first == metric && std::isnan(given->second))
            fail(fmt::format("metric {} is not a number", metric));
        else if (given->first == metric)
            ++given;
        else
            break;
    }
    if (answer.ok() && given != answer.metrics.end())
        throw Error(fmt::format(
            "gives the metric '{}', which it does not declare (it declares {}); this is a mistake in the plug-in.",
            given->first, fmt::join(who.metrics, ", ")));
    if (!answer.ok())
        answer.metrics.clear();
}

bool CallRunner::save(const Task& task, const std::string& folder, const std::string& device)
{
    const Called& who = called(task.role);
    Call call(*this, who, task, device);
    const std::shared_lock together(machine_);
    try {
        const PluginCall under_way(who.who, "saves what it has learnt");
        return who.component->save(task.candidates.front(), folder, call);
    } catch (const Stopped&) {
        throw;
    } catch (...) {
        if (stopped())
            throw Stopped{};
        throw Error(thrown());
    }
}

}  // namespace espalier::host
