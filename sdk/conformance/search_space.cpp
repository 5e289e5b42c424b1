// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <thread>
#include <unordered_map>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/network_json.hpp"
#include "espalier/resolve.hpp"

#include "report.hpp"

namespace espalier::conformance {
namespace {

constexpr std::size_t kNetworks = 20;       // building one may take milliseconds
constexpr double kMostEnumerated = 20'000;  // resolving one takes microseconds

/// Of all architectures the one with this number, the last decision counting fastest.
Architecture numbered(std::size_t number, std::span<const Decision> decisions)
{
    Architecture a{std::vector<std::uint16_t>(decisions.size())};
    for (std::size_t d = decisions.size(); d-- > 0; number /= decisions[d].options.size())
        a.choices[d] = static_cast<std::uint16_t>(number % decisions[d].options.size());
    return a;
}

class SpaceTrial {
public:
    SpaceTrial(Report& report, const SearchSpace& space) : report_{report}, space_{space} {}

    /// @return whether there is an architecture to try.
    bool decisions()
    {
        std::set<std::string> names;
        bool options = true;
        for (const Decision& decision : space_.decisions()) {
            report_.require(names.insert(decision.name).second, "two decisions have the same name", decision.name);
            report_.require(!decision.options.empty(), "a decision has no options", decision.name);
            options = options && !decision.options.empty();
            const std::set<std::string> labels(decision.options.begin(), decision.options.end());
            report_.require(labels.size() == decision.options.size(), "two options of a decision have the same label",
                            decision.name);
        }
        return report_.require(!names.empty(), "the space has no decisions") && options;
    }

    void text(const Architecture& a)
    {
        const std::string text = space_.text(a);
        report_.survives("parsing the text of an architecture",
                         [&] { report_.require(space_.parse(text) == a, "`parse` does not invert `text`", text); });
        for (const std::string& wrong : {text + "?", "?" + text, text.substr(0, text.size() - 1) + "?", text + text})
            report_.refuses("text that is no architecture, such as '" + shown(wrong, text) + "',",
                            [&] { space_.parse(wrong); });
    }
    void no_text()
    {
        report_.refuses("empty text", [&] { space_.parse(""); });
    }

    void key(const Architecture& a)
    {
        const std::string key = space_.key(a), text = space_.text(a);
        const Architecture canonical = space_.canonical(a);
        report_.require(space_.key(a) == key, "the key of an architecture changes from call to call", text);
        if (!report_.require(Region(space_.decisions()).contains(canonical),
                             "the canonical architecture is not in the space", to_string(canonical)))
            return;
        report_.require(space_.canonical(canonical) == canonical, "`canonical` is not idempotent", text);
        report_.require(space_.key(canonical) == key, "the canonical architecture has another key", text);
        const auto [known, fresh] = canonical_.emplace(key, canonical);
        report_.require(fresh || known->second == canonical,
                        "architectures with equal keys have different canonical ones", text);
    }

    void active(const Architecture& a)
    {
        const std::vector<bool> active = space_.active(a);
        if (!report_.require(active.size() == a.choices.size(), "`active` has not one answer for every decision",
                             std::to_string(active.size())))
            return;
        for (std::size_t d = 0; d < active.size(); ++d) {
            const std::size_t options = space_.decisions()[d].options.size();
            if (active[d] || options < 2)
                continue;
            Architecture other = a;
            other.choices[d] = static_cast<std::uint16_t>((a.choices[d] + 1U) % options);
            report_.require(space_.key(other) == space_.key(a), "an inactive decision changes the key",
                            "'" + space_.decisions()[d].name + "' in " + space_.text(a));
            key(other);
        }
    }

    void network(const Architecture& a, const Network* super)
    {
        report_.survives("building the network of an architecture", [&] {
            const Region only{space_.canonical(a)};
            const Network plain = space_.network(only);
            if (!report_.require(plain.size() > 0, "the network of an architecture is empty", space_.text(a)))
                return;
            report_.require(to_string(space_.network(only)) == to_string(plain),
                            "the network of an architecture changes from call to call", space_.text(a));
            written(plain, space_.text(a));
            for (const Layer layer : plain)
                report_.require(
                    layer.op() < Op::zero, "the network of an architecture has open decisions",
                    "layer " + std::to_string(layer.index()) + " (" + layer.spec().name + ") of " + space_.text(a));
            if (super == nullptr)
                return;
            const Network from_super = resolved(*super, only);
            report_.require(macs(from_super) == macs(plain) && params(from_super) == params(plain) &&
                                from_super.output().shape() == plain.output().shape(),
                            "the network of an architecture differs from the resolved super-network", space_.text(a));
        });
    }

