// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <fstream>

#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"
#include "violations.hpp"

namespace espalier::conformance {
namespace {

namespace fs = std::filesystem;

enum class PhaseFault {
    none,
    forgets_momentum,
    forgets_in_the_middle,
    forgets_before_the_end,
    forgets_the_end,
    saves_more_once_loaded,
    own_random_state,
    saves_a_counter,
    shared_between_objects,
    tolerates_missing,
    tolerates_empty,
    throws
};

/// Descends with momentum on noisy steps.
class Descent final : public Phase {
public:
    explicit Descent(PhaseFault fault) : fault_{fault} {}
    bool step(Step& now) override
    {
        if (fault_ == PhaseFault::throws)
            throw Error("no gradient");
        static std::atomic<int> steps_of_all = 0;
        const double noise = fault_ == PhaseFault::own_random_state ? own_.uniform() : now.rng.uniform();
        momentum_ = 0.9 * momentum_ + noise + (fault_ == PhaseFault::shared_between_objects ? ++steps_of_all : 0);
        x_ -= momentum_;
        // one step puts something by for a later one
        const std::size_t puts = fault_ == PhaseFault::forgets_in_the_middle ? 1 : 3;
        if (now.index == puts)
            put_by_ = noise;
        if (fault_ == PhaseFault::forgets_in_the_middle || fault_ == PhaseFault::forgets_before_the_end)
            x_ += now.index == puts + 2 ? put_by_ : 0;
        ended_ = now.index == 5;
        return now.index < 9;
    }
    void save(const std::string& folder) const override
    {
        std::ofstream(fs::path(folder) / "x") << std::hexfloat << x_;
        if (fault_ != PhaseFault::forgets_momentum)
            std::ofstream(fs::path(folder) / "momentum") << std::hexfloat << momentum_;
        if (fault_ == PhaseFault::forgets_the_end && ended_)
            std::ofstream(fs::path(folder) / "ended") << "yes";
        if (fault_ == PhaseFault::saves_more_once_loaded && loaded_)
            std::ofstream(fs::path(folder) / "loaded") << "yes";
        if (fault_ == PhaseFault::saves_a_counter)
            std::ofstream(fs::path(folder) / "saves") << ++saves_;
    }
    void load(const std::string& folder) override
    {
        loaded_ = true;
        x_ = read(fs::path(folder) / "x");
        if (fault_ != PhaseFault::forgets_momentum)
            momentum_ = read(fs::path(folder) / "momentum");
    }

private:
    double read(const fs::path& file) const
    {
        std::string text;
        std::ifstream in(file);
        if (!in && fault_ != PhaseFault::tolerates_missing)
            throw Error("'" + file.string() + "' is missing");
        if (!(in >> text) && fault_ != PhaseFault::tolerates_empty && fault_ != PhaseFault::tolerates_missing)
            throw Error("'" + file.string() + "' is damaged");
        return text.empty() ? 0 : std::strtod(text.c_str(), nullptr);
    }

    PhaseFault fault_;
    double x_ = 1, momentum_ = 0, put_by_ = 0;
    bool ended_ = false, loaded_ = false;
    Rng own_{7};
    mutable int saves_ = 0;
};

std::string told(PhaseFault fault, std::size_t steps = 6)
{
    const TemporaryFolder scratch;
    const std::string text =
        joined(check_phase([=] { return std::make_unique<Descent>(fault); }, scratch.path(), steps));
    CHECK(fs::is_empty(scratch.path()));
    return text;
}

}  // namespace

TEST_CASE("a phase that keeps its promises has no violations", "[conformance]")
{
    CHECK(told(PhaseFault::none).empty());
    CHECK(told(PhaseFault::none, 1).empty());
    CHECK(told(PhaseFault::none, 100).empty());  // it ends before
}

TEST_CASE("each broken promise of a phase is told", "[conformance]")
{
    CHECK_THAT(told(PhaseFault::forgets_momentum),
               ContainsSubstring("a resumed phase differs from an uninterrupted one: 'x' after 1 of 6 steps"));
    const std::string differs = "a resumed phase differs from an uninterrupted one: ";
    CHECK_THAT(told(PhaseFault::forgets_in_the_middle), ContainsSubstring(differs + "'x' after 3 of 6 steps"));
    CHECK_THAT(told(PhaseFault::forgets_before_the_end), ContainsSubstring(differs + "'x' after 5 of 6 steps"));
    CHECK_THAT(told(PhaseFault::forgets_the_end), ContainsSubstring(differs + "'ended' after 6 of 6 steps"));
    CHECK_THAT(told(PhaseFault::saves_more_once_loaded), ContainsSubstring(differs + "'loaded' after 1 of 6 steps"));
    CHECK_THAT(told(PhaseFault::own_random_state), ContainsSubstring("a resumed phase differs"));
    CHECK_THAT(told(PhaseFault::saves_a_counter), ContainsSubstring("saving twice gives different files: 'saves'"));
    CHECK_THAT(told(PhaseFault::shared_between_objects),
               ContainsSubstring("same steps in a second object give other files"));
    for (const std::string file : {"momentum", "x"}) {
        CHECK_THAT(told(PhaseFault::tolerates_missing),
                   ContainsSubstring("a missing file '" + file + "' is not refused"));
        CHECK_THAT(told(PhaseFault::tolerates_empty),
                   ContainsSubstring("an emptied file '" + file + "' is not refused"));
    }
    CHECK_THAT(told(PhaseFault::throws), ContainsSubstring("the phase throws: no gradient"));
}

}  // namespace espalier::conformance
