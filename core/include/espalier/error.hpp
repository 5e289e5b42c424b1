// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "espalier/export.hpp"

namespace espalier {

/// What every part of Espalier throws: one sentence for a person.
class ESPALIER_API Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    ~Error() override;
};

/// The experiment is wrong. The text begins with the place: "file:line:column: path: sentence"; several errors are
/// separated by newlines.
class ESPALIER_API ConfigError : public Error {
public:
    using Error::Error;
    ~ConfigError() override;
};

/// Thrown by a component's constructor about one of its own options; the registry adds file, line and column.
class ESPALIER_API OptionError : public Error {
public:
    /// @param option the key below the component, for example "column" or "metrics.2".
    OptionError(std::string option, const std::string& sentence);
    ~OptionError() override;
    const std::string& option() const { return option_; }
    const std::string& sentence() const { return sentence_; }  ///< without the option's name

private:
    std::string option_, sentence_;
};

/// The same about several options, so that a person hears of all of them in one go.
class ESPALIER_API OptionErrors : public Error {
public:
    explicit OptionErrors(std::vector<OptionError> errors);
    ~OptionErrors() override;
    const std::vector<OptionError>& errors() const { return errors_; }

private:
    std::vector<OptionError> errors_;
};

}  // namespace espalier
