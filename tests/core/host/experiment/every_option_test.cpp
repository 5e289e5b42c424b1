// SPDX-License-Identifier: Apache-2.0
// Every number that an experiment can hold, at the limits of its range and of its type: refused in a sentence, or it
// works. Each is tried in a process of its own.
#include <cmath>
#include <csignal>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/counts.hpp"
#include "espalier/sdk/memory_search.hpp"

#include "catch.hpp"
#include "host/experiment/components.hpp"
#include "host/experiment/experiment_keys.hpp"
#include "host/search/run.hpp"
#include "toys/quiet.hpp"
#include "toys/sanitized.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

constexpr rlim_t kMostMemory = rlim_t{8} << 30;  // LibTorch alone maps some
constexpr long kMostResidentKib = 1 << 20;
constexpr rlim_t kSeconds = 2;  // of processor time

std::set<std::string> values_for(const Option& option)
{
    std::set<std::string> values{"0",
                                 "-1",
                                 "1",
                                 "2147483647",
                                 "2147483648",
                                 "-2147483648",
                                 "-2147483649",
                                 "1000000000",
                                 "9223372036854775807",
                                 "9223372036854775808",
                                 "-9223372036854775808",
                                 "18446744073709551615",
                                 "18446744073709551616",
                                 "1e9",
                                 "1e18",
                                 "1e308",
                                 "-1e308",
                                 "5e-324",
                                 ".inf",
                                 "-.inf",
                                 ".nan"};
    for (const double bound : {option.minimum, option.maximum}) {
        if (!std::isfinite(bound))
            continue;
        if (option.type == OptionType::integer) {
            for (const double near : {bound - 1, bound, bound + 1})
                values.insert(fmt::format("{:.0f}", near));
        } else {
            for (const double near : {std::nextafter(bound, -INFINITY), bound, std::nextafter(bound, INFINITY)})
                values.insert(fmt::format("{}", near));
        }
    }
    return values;
}

bool numeric(const Option& option)
{
    return option.type == OptionType::integer || option.type == OptionType::number;
}

enum class Became { works, refused, slow, broken };

struct Ending {
    Became became;
    std::string how;
};

/// What becomes of `work`, which says when it has got as far as to be accepted.
Ending tried(const std::function<void(const std::function<void()>& accepted)>& work)
{
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const rlimit memory{kMostMemory, kMostMemory};
        setrlimit(RLIMIT_AS, &memory);
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        const rlimit seconds{kSeconds, kSeconds + 1};
        setrlimit(RLIMIT_CPU, &seconds);
        alarm(60);
        const auto tell = [&](const std::string& text) { (void)!write(ends[1], text.data(), text.size()); };
        try {
            work([&] { tell("+"); });
            tell("works");
        } catch (const Error& error) {
            tell(std::string("refused: ") + error.what());
        } catch (const std::exception& error) {
            tell(std::string("broken: ") + error.what());
        } catch (...) {
            tell("broken: it throws something");
        }
        _exit(0);
    }
    close(ends[1]);
    std::string told;
    for (char part[4096];;) {
        const ssize_t count = read(ends[0], part, sizeof part);
        if (count <= 0)
            break;
        told.append(part, static_cast<std::size_t>(count));
    }
    close(ends[0]);
    int status = 0;
    rusage used{};
    wait4(child, &status, 0, &used);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU && told == "+")
        return {Became::slow, ""};
    if (WIFSIGNALED(status))
        return {Became::broken, fmt::format("signal {} after '{}'", WTERMSIG(status), told)};
    if (used.ru_maxrss > kMostResidentKib)
        return {Became::broken, fmt::format("{} KiB of memory, '{}'", used.ru_maxrss, told)};
    if (told.ends_with("works"))
        return {Became::works, ""};
    const bool sentence = told.find("refused: ") != std::string::npos;
    return {sentence ? Became::refused : Became::broken, told};
}

/// Everything that components may need besides the option that is tried.
class Surroundings {
public:
    Surroundings()
    {
        space_ = host_.make<SearchSpace>(parse_config("{use: nas_bench_201}"), host_.setup());
        Rng rng(1, "rows");
        const Region all(space_->decisions());
        std::set<std::string> cells;
        while (cells.size() < 50)
            cells.insert(space_->text(random_architecture(all, rng)));
        std::string table = "arch,value\n";
        for (const std::string& cell : cells)
            table += cell + ",1.5\n";
        folder_.write("table.csv", table);
        std::string options = "decision,option,value\n";
        for (const Decision& decision : space_->decisions())
            for (const std::string& option : decision.options)
                options += decision.name + "," + option + ",1.5\n";
        folder_.write("options.csv", options);
        folder_.write(
            "blocks.csv",
            "layer,in_side_px,in_channels,out_side_px,out_channels,expanded_channels,kernel,stride,identity_skip,"
            "squeeze_excite,h_swish,mean_ms\nInput,32,3,16,16,16,3,2,0,0,1,2\n");
        folder_.write("groups.csv", "group,latency_ms\n3x8x8 > relu,1.5\n");
    }