    /// What one of a key costs, all of that key cost, each in a network of its own.
    void costs(std::span<const Architecture> drawn, const Network* super)
    {
        report_.survives("building the networks of architectures with equal keys", [&] {
            const double size = Region(space_.decisions()).size();
            if (super != nullptr && size <= kMostEnumerated)
                for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i)
                    cost(numbered(i, space_.decisions()), super);
            else
                for (const Architecture& a :
                     drawn.first(super != nullptr ? drawn.size() : std::min(drawn.size(), kNetworks)))
                    for (const Architecture& alike : sharing_key(a))
                        cost(alike, super);
        });
    }

    /// The super-network, where the space can superpose.
    std::unique_ptr<Network> super_network()
    {
        try {
            return std::make_unique<Network>(space_.network(Region(space_.decisions())));
        } catch (const Error&) {
            return nullptr;  // its right
        }
    }

    void written(const Network& network, const std::string& which)
    {
        const std::string text = to_json(network);
        const Network back = parse_network(text);
        report_.require(to_json(back) == text && to_string(back) == to_string(network),
                        "a network does not come back from JSON as it was", which);
    }

    void threads(std::span<const Architecture> all)
    {
        const auto told = [&] {
            std::string text;
            for (const Architecture& a : all)
                text += space_.key(a) + space_.text(a) + to_string(space_.canonical(a)) + "\n";
            return text;
        };
        const std::string alone = told();
        std::vector<std::string> texts(4);
        std::vector<std::thread> threads;
        threads.reserve(texts.size());
        for (std::string& text : texts)
            threads.emplace_back([&] { text = told(); });
        for (std::thread& thread : threads)
            thread.join();
        for (const std::string& text : texts)
            report_.require(text == alone, "several threads at once get other keys, texts or representatives");
    }

private:
    /// An architecture, its canonical one, and those of its key that are one decision from it.
    std::vector<Architecture> sharing_key(const Architecture& a) const
    {
        std::vector<Architecture> all{a, space_.canonical(a)};
        const std::string key = space_.key(a);
        for (std::size_t d = 0; d < a.choices.size(); ++d)
            for (std::size_t option = 0; option < space_.decisions()[d].options.size(); ++option) {
                Architecture other = a;
                other.choices[d] = static_cast<std::uint16_t>(option);
                if (option != a.choices[d] && space_.key(other) == key)
                    all.push_back(std::move(other));
            }
        return all;
    }

    void cost(const Architecture& a, const Network* super)
    {
        const Region only{a};
        const Network own = super != nullptr ? resolved(*super, only) : space_.network(only);
        const auto [known, fresh] = costs_.emplace(space_.key(a), Cost{macs(own), params(own), a});
        report_.require(fresh || (known->second.macs == macs(own) && known->second.params == params(own)),
                        "architectures with equal keys have networks of other multiply-adds or parameters",
                        space_.text(known->second.of) + " and " + space_.text(a));
    }

    static std::string shown(const std::string& wrong, const std::string& right)
    {
        if (wrong == right + right)
            return "TEXTTEXT";
        if (wrong == right + "?")
            return "TEXT?";
        return wrong == "?" + right ? "?TEXT" : "TEX?";
    }

    Report& report_;
    const SearchSpace& space_;
    std::unordered_map<std::string, Architecture> canonical_;
    struct Cost {
        double macs, params;
        Architecture of;
    };
    std::unordered_map<std::string, Cost> costs_;
};

}  // namespace

Violations check_space(const SearchSpace& space, std::size_t architectures, std::uint64_t seed)
{
    Report report;
    SpaceTrial trial{report, space};
    report.survives("the space", [&] {
        if (!trial.decisions())
            return;
        trial.no_text();
        Rng rng{seed, "conformance"};
        const Region all{space.decisions()};
        std::vector<Architecture> drawn;
        for (std::size_t i = 0; i < architectures; ++i)
            drawn.push_back(random_architecture(all, rng));
        for (const Architecture& a : drawn) {
            trial.text(a);
            trial.key(a);
            trial.active(a);
        }
        const std::unique_ptr<Network> super = trial.super_network();
        if (super != nullptr)
            trial.written(*super, "the super-network");
        for (std::size_t i = 0; i < std::min(drawn.size(), kNetworks); ++i)
            trial.network(drawn[i], super.get());
        trial.costs(drawn, super.get());
        trial.threads(drawn);
    });
    return report.take();
}

}  // namespace espalier::conformance
