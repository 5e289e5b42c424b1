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

bool in_no_file(const std::string& file)
{
    return file.empty() || file == "<text>";
}

/// What stands in a text that a component was given by another one, or has as a default, is told at the component of
/// the experiment.
std::vector<Diagnostic> placed_here(const Config& config, std::vector<Diagnostic> errors)
{
    for (Diagnostic& error : errors)
        if (in_no_file(error.file) && !in_no_file(config.file)) {
            error.option = error.path + (error.path.empty() || error.option.empty() ? "" : ".") + error.option;
            error.file = config.file;
            error.line = config.line;
            error.column = config.column;
            error.path = config.path;
        }
    return errors;
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
    } catch (const ConfigError& nested) {
        throw ConfigError(placed_here(config, nested.errors()));
    } catch (const ExecutionError&) {
        throw;
    } catch (const Error& error) {
        config.fail(error.what());
    }
}

}  // namespace espalier
