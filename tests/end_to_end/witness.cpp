// SPDX-License-Identifier: Apache-2.0
// A plug-in for the end-to-end tests: an evaluator that passes everything on to another one and writes down, in the
// file that ESPALIER_WITNESS names, when an evaluation begins and ends.
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/evaluator.hpp"
#include "espalier/plugin.hpp"

namespace espalier::witness {
namespace {

class Witnessed final : public Evaluator {
public:
    struct Options {
        Use<Evaluator> of;
        static void describe(Describe<Options>& d) { d("of", &Options::of, "the evaluator that is asked").must(); }
    };
    Witnessed(const Options& options, const Setup& setup) : inner_{setup.make(options.of)} {}

    std::vector<std::string> metrics() const override { return inner_->metrics(); }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) override
    {
        for (const Candidate& candidate : batch)
            write("begin " + inner_->key(candidate) + "\n");
        std::vector<Evaluation> results = inner_->evaluate(batch, context);
        for (const Candidate& candidate : batch)
            write("end " + inner_->key(candidate) + "\n");
        return results;
    }
    std::string key(const Candidate& c) const override { return inner_->key(c); }
    std::unique_ptr<Phase> training(const Region& region, Sampler paths) override
    {
        return inner_->training(region, std::move(paths));
    }
    bool trains() const override { return inner_->trains(); }
    bool measures() const override { return inner_->measures(); }
    std::uint64_t seed() const override { return inner_->seed(); }

private:
    /// One system call a line: lines of several threads do not mix.
    static void write(const std::string& line)
    {
        const char* file = std::getenv("ESPALIER_WITNESS");
        const int out = file == nullptr ? -1 : ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        const bool written = out >= 0 && ::write(out, line.data(), line.size()) == static_cast<ssize_t>(line.size());
        if (out >= 0)
            ::close(out);
        if (!written)
            throw Error("ESPALIER_WITNESS names no file that can be written");
    }

    std::unique_ptr<Evaluator> inner_;
};

void register_components(Registry& registry)
{
    registry.add<Witnessed>("witnessed", "writes down when another evaluator is called");
}

}  // namespace
}  // namespace espalier::witness

ESPALIER_PLUGIN("witness", "0.1.0", espalier::witness::register_components)
