// SPDX-License-Identifier: Apache-2.0
#include "hurricane.hpp"

#include <algorithm>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/measuring.hpp"
#include "espalier/resolve.hpp"

#include "generation.hpp"
#include "network.hpp"
#include "profile.hpp"

namespace espalier::hurricane {
namespace {

/// Of a cost model that is asked before there is a search.
class Unattended final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override { throw Error("an operator cannot be scored with work in phases"); }
};

std::string scored_metric(const CostModel& model, const std::string& metric)
{
    const std::vector<std::string> known = model.metrics();
    if (metric.empty() && !known.empty())
        return known.front();
    if (std::find(known.begin(), known.end(), metric) == known.end())
        throw OptionError("metric", "`scored_by` gives no '" + metric + "'" + suggestion(metric, known));
    return metric;
}

constexpr const char* kProfiled = "latency_ms";

double priced(CostModel& model, const std::string& metric, const Network& op)
{
    Unattended context;
    const Candidate candidate(op);
    const std::vector<Evaluation> prices = model.evaluate({&candidate, 1}, context);
    if (prices.size() != 1)
        throw Error("the cost model gave " + std::to_string(prices.size()) + " evaluations for 1 candidate");
    if (!prices.front().ok())
        throw Error(prices.front().reason);
    const auto found = prices.front().metrics.find(metric);
    if (found == prices.front().metrics.end())
        throw Error("the cost model gave no '" + metric + "'");
    return found->second;
}

Generation generation(const Hurricane::Options& o)
{
    using Explore = Generation::Explore;
    Generation g{.alpha = o.alpha, .keep = static_cast<std::size_t>(o.keep), .by_layer = o.granularity == "layer"};
    if (o.explore == "none")
        g.explore = Explore::none;
    else if (o.explore != "auto")
        try {
            g.explorer = operator_named(o.explore);
            g.explore = Explore::named;
        } catch (const Error& error) {
            throw OptionError("explore", error.what());
        }
    return g;
}

Lists generated_lists(const Hurricane::Options& o, const std::vector<Place>& where, const Setup& setup)
{
    const Generation rule = generation(o);
    const std::unique_ptr<CostModel> model = o.scored_by ? setup.make(o.scored_by) : nullptr;
    if (model && (model->trains() || (model->measures() && o.profile.empty())))
        throw OptionError("scored_by",
                          "must give the same prices whenever the space is made; what is learnt in the run does not, "
                          "and what is measured only if it is kept in a `profile`");
    const std::string metric = model ? scored_metric(*model, o.metric) : o.metric.empty() ? kProfiled : o.metric;
    Price price;
    if (model)
        price = [&](const Operator& op, const Place& place) { return priced(*model, metric, alone(op, place)); };
    if (!o.profile.empty()) {
        const auto* const measuring = dynamic_cast<const Measuring*>(model.get());
        price = [table = ProfileTable(o.profile, metric, measuring ? measuring->conditions() : MeasuringConditions{}),
                 price](const Operator& op, const Place& place) { return table(op, place, price); };
    }
    try {
        return generated(where, rule, price);
    } catch (const Error& error) {
        throw OptionError(model ? "scored_by" : "profile", error.what());
    }
}

Lists operator_lists(const Hurricane::Options& o, const std::vector<Place>& where, const Setup& setup)
{
    if (o.lists.empty() != (o.operators != "listed"))
        throw OptionError("lists", "goes with `operators: listed`, and only with it");
    if (o.operators != "generated" && (o.scored_by || !o.profile.empty()))
        throw OptionError(o.scored_by ? "scored_by" : "profile", "goes with `operators: generated`, and only with it");
    if (o.operators == "generated" && !o.scored_by && o.profile.empty())
        throw OptionError("operators", "generated lists need `scored_by` or a `profile`");
    if (o.operators == "generated")
        return generated_lists(o, where, setup);
    if (o.operators != "listed")
        return named_lists(o.operators);
    try {
        return read_lists(o.lists);
    } catch (const Error& error) {
        throw OptionError("lists", error.what());
    }
}

}  // namespace

void Hurricane::Options::describe(Describe<Options>& d)
{
    d("backbone", &Options::backbone,
      "spos: for images of 224 pixels; mini: for images of 32 pixels, a quarter as wide")
        .one_of({"spos", "mini"});
    d("resolution", &Options::resolution,
      "height and width of an image; 0: those of `data`; without, 224 or, of mini, 32")
        .range(0, 4096);
    d("classes", &Options::classes, "outputs of the network; 0: those of `data`; without, 1000 or, of mini, 10")
        .range(0, 1e6);
    d("fit_data", &Options::fit_data,
      "false: images and classes are not those of `data`: to price full networks while an evaluator trains those of a "
      "smaller `space`");
    d("operators", &Options::operators,
      "of each layer. manual: SPOS' four; large: all 32; paper_*: table 1 of the paper; listed: `lists`; generated: "
      "the "
      "best under `scored_by`")
        .one_of({"manual", "large", "paper_dsp", "paper_cpu", "paper_vpu", "listed", "generated"});
    d("lists", &Options::lists,
      "operators of each of the 4 stages or of each of the 20 layers, the best first: \"Choice_3 MB_3_1\"");
    d("scored_by", &Options::scored_by, "the cost model that prices operators; one that does not learn");
    d("profile", &Options::profile,
      "CSV with what operators cost, one row an operator and place; what it lacks is asked of `scored_by` and added to "
      "it, so that it is asked once. One that measures needs it");
    d("metric", &Options::metric,
      "of `scored_by` or the column of `profile`, the less the better; empty: its first, or latency_ms");
    d("alpha", &Options::alpha, "weight of an operator's size in its score; above 0.3 the largest win")
        .range(0, 1)
        .symbol("alpha");
    d("keep", &Options::keep, "operators of a generated list").range(1, 32).symbol("p");
    d("granularity", &Options::granularity,
      "of generated lists: one for each stage, scored at the shape within it, or one for each layer")
        .one_of({"stage", "layer"});
    d("explore", &Options::explore,
      "one operator more in the last stage's generated lists: its name, none, or auto: the largest without squeeze and "
      "excite of the next eight");
    d("scored_at", &Options::scored_at,
      "the backbone whose layers operators are scored at; empty: this one, with its images")
        .one_of({"", "spos", "mini"});
    d("affine", &Options::affine, "whether batch normalisations learn a scale and a shift");
    d("gate", &Options::gate, "of squeeze and excite").one_of({"hsigmoid", "hswish"});
}

Hurricane::Hurricane(const Options& o, const Setup& setup)
{
    const Backbone& around = backbone(o.backbone);
    const ImageTask task = image_task(around.task, o.resolution, o.classes, o.fit_data ? setup.data : nullptr);
    const Backbone& scored = o.scored_at.empty() ? around : backbone(o.scored_at);
    const Lists lists = operator_lists(o, places(scored, o.scored_at.empty() ? task.side : scored.task.side), setup);
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        Decision& decision = decisions_.emplace_back();
        decision.name = "layer" + std::to_string(layer + 1);
        for (const std::size_t op : lists[layer])
            decision.options.emplace_back(kOperators[op].name);
    }
    const Style style{.affine = o.affine, .gate = o.gate == "hswish" ? Op::hswish : Op::hsigmoid};
    super_ = super_network(around, task, style, lists);
}

Network Hurricane::network(const Region& region) const
{
    return resolved(super_, region);
}

}  // namespace espalier::hurricane
