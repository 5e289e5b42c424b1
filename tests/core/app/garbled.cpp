// SPDX-License-Identifier: Apache-2.0
// A plug-in whose every text holds bytes that no terminal should obey and no reader can decode: architecture 0xAB has
// that byte in its label, text, key and reason, the metric `odd` all of them in its name.
#include <charconv>

#include "espalier/error.hpp"
#include "espalier/evaluator.hpp"
#include "espalier/plugin.hpp"
#include "espalier/search_space.hpp"
#include "espalier/strategy.hpp"

namespace espalier::garbled {
namespace {

std::string with(std::uint16_t byte)
{
    return {'<', static_cast<char>(byte), '>'};
}

class Bytes final : public SearchSpace {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Bytes(const Options&, const Setup&)
    {
        decisions_.push_back({"byte" + with(0x1b), {}, false});
        for (std::uint16_t byte = 0; byte < 256; ++byte)
            decisions_[0].options.push_back(with(byte));
    }
    std::span<const Decision> decisions() const override { return decisions_; }
    std::string key(const Architecture& a) const override { return "key" + text(a); }
    /// The byte as a number, because no command line holds all of them.
    Architecture parse(std::string_view text) const override
    {
        std::uint16_t byte = 256;
        std::from_chars(text.data(), text.data() + text.size(), byte);
        if (byte > 255)
            throw Error("no byte: " + std::string(text));
        return {{byte}};
    }
    Network network(const Region&) const override
    {
        Network network;
        network.add(Op::input, {}, {{"shape", {1}}});
        return network;
    }

private:
    std::vector<Decision> decisions_;
};

std::string odd_name()
{
    std::string name = "odd";
    for (std::uint16_t byte = 0; byte < 256; ++byte)
        name += static_cast<char>(byte);
    return name;
}

/// Metrics of which none is better in all: everything that does not fail wins. Every eighth fails.
class Odd final : public Evaluator {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Odd(const Options&, const Setup&) {}
    std::vector<std::string> metrics() const override { return {"up", "down", odd_name()}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context& context) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch) {
            const double byte = candidate.architecture().choices[0];
            context.note("series" + with(candidate.architecture().choices[0]), byte);
            if (candidate.architecture().choices[0] % 8 == 7)
                results.push_back(
                    failed(candidate.architecture(), "fails" + with(candidate.architecture().choices[0])));
            else
                results.push_back({candidate.architecture(),
                                   {{"up", byte}, {"down", 255 - byte}, {odd_name(), byte}},
                                   Status::ok,
                                   {}});
        }
        return results;
    }
};

/// Fails always, which is noted with each winner; every fourth by an exception.
class Notes final : public Evaluator {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Notes(const Options&, const Setup&) {}
    std::vector<std::string> metrics() const override { return {"noted"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch) {
            const std::string reason = "noted" + with(candidate.architecture().choices[0]);
            if (candidate.architecture().choices[0] % 4 == 0)
                throw std::runtime_error(reason);
            results.push_back(failed(candidate.architecture(), reason));
        }
        return results;
    }
};

/// Announces one winner of each name.
class Names final : public Strategy {
public:
    struct Options {
        static void describe(Describe<Options>&) {}
    };
    Names(const Options&, const Setup&) {}
    bool announces_winners() const override { return true; }
    void search(Search& search) override
    {
        for (std::uint16_t byte = 0; byte < 256; ++byte) {
            search.submit({{byte}});
            search.collect();
        }
        for (std::uint16_t byte = 0; byte < 256; ++byte)
            search.winner({"name" + with(byte), Architecture{{byte}}, {{odd_name(), byte}}, {}});
    }
};

void register_components(Registry& registry)
{
    registry.add<Bytes>("bytes", "a decision with 256 options");
    registry.add<Odd>("odd", "metrics in names of all bytes");
    registry.add<Notes>("notes", "fails with reasons of all bytes");
    registry.add<Names>("names", "winners in names of all bytes");
}

}  // namespace
}  // namespace espalier::garbled

ESPALIER_PLUGIN("garbled", "0.1.0", espalier::garbled::register_components)
