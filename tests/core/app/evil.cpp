// SPDX-License-Identifier: Apache-2.0
// A plug-in for the tests of the command that does every harm, at every place that the host calls: its options say
// which. What happens when it is opened is said by the environment.
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include <unistd.h>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/plugin.hpp"

namespace espalier::evil {
namespace {

const volatile int kDeepest = std::numeric_limits<int>::max();

/// As deep as it goes.
int deeper(int depth, const volatile int& deepest)
{
    volatile char room[4096];
    room[depth % 4096] = 1;
    return depth == deepest ? 0 : deeper(depth + 1, deepest) + room[0];
}

void allocate_endlessly()
{
    std::vector<std::unique_ptr<std::vector<char>>> all;
    for (;;)
        all.push_back(std::make_unique<std::vector<char>>(std::size_t{1} << 26, 'x'));
}

void harm(const std::string& deed)
{
    if (std::getenv("EVIL_MENDED") != nullptr)
        return;
    if (deed == "int")
        throw 7;
    if (deed == "segfault")
        *static_cast<volatile int*>(nullptr) = 1;
    if (deed == "abort")
        std::abort();
    if (deed == "overflow")
        deeper(0, kDeepest);
    if (deed == "exit")
        std::exit(0);
    if (deed == "quick_exit")
        std::quick_exit(0);
    if (deed == "_exit")
        ::_exit(0);
    if (deed == "thread_segfault")
        std::thread([] { harm("segfault"); }).join();
    if (deed == "hang")
        std::this_thread::sleep_for(std::chrono::hours(1));
    if (deed == "allocate")
        allocate_endlessly();
    if (deed == "bad_alloc")
        throw std::bad_alloc();
    if (deed == "no_threads")
        throw std::system_error(EAGAIN, std::generic_category());
    if (deed == "print") {
        std::printf("boo\n");
        [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, "boo\n", 4);
    }
    if (deed == "close")
        for (int descriptor = 0; descriptor < 256; ++descriptor)
            ::close(descriptor);
    if (deed == "close_ours")
        for (int descriptor = 3; descriptor < 256; ++descriptor)
            ::close(descriptor);
}

/// Harm of one kind at one place; of candidates only where their text is `at`.
struct Plan {
    std::string deed, place, at;
    void at_place(const std::string& here) const
    {
        if (place == here)
            harm(deed);
    }
    template <class Options>
    static void describe(Describe<Options>& d)
    {
        d("deed", &Options::deed, "what is done");
        d("place", &Options::place, "where");
        d("at", &Options::at, "to which architecture; all where it is empty");
    }
};

struct PlanOptions : Plan {
    int batch = 1;
    static void describe(Describe<PlanOptions>& d)
    {
        Plan::describe(d);
        d("batch", &PlanOptions::batch, "candidates at once").range(1, 100);
    }
};

class Steps final : public Phase {
public:
    explicit Steps(const Plan& plan) : plan_{plan} {}
    bool step(Step& step) override
    {
        if (step.index == 1)
            plan_.at_place("step");
        return step.index < 2;
    }
    void save(const std::string&) const override { plan_.at_place("save"); }
    void load(const std::string&) override {}

private:
    const Plan& plan_;
};

/// Metric `evil`, 1 for everybody, or what a bad answer makes of it.
template <class Base>
class Evil : public Base {
public:
    using Options = PlanOptions;
    Evil(const Options& options, const Setup&) : plan_{options} { plan_.at_place("constructor"); }
    std::vector<std::string> metrics() const override
    {
        plan_.at_place("metrics");
        return {name()};
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch)
            results.push_back(answer(candidate));
        return results;
    }
    std::size_t batch_size() const override { return static_cast<std::size_t>(plan_.batch); }
    std::string key(const Candidate& c) const override
    {
        plan_.at_place("key");
        return c.key();
    }
    bool trains() const override { return plan_.place == "step" || plan_.place == "save" || plan_.place == "training"; }
    std::unique_ptr<Phase> training(const Region&, Sampler) override
    {
        plan_.at_place("training");
        return trains() ? std::make_unique<Steps>(plan_) : nullptr;
    }

private:
    std::string name() const { return std::is_same_v<Base, CostModel> ? "evil_cost" : "evil"; }
    Evaluation answer(const Candidate& candidate) const
    {
        Evaluation one{candidate.architecture(), {{name(), 1}}, Status::ok, {}};
        if (plan_.place != "evaluate" || std::getenv("EVIL_MENDED") != nullptr ||
            (!plan_.at.empty() && candidate.space()->text(candidate.architecture()) != plan_.at))
            return one;
        harm(plan_.deed);
        if (plan_.deed == "undeclared")
            one.metrics["size_kib"] = -1;
        if (plan_.deed == "missing")
            one.metrics.clear();
        if (plan_.deed == "nan")
            one.metrics[name()] = std::nan("");
        if (plan_.deed == "status")
            one.status = static_cast<Status>(77);
        return one;
    }
    const Options plan_;
};

/// Every architecture of the space in turn, as the space of bits counts them.
class EvilStrategy final : public Strategy {
public:
    using Options = PlanOptions;
    EvilStrategy(const Options& options, const Setup&) : plan_{options} { plan_.at_place("constructor"); }
    void search(Search& search) override
    {
        Steps steps(plan_);
        if (plan_.place == "step" || plan_.place == "save")
            search.phase("warm-up", steps);
        const std::size_t decisions = search.space().decisions().size();
        std::vector<Architecture> next;
        for (std::size_t number = 0; number < std::size_t{1} << decisions; ++number) {
            if (number == 2)
                plan_.at_place("search");
            Architecture& one = next.emplace_back();
            for (std::size_t d = 0; d < decisions; ++d)
                one.choices.push_back(static_cast<std::uint16_t>(number >> d & 1));
            if (next.size() == static_cast<std::size_t>(plan_.batch)) {
                search.evaluate(next);
                next.clear();
            }
        }
    }

private:
    const Options plan_;
};

/// Two bits.
class EvilSpace final : public SearchSpace {
public:
    using Options = PlanOptions;
    EvilSpace(const Options& options, const Setup&) : plan_{options} { plan_.at_place("constructor"); }
    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region&) const override
    {
        plan_.at_place("network");
        Network network;
        network.add(Op::input, {}, {{"shape", {1}}});
        return network;
    }
    std::string key(const Architecture& a) const override
    {
        plan_.at_place("key");
        return to_string(a);
    }

private:
    const Options plan_;
    const std::vector<Decision> decisions_{{"first", {"0", "1"}}, {"second", {"0", "1"}}};
};