    const Catalog& catalog() const { return catalog_; }

    /// The component with `option` set to `value`, and with all that it cannot be without.
    Config config(const ComponentInfo& info, const std::string& option, const std::string& value) const
    {
        std::string yaml = "{use: " + info.name;
        for (const Option& other : info.options) {
            std::string given = other.name == option ? value : other.required ? needed(info, other) : "";
            if (given.empty() && info.name == "fusion" && other.name == "metrics")
                given = "params";
            if (given.empty() && info.name == "command" && other.name == "script")
                given = ESPALIER_SOURCE_DIR "/examples/command/energy.sh";
            if (!given.empty())
                yaml += ", " + other.name + ": " + (other.list ? "[" + given + "]" : given);
        }
        return parse_config(yaml + "}");
    }

    Setup setup(const ComponentInfo& info) const
    {
        Setup setup = host_.setup();
        setup.space = space_.get();
        setup.objectives = {{"score", true, false}};
        if (info.name == "moead" || info.name == "age_moea" || info.name == "u_nsga3" || info.name == "c_taea" ||
            info.name == "local_search")
            setup.objectives.push_back({"size", false, false});
        if (info.name == "reinforce")
            setup.reward = &reward_;
        return setup;
    }

    /// Makes it and has it do a little of what it is for.
    void use(const ComponentInfo& info, const Config& config, const std::function<void()>& accepted) const
    {
        const Setup setup = this->setup(info);
        const std::unique_ptr<Component> made = host_.setup().make_component(info.kind, config, setup);
        accepted();
        if (auto* strategy = dynamic_cast<Strategy*>(made.get())) {
            conformance::MemoryProblem problem;
            problem.space = space_.get();
            problem.budget = 12;
            problem.objectives = setup.objectives;
            problem.evaluate = [](const Architecture& a) {
                const double score = static_cast<double>(stable_hash(to_string(a)) % 1000);
                return Evaluation{a, {{"score", score}, {"size", score * score}}, Status::ok, ""};
            };
            conformance::MemorySearch search(problem);
            strategy->search(search);
            for (const Evaluation& visit : search.visits())
                REQUIRE(fits(visit.architecture, space_->decisions()));
        } else if (auto* space = dynamic_cast<SearchSpace*>(made.get())) {
            Rng rng(1, "one");
            const Architecture one = random_architecture(Region(space->decisions()), rng);
            if (space->parse(space->text(one)) != one || !(macs(space->network(Region(one))) >= 0))
                throw std::runtime_error("its text is not read back, or it counts less than nothing");
        } else if (auto* cost = dynamic_cast<CostModel*>(made.get()); cost != nullptr && !cost->slow()) {
            test::Quiet quiet;
            Rng rng(1, "one");
            const Candidate candidate(*space_, random_architecture(Region(space_->decisions()), rng));
            cost->evaluate({&candidate, 1}, quiet);
        } else if (auto* reward = dynamic_cast<Reward*>(made.get())) {
            const Metrics metrics{{"score", 3},      {"size", 5},     {"correct", 1},
                                  {"latency_ms", 3}, {"lower_ms", 1}, {"upper_ms", 5}};
            if (std::isnan((*reward)(metrics)))
                throw std::runtime_error("the reward is no number");
        }
    }

    /// Runs an experiment with this key.
    void run(const std::string& text, const std::function<void()>& accepted) const
    {
        Diagnostics diagnostics;
        const Experiment experiment = parse_experiment(text, folder_ / "e.yaml", {}, catalog_, diagnostics);
        diagnostics.throw_if_any();
        const Components parts = assemble(experiment, host_, diagnostics);
        diagnostics.throw_if_any();
        accepted();
        Observer nobody;
        const std::atomic<bool> stop = false;
        const std::filesystem::path directory = folder_ / fmt::format("run-{}", getpid());
        RunStore store = RunStore::create(directory, experiment.resolved);
        const RunOutcome outcome = host::run(experiment, parts, store, nobody, stop);
        if (outcome.state == RunState::failed)
            throw Error(outcome.sentence);
    }

private:
    std::string needed(const ComponentInfo& info, const Option& option) const
    {
        switch (option.type) {
            case OptionType::boolean:
                return "true";
            case OptionType::integer:
            case OptionType::number:
                return "1";
            case OptionType::path:
                return (folder_ / (info.name == "lookup"        ? "blocks.csv"
                                   : info.name == "additive"    ? "options.csv"
                                   : info.name == "layer_table" ? "groups.csv"
                                                                : "table.csv"))
                    .string();
            case OptionType::text:
                return "value";
            case OptionType::metric:
                return option.name == "latency" ? "size" : "score";
            case OptionType::component:
                return "{use: params}";
        }
        return "";
    }

