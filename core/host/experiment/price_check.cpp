// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/price_check.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

constexpr int kTried = 1000;

/// Nobody listens.
class Aside final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override {}
};

/// Why it is a failure; empty: it is none.
std::string failure(const Evaluation& answer)
{
    if (answer.status == Status::failed)
        return answer.reason;
    for (const auto& [metric, value] : answer.metrics)
        if (std::isnan(value))
            return fmt::format("metric {} is not a number", metric);
    return "";
}

/// Why nothing can be priced; empty: something can, or it cannot be told.
std::string refusal(Evaluator& cost, const SearchSpace& space)
{
    Aside context;
    Rng rng(1, "price check");
    const Region all(space.decisions());
    std::string reason;
    for (int i = 0; i < kTried; ++i) {
        const Candidate candidate(space, random_architecture(all, rng));
        const std::vector<Evaluation> answers = cost.evaluate({&candidate, 1}, context);
        const std::string now = answers.size() == 1 ? failure(answers.front()) : "";
        if (now.empty() || (i > 0 && now != reason))
            return "";
        reason = now;
    }
    return fmt::format("prices none of {} random architectures: {}", kTried, reason);
}

/// What another process writes into the pipe, at most so long.
std::string read_within(std::chrono::steady_clock::duration limit, int pipe)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::string text;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd waits{pipe, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&waits, 1, static_cast<int>(left.count())) == 0)
            return "";
        std::array<char, 4096> part{};
        const ssize_t count = ::read(pipe, part.data(), part.size());
        if (count == 0)
            return text;
        if (count > 0)
            text.append(part.data(), static_cast<std::size_t>(count));
        else if (errno != EINTR)
            return "";
    }
}

/// `refusal`, found by a child: a component that crashes or hangs is left to the run, which says where it did.
std::string refusal_found_apart(Evaluator& cost, const SearchSpace& space)
{
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
        return "";
    const pid_t child = ::fork();
    if (child == 0) {
        const int nowhere = ::open("/dev/null", O_RDWR);
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        std::string told;
        try {
            told = refusal(cost, space);
        } catch (const Error& error) {
            told = error.what();
        } catch (...) {
        }
        for (std::size_t at = 0; at < told.size();) {
            const ssize_t count = ::write(ends[1], told.data() + at, told.size() - at);
            if (count < 0 && errno != EINTR)
                break;
            at += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string told = child > 0 ? read_within(std::chrono::seconds(10), ends[0]) : "";
    ::close(ends[0]);
    if (child > 0) {
        ::kill(child, SIGKILL);
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    return told;
}

}  // namespace

void check_prices(const Experiment& experiment, const Components& parts, Diagnostics& diagnostics)
{
    const auto check = [&](Evaluator* evaluator, const Config& config) {
        const auto* cost = dynamic_cast<CostModel*>(evaluator);
        if (cost == nullptr || cost->slow() || cost->measures() || cost->trains())
            return;
        if (std::string told = refusal_found_apart(*evaluator, *parts.space); !told.empty())
            diagnostics.add(config.error(std::move(told)));
    };
    for (std::size_t i = 0; i < parts.costs.size(); ++i)
        check(parts.costs[i].component.get(), experiment.costs[i]);
    if (experiment.evaluator)
        check(parts.evaluator.component.get(), *experiment.evaluator);
    for (std::size_t i = 0; i < parts.finals.size(); ++i)
        check(parts.finals[i].component.get(), experiment.finals[i]);
    for (std::size_t i = 0; i < parts.verifiers.size(); ++i)
        check(parts.verifiers[i].component.get(), experiment.verifiers[i]);
}

}  // namespace espalier::host
