// SPDX-License-Identifier: Apache-2.0
#include "host/calls/asked_component.hpp"

#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

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

}  // namespace

AskedComponent::AskedComponent(Taught taught, Workplace& place) : taught_{std::move(taught)}, place_{place} {}

void AskedComponent::remember(const StoredResult& result)
{
    Answers& ours = remembered_[result.generation];
    ours.keep(ours.number(result.key), result.evaluation);
}

void AskedComponent::make_ready()
{
    if (trains() && !learnt_)
        learn("training", Region(place_.space.decisions()), nullptr, 0);
}

std::uint32_t AskedComponent::known(const std::string& key)
{
    if (!taught_.recorded && answers_.size() >= kKeptPrices && !answers_.contains(key))
        older_ = std::exchange(answers_, {});
    const std::uint32_t number = answers_.number(key);
    if (answers_.answered(number) || running_.contains(number))
        return number;
    if (const auto found = older_.find(key)) {
        answers_.keep(number, *found);
        return number;
    }
    if (const auto ours = remembered_.find(taught_.generation); ours != remembered_.end())
        if (const auto found = ours->second.find(key)) {
            answers_.keep(number, *found);
            return number;
        }
    const OtherRuns::Results* theirs =
        taught_.shareable && taught_.reusable ? place_.others.results(taught_.fingerprint, taught_.history) : nullptr;
    if (theirs != nullptr)
        if (const auto found = theirs->find(key); found != theirs->end()) {
            answers_.keep(number, found->second);
            ++taken_over_;
            if (place_.store != nullptr)
                place_.store->append({taught_.fingerprint, key, taught_.generation, found->second});
        }
    return number;
}

void AskedComponent::start(const Candidate& candidate, const std::string& key, std::size_t row, Executor& executor)
{
    const std::uint32_t number = known(key);
    if (answers_.answered(number) || running_.contains(number))
        return;
    ++calls_;
    running_.emplace(
        number, executor.start([this, candidate, key, row] { return place_.calls.ask(taught_, candidate, key, row); }));
}

Evaluation AskedComponent::answer(const std::string& key)
{
    const std::uint32_t number = answers_.number(key);
    if (answers_.answered(number))
        return answers_.at(number);
    const auto running = running_.find(number);
    Evaluation answer = running->second.get();
    running_.erase(running);  // lets go of the candidate and its network
    answers_.keep(number, answer);
    return answer;
}

Evaluation AskedComponent::ask(const Candidate& candidate, std::size_t row)
{
    const std::string asked = key(candidate);
    const std::uint32_t number = known(asked);
    if (answers_.answered(number))
        return answers_.at(number);
    ++calls_;
    Evaluation answer = place_.calls.ask(taught_, candidate, asked, row);
    answers_.keep(number, answer);
    return answer;
}

void AskedComponent::learn(std::string_view name, const Region& region, Sampler paths, std::size_t row)
{
    const bool uniform = !paths;
    if (uniform)
        paths = [&region](Rng& rng) { return random_architecture(region, rng); };
    learnt_ = true;
    const std::unique_ptr<Phase> work = taught_.component->training(region, std::move(paths));
    if (!work)
        return;
    const int times = ++trainings_[std::string(name)];
    const std::string unique = times == 1 ? std::string(name) : fmt::format("{} ({})", name, times);
    const std::string history =
        fmt::format("{:016x}", stable_hash(fmt::format("{}\n{}\n{}", taught_.history, unique, text(region))));
    taught_.shareable = taught_.shareable && uniform;  // who else would know what a strategy's own paths were
    PhaseIdentity identity{fmt::format("{}/{}", taught_.role, unique),
                           unique,
                           taught_.component->seed(),
                           taught_.fingerprint,
                           taught_.shareable ? history : "",
                           taught_.generation + 1};
    place_.phases.run(identity, *work,
                      {[this] { return place_.calls.stopped(); }, place_.experiment.execution.device, row});
    taught_.history = history;
    ++taught_.generation;
    answers_ = {};
    older_ = {};
    running_.clear();
}

AskedComponents::AskedComponents(const Components& parts, Workplace& place)
{
    costs.reserve(parts.costs.size());
    for (const Part<CostModel>& part : parts.costs) {
        Taught taught(part);
        taught.reusable = false;  // priced anew in every run
        taught.recorded = part->measures();
        costs.emplace_back(std::move(taught), place);
    }
    if (parts.evaluator)
        evaluator.emplace(Taught(parts.evaluator), place);
    finals.reserve(parts.finals.size());
    for (const Part<Evaluator>& part : parts.finals) {
        Taught taught(part);
        taught.limited = false;  // a training of the winner is no evaluation of the search
        taught.abortable = false;
        finals.emplace_back(std::move(taught), place);
    }
    if (place.store == nullptr)
        return;
    const auto remember = [](AskedComponent& asked, const StoredResult& result) {
        if (asked.taught().fingerprint == result.fingerprint)
            asked.remember(result);
    };
    place.store->for_each_result([&](const StoredResult& result) {
        for (AskedComponent& cost : costs)
            remember(cost, result);
        if (evaluator)
            remember(*evaluator, result);
        for (AskedComponent& final : finals)
            remember(final, result);
    });
}

}  // namespace espalier::host
