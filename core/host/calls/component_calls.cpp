// SPDX-License-Identifier: Apache-2.0
#include "host/calls/component_calls.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

namespace espalier::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kTimeOut = "time-out after ";
// A component that has not come back by this many times its limit never will.
constexpr double kPatience = 10;

Clock::duration seconds(double count)
{
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

std::string hash_text(std::string_view text)
{
    return fmt::format("{:016x}", stable_hash(text));
}

/// As a person writes it.
std::string text(const Candidate& candidate)
{
    return candidate.space() != nullptr ? candidate.space()->text(candidate.architecture()) : "a single operator";
}

/// An answer that claims success has numbers.
void refuse_nan(Evaluation& answer)
{
    for (const auto& [metric, value] : answer.metrics)
        if (answer.ok() && std::isnan(value)) {
            answer.status = Status::failed;
            answer.reason = fmt::format("metric {} is not a number", metric);
        }
    if (answer.status == Status::failed)
        answer.metrics.clear();
}

}  // namespace

bool timed_out(const Evaluation& answer)
{
    return answer.status == Status::failed && answer.reason.starts_with(kTimeOut);
}

/// What the component sees of one call. Its notes are kept until the answer is recorded.
class ComponentCalls::Call final : public Context {
public:
    Call(ComponentCalls& calls, const Taught& taught, const std::string& key, std::size_t row)
        : calls_{calls},
          taught_{taught},
          key_{key},
          row_{row},
          limit_s_{taught.limited ? calls.experiment_.timeout_s : 0}
    {
    }

    void start()
    {
        if (limit_s_ > 0)
            deadline_ = Clock::now() + seconds(limit_s_);
    }
    bool overdue() const { return limit_s_ > 0 && Clock::now() > deadline_; }
    double limit_s() const { return limit_s_; }
    std::size_t row() const { return row_; }

    bool stopped() const override
    {
        if (calls_.stopped() || overdue())
            told_ = true;
        return told_;
    }
    bool told() const { return told_; }

    void note(std::string_view series, double value) override
    {
        {
            const std::lock_guard guard(mutex_);
            notes_.push_back({std::string(series), value, NotedValue::Source::component, row_});
        }
        calls_.observer_.noted(series, value);
    }
    const std::vector<NotedValue>& notes() const { return notes_; }

    void phase(std::string_view name, Phase& work) override
    {
        const std::string learnt =
            taught_.shareable ? taught_.history : fmt::format("{} {}", taught_.history, taught_.generation);
        const std::string place = fmt::format("{}\n{}\n{}", taught_.fingerprint, learnt, key_);
        PhaseIdentity identity;
        identity.name = fmt::format("{}/{}/{}", taught_.role, hash_text(place), name);
        identity.stream = fmt::format("{}/{}", name, key_);
        identity.seed = taught_.component->seed();
        identity.component = taught_.fingerprint;
        if (taught_.shareable)
            identity.history = hash_text(fmt::format("candidate\n{}\n{}", place, name));
        calls_.phases_.run(identity, work, {[this] { return stopped(); }, device(), row_});
    }

    std::string device() const override { return calls_.experiment_.execution.device; }

private:
    ComponentCalls& calls_;
    const Taught& taught_;
    const std::string& key_;
    std::size_t row_;
    double limit_s_;
    Clock::time_point deadline_;
    mutable std::atomic<bool> told_ = false;
    std::mutex mutex_;
    std::vector<NotedValue> notes_;
};

ComponentCalls::ComponentCalls(const Experiment& experiment, RunStore* store, PhaseRunner& phases, Observer& observer,
                               const std::atomic<bool>& stop)
    : experiment_{experiment},
      store_{store},
      phases_{phases},
      observer_{observer},
      stop_{stop},
      watchdog_{seconds(kPatience * experiment.timeout_s)}
{
}

Evaluation ComponentCalls::ask(const Taught& taught, const Candidate& candidate, const std::string& key,
                               std::size_t row)
{
    for (int tries = experiment_.on_failure == OnFailure::retry ? experiment_.retries : 0;; --tries) {
        if (stopped())
            throw Stopped{};
        Call call(*this, taught, key, row);
        Evaluation answer = attempt(taught, candidate, key, call);
        const bool failed = answer.status == Status::failed;
        if (failed && tries > 0 && !timed_out(answer))
            continue;
        if (failed && experiment_.on_failure == OnFailure::abort && taught.abortable)
            throw Error(fmt::format("{} '{}' failed for {}: {} (on_failure: abort).", taught.role, taught.name,
                                    text(candidate), answer.reason));
        record(taught, key, answer, call);
        return answer;
    }
}

Evaluation ComponentCalls::attempt(const Taught& taught, const Candidate& candidate, const std::string& key, Call& call)
{
    std::shared_lock together(machine_, std::defer_lock);
    std::unique_lock alone(machine_, std::defer_lock);
    if (taught.component->measures())
        alone.lock();
    else
        together.lock();
    std::optional<Watchdog::Watch> watch;
    if (call.limit_s() > 0)
        watch.emplace(watchdog_, [&, limit_s = call.limit_s()] {
            // The component will not come back, but its failure can be kept, so that the resumed run goes on behind it.
            const std::string reason =
                fmt::format("{}{} s, ignored by {} '{}'", kTimeOut, limit_s, taught.role, taught.name);
            if (store_ != nullptr) {
                store_->append({taught.fingerprint, key, taught.generation, failed({}, reason)});
                store_->set_state(RunState::failed);
            }
            std::fprintf(stderr,
                         "%s '%s' ignores its time-out of %g s since %g s (candidate %s); the run ends here and can "
                         "be resumed\n",
                         taught.role.c_str(), taught.name.c_str(), limit_s, kPatience * limit_s,
                         text(candidate).c_str());
            std::_Exit(1);
        });
    call.start();
    Evaluation answer;
    try {
        std::vector<Evaluation> answers = taught.component->evaluate({&candidate, 1}, call);
        if (answers.size() != 1)
            throw Error(fmt::format("gave {} evaluations for 1 candidate.", answers.size()));
        answer = std::move(answers.front());
    } catch (const Error& error) {
        if (stopped())  // what a component says when it is cut short is no verdict
            throw Stopped{};
        throw Error(fmt::format("{} '{}': {}", taught.role, taught.name, error.what()));
    } catch (const Stopped&) {
        answer = failed({}, "stopped");
    } catch (const std::exception& error) {
        answer = failed({}, error.what());
    }
    const bool late = call.overdue();
    if (stopped() && (call.told() || !answer.ok()))
        throw Stopped{};
    answer.architecture.choices.clear();
    if (late)
        return failed({}, fmt::format("{}{} s", kTimeOut, call.limit_s()));
    refuse_nan(answer);
    return answer;
}

void ComponentCalls::record(const Taught& taught, const std::string& key, const Evaluation& answer, Call& call)
{
    if (store_ == nullptr)
        return;
    if (taught.recorded)
        store_->append({taught.fingerprint, key, taught.generation, answer}, call.notes());
    if (taught.component->measures())
        store_->commit();
}

}  // namespace espalier::host