class EvilReward final : public Reward {
public:
    using Options = PlanOptions;
    EvilReward(const Options& options, const Setup&) : plan_{options} {}
    double operator()(const Metrics&) const override
    {
        plan_.at_place("reward");
        return 1;
    }

private:
    const Options plan_;
};

/// Asks another evaluator, and builds a network of a space of its own where it has one.
class Around final : public Evaluator {
public:
    struct Options {
        Use<Evaluator> of;
        Use<SearchSpace> network;
        static void describe(Describe<Options>& d)
        {
            d("of", &Options::of, "whom it asks").must();
            d("network", &Options::network, "whose networks it builds");
        }
    };
    Around(const Options& options, const Setup& setup) : of_{setup.make(options.of)}
    {
        if (options.network)
            network_ = setup.make(options.network);
    }
    std::vector<std::string> metrics() const override { return of_->metrics(); }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) override
    {
        if (network_)
            network_->network(Region(batch.front().architecture()));
        return of_->evaluate(batch, context);
    }
    std::string key(const Candidate& c) const override { return of_->key(c); }
    bool trains() const override { return of_->trains(); }
    std::unique_ptr<Phase> training(const Region& region, Sampler paths) override
    {
        return of_->training(region, std::move(paths));
    }

private:
    std::unique_ptr<Evaluator> of_;
    std::unique_ptr<SearchSpace> network_;
};

/// One part that is made of another.
template <class Base>
class Within : public Base {
public:
    struct Options {
        Use<Base> of;
        static void describe(Describe<Options>& d) { d("of", &Options::of, "whom it asks").must(); }
    };
    Within(const Options& options, const Setup& setup) : of{setup.make(options.of)} {}

protected:
    const std::unique_ptr<Base> of;
};

class AroundReward final : public Within<Reward> {
public:
    using Within<Reward>::Within;
    double operator()(const Metrics& metrics) const override { return (*of)(metrics); }
};

class AroundStrategy final : public Within<Strategy> {
public:
    using Within<Strategy>::Within;
    void search(Search& search) override { of->search(search); }
};

const bool opened = [] {
    if (const char* deed = std::getenv("EVIL_WHEN_OPENED"))
        harm(deed);
    return true;
}();

void register_components(Registry& registry)
{
    registry.add<Evil<Evaluator>>("evil", "does harm");
    registry.add<Evil<CostModel>>("evil_cost", "does harm");
    registry.add<EvilSpace>("evil", "does harm");
    registry.add<EvilReward>("evil", "does harm");
    registry.add<EvilStrategy>("evil", "does harm");
    registry.add<Around>("around", "asks one that does harm");
    registry.add<AroundReward>("around", "asks one that does harm");
    registry.add<AroundStrategy>("around", "asks one that does harm");
}

}  // namespace
}  // namespace espalier::evil

ESPALIER_PLUGIN("evil", "0.1.0", espalier::evil::register_components)
