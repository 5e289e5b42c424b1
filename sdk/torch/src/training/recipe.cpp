// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/recipe.hpp"

#include <map>

namespace espalier::torch_sdk {
namespace {

const std::map<std::string, Schedule::Kind>& kinds()
{
    using Kind = Schedule::Kind;
    static const std::map<std::string, Kind> kinds{{"constant", Kind::constant}, {"linear", Kind::linear},
                                                   {"cosine", Kind::cosine},     {"step", Kind::step},
                                                   {"cyclic", Kind::cyclic},     {"one_cycle", Kind::one_cycle}};
    return kinds;
}

std::vector<std::string> kind_names()
{
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds())
        names.push_back(name);
    return names;
}

}  // namespace

void Recipe::describe(Describe<Recipe>& d)
{
    d("epochs", &Recipe::epochs, "passes over the training images").range(1, 100'000);
    d("batch", &Recipe::batch, "images a step").range(1, 65536);
    d("images", &Recipe::images, "train on this many of the training images, drawn at random; 0: on all").range(0, 1e9);
    d("learning_rate", &Recipe::learning_rate, "the largest; `schedule` says how it goes").range(0, 100);
    d("momentum", &Recipe::momentum, "Nesterov's; of `adam` the decay of the first moment").range(0, 0.9999);
    d("weight_decay", &Recipe::weight_decay, "added to the gradient, times the parameter").range(0, 1);
    d("label_smoothing", &Recipe::label_smoothing, "part of the target spread over all classes").range(0, 0.999);
    d("clip", &Recipe::clip, "largest norm of the gradient; 0: no limit").range(0, 1e9);
    d("crop", &Recipe::crop, "training images are padded by this many pixels and cropped at random").range(0, 64);
    d("flip", &Recipe::flip, "training images are mirrored with probability 1/2");
    d("optimiser", &Recipe::optimiser, "stochastic gradient descent, or Adam").one_of({"sgd", "adam"}).added_later();
    d("decay", &Recipe::decay, "what `weight_decay` holds for: every parameter, or not biases and normalisations")
        .one_of({"all", "weights"})
        .added_later();
    d("schedule", &Recipe::schedule,
      "how the learning rate goes: falling along a line or half a cosine, in steps, in "
      "triangles, or up and down once")
        .one_of(kind_names())
        .added_later();
    d("end_rate", &Recipe::end_rate, "where `linear`, `cosine`, `cyclic`, `one_cycle` end, as part of `learning_rate`")
        .range(0, 1)
        .added_later();
    d("period", &Recipe::period, "epochs between the falls of `step`, of a triangle of `cyclic`")
        .range(1e-6, 1e9)
        .added_later();
    d("gamma", &Recipe::gamma, "what `step` multiplies the rate by").range(0, 1).added_later();
    d("rise", &Recipe::rise, "part of `one_cycle` in which the rate rises").range(0.001, 0.999).added_later();
    d("warm_up", &Recipe::warm_up, "epochs in which the rate rises from 0, before all else")
        .range(0, 1e9)
        .added_later();
    d("cutout", &Recipe::cutout, "pixels: side of the square of each training image that is blanked; 0: none")
        .range(0, 4096)
        .added_later();
    d("colour_jitter", &Recipe::colour_jitter,
      "brightness, contrast and saturation of training images change by up to this part")
        .range(0, 1)
        .added_later();
    d("resized_crop", &Recipe::resized_crop,
      "training images are boxes cut out at random, of at least this part of the area, brought to their size; 0: whole "
      "ones")
        .range(0, 1)
        .added_later();
    d("average", &Recipe::average,
      "decay of the moving average of the weights that the training ends with; 0: the last "
      "weights")
        .range(0, 0.999999)
        .added_later();
    d("until_loss", &Recipe::until_loss,
      "ends as soon as the smoothed training loss has been at most this for 50 steps in a row; 0: never before "
      "`epochs`")
        .range(0, 1e6)
        .added_later();
}

std::variant<Sgd, Adam> Recipe::rule() const
{
    if (optimiser == "adam")
        return Adam{.learning_rate = learning_rate, .beta1 = momentum, .weight_decay = weight_decay, .clip = clip};
    return Sgd{.learning_rate = learning_rate,
               .momentum = momentum,
               .weight_decay = weight_decay,
               .nesterov = momentum > 0,
               .clip = clip};
}

std::optional<std::size_t> Recipe::known_epochs() const
{
    return until_loss > 0 ? std::nullopt : std::optional(static_cast<std::size_t>(epochs));
}

Schedule Recipe::rates(double steps_an_epoch) const
{
    return {.kind = kinds().at(schedule),
            .end = end_rate,
            .gamma = gamma,
            .period = period * steps_an_epoch,
            .rise = rise,
            .warm_up = warm_up * steps_an_epoch};
}

Augmentation Recipe::augmentation() const
{
    return {.crop_padding = crop,
            .flip = flip,
            .cutout = cutout,
            .colour_jitter = colour_jitter,
            .resized_crop = resized_crop};
}

}  // namespace espalier::torch_sdk
