// SPDX-License-Identifier: Apache-2.0
#include "espalier/error.hpp"

#include <tuple>
#include <utility>

namespace espalier {

Error::~Error() = default;
ConfigError::~ConfigError() = default;
OptionError::~OptionError() = default;
ExecutionError::~ExecutionError() = default;
OptionErrors::~OptionErrors() = default;

bool Diagnostic::same_place(const Diagnostic& other) const
{
    return std::tie(file, line, column, path) == std::tie(other.file, other.line, other.column, other.path);
}

std::string to_string(const Diagnostic& error)
{
    std::string text = error.file;
    if (error.line > 0)
        text += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
    for (const std::string& part : {error.path, error.option, error.sentence})
        if (!part.empty())
            text += (text.empty() ? "" : ": ") + part;
    return text;
}

namespace {

std::string to_string(const OptionError& error)
{
    return error.what();
}

template <class Some>
std::string lines(const std::vector<Some>& errors)
{
    std::string text;
    for (const Some& error : errors)
        text += (text.empty() ? "" : "\n") + to_string(error);
    return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<Diagnostic> errors) : Error(lines(errors)), errors_{std::move(errors)} {}

OptionError::OptionError(std::string option, const std::string& sentence)
    : Error(option + ": " + sentence), option_{std::move(option)}, sentence_{sentence}
{
}

ExecutionError::ExecutionError(std::string option, const std::string& sentence)
    : Error(sentence), option_{std::move(option)}
{
}

OptionErrors::OptionErrors(std::vector<OptionError> errors) : Error(lines(errors)), errors_{std::move(errors)} {}

}  // namespace espalier