    class Any final : public Reward {
    public:
        double operator()(const Metrics& metrics) const override { return metrics.at("score"); }
    };

    TemporaryFolder folder_;
    std::vector<std::filesystem::path> folders_{std::filesystem::path(ESPALIER_BINARY_DIR) / "lib/espalier/plugins"};
    Catalog catalog_{folders_};
    mutable PluginHost host_{catalog_};
    std::unique_ptr<SearchSpace> space_;
    Any reward_;
};

void try_components(int share)
{
    if (test::kSanitized) {
        WARN("skipped: a sanitizer needs more address space than these calls may have");
        return;
    }
    const Surroundings around;
    std::map<Became, int> endings;
    int next = 0;
    for (const CatalogComponent& component : around.catalog().components()) {
        const ComponentInfo& info = component.info;
        int accepted = 0;
        for (const Option& option : info.options)
            for (const std::string& value : numeric(option) ? values_for(option) : std::set<std::string>{}) {
                if (next++ % share != 0)
                    continue;
                const Ending ending = tried([&](const std::function<void()>& so_far) {
                    around.use(info, around.config(info, option.name, value), so_far);
                });
                INFO(name(info.kind) << " " << info.name << ", " << option.name << ": " << value << ": " << ending.how);
                CHECK(ending.became != Became::broken);
                ++endings[ending.became];
                accepted += ending.became != Became::refused ? 1 : 0;
            }
        const bool tested = std::ranges::any_of(info.options, numeric);
        const bool wants_data = info.name == "gradient" || info.name == "qos_nas" || info.name == "u_boost";
        const bool shown =
            (info.kind == Kind::strategy && !wants_data) || info.kind == Kind::reward || info.name == "table";
        INFO(info.name);
        if (tested && shown && share == 1)
            CHECK(accepted > 0);
    }
    CHECK(endings[Became::works] > 100 / share);
    CHECK(endings[Became::refused] > 500 / share);
    WARN(fmt::format("{} work, {} are refused, {} take long", endings[Became::works], endings[Became::refused],
                     endings[Became::slow]));
}

}  // namespace

TEST_CASE("every number of every component is refused at its limits, or works", "[every][slow]")
{
    try_components(1);
}

TEST_CASE("some numbers of every component are refused at their limits, or work", "[every]")
{
    try_components(11);
}

TEST_CASE("every number of the experiment itself is refused at its limits, or works", "[every]")
{
    if (test::kSanitized) {
        WARN("skipped: a sanitizer needs more address space than these calls may have");
        return;
    }
    const Surroundings around;
    const std::string rest =
        "space: {use: nas_bench_201}\ncosts: [{use: params}]\nobjectives: [{metric: params, goal: min}]\n"
        "strategy: {use: random}\n";
    int works = 0;
    const auto check = [&](const Option& option, const auto& text) {
        for (const std::string& value : numeric(option) ? values_for(option) : std::set<std::string>{}) {
            const std::string yaml = rest + text(value);
            const Ending ending = tried([&](const std::function<void()>& so_far) { around.run(yaml, so_far); });
            INFO(yaml << ending.how);
            CHECK(ending.became != Became::broken);
            works += ending.became == Became::works ? 1 : 0;
        }
    };
    for (const Option& option : experiment_options())
        check(option,
              [&](const std::string& value) { return option.name + ": " + value + "\nbudget: {evaluations: 5}\n"; });
    for (const Section& section : experiment_sections())
        for (const Option& option : section.options)
            check(option, [&](const std::string& value) {
                std::string map = option.name + ": " + value;
                if (section.name == "constraints")
                    map += ", metric: params";
                if (section.name == "start")
                    map += ", run: nowhere";
                if (option.name == "retries")
                    map += ", on_failure: retry";
                const std::string budget = section.name == "budget" ? "" : "budget: {evaluations: 5}\n";
                return section.name + ": " + (section.list ? "[{" + map + "}]" : "{" + map + "}") + "\n" + budget;
            });
    CHECK(works > 20);
}
