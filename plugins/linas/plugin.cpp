// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "linas.hpp"
#include "one_shot_predictor.hpp"

namespace espalier::linas {
namespace {

void register_components(Registry& registry)
{
    registry.add<Linas>("linas", "iterated predictors: validate a batch, fit, search the predictions, and again");
    registry.add<OneShotPredictor>("one_shot_predictor", "predictors made once, and their front validated");
}

}  // namespace
}  // namespace espalier::linas

ESPALIER_PLUGIN("linas", "0.1.0", espalier::linas::register_components)
