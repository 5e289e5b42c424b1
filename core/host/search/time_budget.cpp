// SPDX-License-Identifier: Apache-2.0
#include "host/search/time_budget.hpp"

#include <string>

namespace espalier::host {
namespace {

constexpr const char* kUsed = "budget.used_s";
constexpr const char* kLastQuestion = "budget.last_question";

}  // namespace

double used_seconds(const RunStore& store)
{
    const auto used = store.provenance(kUsed);
    return used ? std::stod(*used) : 0;
}

TimeBudget::TimeBudget(std::optional<double> minutes, RunStore& store) : minutes_{minutes}, store_{store}
{
    if (!minutes_)
        return;
    used_before_s_ = used_seconds(store_);
    // The end of another number of minutes is none of these.
    if (const auto question = store_.provenance(kLastQuestion); question && question->ends_with(of_these()))
        last_question_ = std::stoull(*question);
}

bool TimeBudget::spent(bool replaying)
{
    if (!minutes_)
        return false;
    ++questions_;
    if (last_question_)
        return questions_ >= *last_question_;
    if (replaying)
        return false;
    if (!started_)
        started_ = saved_ = Clock::now();
    if (used_s() < 60 * *minutes_) {
        if (Clock::now() - saved_ > std::chrono::seconds(1))
            save();
        return false;
    }
    last_question_ = questions_;
    store_.set_provenance(kLastQuestion, std::to_string(questions_) + of_these());
    save();
    store_.commit();
    return true;
}

void TimeBudget::save()
{
    if (!minutes_ || !started_)
        return;
    saved_ = Clock::now();
    store_.set_provenance(kUsed, std::to_string(used_s()));
}

std::string TimeBudget::of_these() const
{
    return " of " + std::to_string(*minutes_);
}

double TimeBudget::used_s() const
{
    return used_before_s_ + (started_ ? std::chrono::duration<double>(Clock::now() - *started_).count() : 0);
}

}  // namespace espalier::host
