// SPDX-License-Identifier: Apache-2.0
#include "espalier/registry.hpp"

#include "espalier/error.hpp"

namespace espalier {

namespace {

Diagnostic placed(const Config& config, const OptionError& error)
{
    const Config& place = config.at_path(error.option());
    Diagnostic placed = place.error(error.sentence());
    if (&place == &config)  // a default has no place of its own
        placed.option = error.option();
    return placed;
}

}  // namespace

std::unique_ptr<Component> located(const Config& config, const std::function<std::unique_ptr<Component>()>& make)
{
    try {
        return make();
    } catch (const OptionError& error) {
        throw ConfigError({placed(config, error)});
    } catch (const OptionErrors& several) {
        Diagnostics all;
        for (const OptionError& error : several.errors())
            all.add(placed(config, error));
        all.throw_if_any();
        throw;
    } catch (const ConfigError&) {
        throw;
    } catch (const Error& error) {
        config.fail(error.what());
    }
}

}  // namespace espalier
