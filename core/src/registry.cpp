// SPDX-License-Identifier: Apache-2.0
#include "espalier/registry.hpp"

#include "espalier/error.hpp"

namespace espalier {

namespace {

std::string explained(const Config& config, const OptionError& error)
{
    const Config& place = config.at_path(error.option());
    // A default has no place of its own: the component's is shown, with the option's name.
    return place.error(&place == &config ? std::string_view{error.what()} : std::string_view{error.sentence()});
}

}  // namespace

std::unique_ptr<Component> located(const Config& config, const std::function<std::unique_ptr<Component>()>& make)
{
    try {
        return make();
    } catch (const OptionError& error) {
        throw ConfigError(explained(config, error));
    } catch (const OptionErrors& several) {
        Diagnostics all;
        for (const OptionError& error : several.errors())
            all.add(explained(config, error));
        all.throw_if_any();
        throw;
    } catch (const ConfigError&) {
        throw;
    } catch (const Error& error) {
        config.fail(error.what());
    }
}

}  // namespace espalier
