// SPDX-License-Identifier: Apache-2.0
#include "espalier/registry.hpp"

#include "espalier/error.hpp"

namespace espalier {

Registry::~Registry() = default;

std::unique_ptr<Component> located(const Config& config, const std::function<std::unique_ptr<Component>()>& make)
{
    try {
        return make();
    } catch (const OptionError& error) {
        const Config& place = config.at_path(error.option());
        // A default has no place of its own: the component's is shown, with the option's name.
        place.fail(&place == &config ? std::string_view{error.what()} : std::string_view{error.sentence()});
    } catch (const ConfigError&) {
        throw;
    } catch (const Error& error) {
        config.fail(error.what());
    }
}

}  // namespace espalier
