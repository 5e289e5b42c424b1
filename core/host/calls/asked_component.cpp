// SPDX-License-Identifier: Apache-2.0
#include "host/calls/asked_component.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/report/text.hpp"
#include "espalier/search_space.hpp"

#include "host/calls/fatal_calls.hpp"
#include "host/calls/in_plugin.hpp"

namespace espalier::host {
namespace {

/// A price is computed anew rather than kept when so many others, twice at most, were asked for since.
constexpr std::size_t kKeptPrices = 65'536;

std::string text(const Region& region)
{
    std::string result;
    for (std::size_t d = 0; d < region.decisions(); ++d)
        result += fmt::format("{};", fmt::join(region.options(d), ","));
    return result;
}

/// As a person writes it.
std::string text(const Candidate& candidate)
{
    return candidate.space() != nullptr ? candidate.space()->text(candidate.architecture()) : "a single operator";
}

}  // namespace

void give_up(RunStore* store, const Task& task, const std::string& fingerprint, const std::string& who)
{
    std::string candidates;
    for (const Candidate& candidate : task.candidates)
        candidates += (candidates.empty() ? "" : "; ") + text(candidate);
    if (store != nullptr) {
        if (task.keys.size() > 1)
            ask_alone(*store, task.role, "a batch ignored its time-out");
        else
            store->append({fingerprint, task.keys[0], task.learnt->round,
                           failed({}, fmt::format("{}, ignored by {}", time_out(task.limit_s), who))});
        store->set_state(RunState::failed);
    }
    fmt::print(stderr, "{} ignores its time-out of {} s (candidate {}); the {} ends here{}\n", who, task.limit_s,
               report::printable(candidates), store != nullptr ? "run" : "command",
               store != nullptr ? " and can be resumed" : "");
    blame_no_call();
    std::_Exit(1);
}

AskedComponent::AskedComponent(ComponentInRun self, RunServices& services) : self_{std::move(self)}, services_{services}
{
    if (services.store != nullptr && asked_alone(*services.store, self_.role))
        self_.batch = 1;
}

std::string AskedComponent::key(const Candidate& candidate) const
{
    return in_plugin(self_.who, "is asked for a key", [&] { return self_.component->key(candidate); });
}

void AskedComponent::remember(const StoredResult& result)
{
    Answers& ours = remembered_[result.generation];
    if (const std::uint32_t number = ours.number(result.key); !ours.answered(number))  // what was measured first holds
        ours.keep(number, result.evaluation);
}

void AskedComponent::make_ready()
{
    if (!std::exchange(learnt_, true) && trains())
        learn("training", Region(services_.space.decisions()), nullptr, 0);
}

void AskedComponent::forget_old_prices()
{
    if (!self_.recorded && running_.empty() && answers_.size() >= kKeptPrices)
        older_ = std::exchange(answers_, {});
}

std::uint32_t AskedComponent::known(const std::string& key)
{
    const std::uint32_t number = answers_.number(key);
    if (answers_.answered(number) || running_.contains(number))
        return number;
    if (const auto found = older_.find(key)) {
        answers_.keep(number, *found);
        return number;
    }
    const Learnt& learnt = *self_.learnt;
    if (const auto ours = remembered_.find(learnt.round); ours != remembered_.end())
        if (const auto found = ours->second.find(key)) {
            answers_.keep(number, *found);
            return number;
        }
    const OtherRuns::Results* theirs =
        learnt.shareable && self_.reusable ? services_.others.results(self_.fingerprint, learnt.history) : nullptr;
    if (theirs != nullptr)
        if (const auto found = theirs->find(key); found != theirs->end()) {
            ++taken_over_;
            answers_.keep(number, found->second);
            if (services_.store != nullptr)
                services_.store->append({self_.fingerprint, key, learnt.round, found->second});
        }
    return number;
}

std::uint32_t AskedComponent::start(const Candidate& candidate, const std::string& key, std::size_t row,
                                    Workers& workers)
{
    const std::uint32_t number = known(key);
    if (!answers_.answered(number) && running_.emplace(number, Running{tries(), ""}).second) {
        ++calls_;
        hold(candidate, key, row, workers);
    }
    return number;
}

void AskedComponent::hold(const Candidate& candidate, const std::string& key, std::size_t row, Workers& workers)
{
    if (held_.keys.empty())
        begin(held_, row);
    held_.candidates.push_back(candidate);
    held_.keys.push_back(key);
    if (held_.keys.size() == self_.batch)
        hand_over(workers);
}

void AskedComponent::hand_over(Workers& workers)
{
    if (held_.keys.empty())
        return;
    held_.limit_s *= static_cast<double>(held_.keys.size());
    workers.start(std::exchange(held_, {}));
}

void AskedComponent::record(const Task& task, Answer& answer) const
{
    for (std::size_t i = 0; i < answer.evaluations.size(); ++i)
        if (answer.evaluations[i].status != Status::failed)
            store(task, i, answer.evaluations[i], std::exchange(answer.notes, {}));
    if (services_.store != nullptr && self_.recorded && answer.took > RunStore::kRisked)
        services_.store->commit();
}

void AskedComponent::receive(const Task& task, Answer answer, Workers& workers)
{
    if (answer.kind == Answer::Kind::stopped)
        throw Stopped{};
    if (answer.kind == Answer::Kind::apart)
        hand_over(workers);
    for (std::size_t i = 0; i < task.keys.size(); ++i) {
        const std::uint32_t number = answers_.number(task.keys[i]);
        Running& running = running_.at(number);
        if (answer.kind == Answer::Kind::impossible) {
            running.error = answer.error;
        } else if (answer.kind == Answer::Kind::apart || again(answer.evaluations[i], running.tries)) {
            hold(task.candidates[i], task.keys[i], task.row, workers);
            hand_over(workers);
        } else if (running.error = abort_error(task.candidates[i], answer.evaluations[i]); running.error.empty()) {
            running_.erase(number);
            answers_.keep(number, answer.evaluations[i]);
            if (answer.evaluations[i].status == Status::failed)
                store(task, i, answer.evaluations[i], std::exchange(answer.notes, {}));
        }
    }
}

bool AskedComponent::answered(std::uint32_t number) const
{
    if (answers_.answered(number))
        return true;
    const auto running = running_.find(number);
    return running != running_.end() && !running->second.error.empty();
}

Evaluation AskedComponent::answer(std::uint32_t number) const
{
    if (!answers_.answered(number))
        throw Error(running_.at(number).error);
    return answers_.at(number);
}

Evaluation AskedComponent::ask(const Candidate& candidate, std::size_t row)
{
    forget_old_prices();
    std::string asked = key(candidate);
    const std::uint32_t number = known(asked);
    if (answers_.answered(number))
        return answers_.at(number);
    ++calls_;
    begin(alone_, row);
    alone_.candidates.push_back(candidate);
    alone_.keys.push_back(std::move(asked));
    for (int tries = this->tries();;) {
        Answer answer = services_.calls.carry_out(alone_, services_.device());
        if (answer.kind == Answer::Kind::stopped)
            throw Stopped{};
        if (answer.kind == Answer::Kind::impossible)
            throw Error(answer.error);
        if (again(answer.evaluations.front(), tries))
            continue;
        if (const std::string error = abort_error(candidate, answer.evaluations.front()); !error.empty())
            throw Error(error);
        answers_.keep(number, answer.evaluations.front());
        store(alone_, 0, answer.evaluations.front(), std::move(answer.notes));
        return std::move(answer.evaluations.front());
    }
}

void AskedComponent::begin(Task& task, std::size_t row) const
{
    task.role = self_.role;
    task.learnt = self_.learnt;
    task.row = row;
    task.limit_s = self_.limited ? services_.experiment.timeout_s : 0;
    task.candidates.clear();
    task.keys.clear();
}

int AskedComponent::tries() const
{
    return services_.experiment.on_failure == OnFailure::retry ? services_.experiment.retries : 0;
}

bool AskedComponent::again(const Evaluation& answer, int& tries) const
{
    return answer.status == Status::failed && !timed_out(answer) && tries-- > 0;
}

std::string AskedComponent::abort_error(const Candidate& candidate, const Evaluation& answer) const
{
    if (answer.status != Status::failed || services_.experiment.on_failure != OnFailure::abort || !self_.abortable)
        return "";
    return fmt::format("{} '{}' failed for {}: {} (on_failure: abort).", self_.role, self_.name, text(candidate),
                       answer.reason);
}

void AskedComponent::store(const Task& task, std::size_t i, const Evaluation& answer,
                           std::vector<NotedValue>&& notes) const
{
    if (services_.store == nullptr)
        return;
    if (self_.recorded)
        services_.store->append({self_.fingerprint, task.keys[i], task.learnt->round, answer}, notes);
    if (self_.component->measures())
        services_.store->commit();  // nobody can find the same number again
}

void AskedComponent::learn(std::string_view name, const Region& region, Sampler paths, std::size_t row)
{
    const bool uniform = !paths;
    if (uniform)
        paths = [&region](Rng& rng) { return random_architecture(region, rng); };
    learnt_ = true;
    const std::unique_ptr<Phase> work =
        in_plugin(self_.who, "learns", [&] { return self_.component->training(region, std::move(paths)); });
    if (!work)
        return;
    const std::string unique = trainings_.unique(name);
    Learnt next = *self_.learnt;
    ++next.round;
    next.history = fmt::format("{:016x}", stable_hash(fmt::format("{}\n{}\n{}", next.history, unique, text(region))));
    next.shareable = next.shareable && uniform;  // who else would know what a strategy's own paths were
    next.region = region;
    const PhaseIdentity identity{
        fmt::format("{}/{}", self_.role, unique), unique,    self_.component->seed(), self_.fingerprint,
        next.shareable ? next.history : "",       next.round};
    in_plugin(self_.who, "learns", [&] { services_.phases.run(identity, *work, services_.surroundings(row)); });
    self_.learnt = std::make_shared<const Learnt>(std::move(next));
    answers_ = {};
    older_ = {};
}

bool AskedComponent::save(const Candidate& candidate, const std::string& folder, std::size_t row)
{
    Task task;
    begin(task, row);
    task.candidates.push_back(candidate);
    task.keys.push_back(key(candidate));
    return services_.calls.save(task, folder, services_.device());
}

AskedComponents::AskedComponents(const Components& parts, RunServices& services)
{
    for (const Part<CostModel>& part : parts.costs)
        costs.emplace_back(ComponentInRun(part), services);
    if (parts.evaluator)
        evaluator.emplace(ComponentInRun(parts.evaluator), services);
    for (const Part<Evaluator>& part : parts.finals)
        finals.emplace_back(ComponentInRun::final(part), services);
    for (const Part<CostModel>& part : parts.verifiers)
        verifiers.emplace_back(ComponentInRun::final(part), services);
    if (services.store == nullptr)
        return;
    const auto remember = [](AskedComponent& asked, const StoredResult& result) {
        if (asked.self().fingerprint == result.fingerprint)
            asked.remember(result);
    };
    services.store->for_each_result([&](const StoredResult& result) {
        for (AskedComponent& cost : costs)
            remember(cost, result);
        if (evaluator)
            remember(*evaluator, result);
        for (AskedComponent& final : finals)
            remember(final, result);
        for (AskedComponent& verifier : verifiers)
            remember(verifier, result);
    });
}

void AskedComponents::make_ready()
{
    for (AskedComponent& cost : costs)
        cost.make_ready();
    if (evaluator)
        evaluator->make_ready();
}

AskedComponent& AskedComponents::of(const std::string& role)
{
    for (std::vector<AskedComponent>* several : {&costs, &finals, &verifiers})
        for (AskedComponent& one : *several)
            if (one.self().role == role)
                return one;
    return evaluator.value();
}

void AskedComponents::record(const Task& task, Answer& answer)
{
    of(task.role).record(task, answer);
}

void AskedComponents::receive(Workers& workers)
{
    auto [task, answer] = workers.next();
    of(task.role).receive(task, std::move(answer), workers);
}

std::vector<Evaluation> AskedComponents::answers(AskedComponent& asked, std::span<const Candidate> candidates,
                                                 std::size_t row, Workers& workers)
{
    asked.forget_old_prices();
    std::vector<std::uint32_t> numbers;
    for (const Candidate& candidate : candidates)
        numbers.push_back(asked.start(candidate, asked.key(candidate), row, workers));
    asked.hand_over(workers);
    std::vector<Evaluation> found;
    for (const std::uint32_t number : numbers) {
        while (!asked.answered(number))
            receive(workers);
        found.push_back(asked.answer(number));
    }
    return found;
}

}  // namespace espalier::host
