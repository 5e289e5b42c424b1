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

/// What is wrong in an experiment, and where.
struct ESPALIER_API Diagnostic {
    std::string file;          ///< "experiment.yaml", "--set budget.minutes"; empty: it stands in no file
    int line = 0, column = 0;  ///< from 1; 0: in no line
    std::string path;          ///< of the value: "strategy.inner.population"; empty: the whole file
    std::string option;        ///< of the component that stands there, if a default that stands nowhere is wrong
    std::string sentence;

    bool same_place(const Diagnostic&) const;  ///< file, line, column and path are equal
    bool operator==(const Diagnostic&) const = default;
};
/// "file:line:column: path: option: sentence" without what is empty: as a person sees it.
ESPALIER_API std::string to_string(const Diagnostic&);

/// The experiment is wrong. The text has a line for each error.
class ESPALIER_API ConfigError : public Error {
public:
    explicit ConfigError(std::vector<Diagnostic> errors);
    ~ConfigError() override;
    const std::vector<Diagnostic>& errors() const { return errors_; }

private:
    std::vector<Diagnostic> errors_;
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

/// The same about `execution`, which is the experiment's: the host adds the place there.
class ESPALIER_API ExecutionError : public Error {
public:
    /// @param option the key below `execution`, for example "device" or "device.1".
    ExecutionError(std::string option, const std::string& sentence);
    ~ExecutionError() override;
    const std::string& option() const { return option_; }

private:
    std::string option_;
};

/// The same as OptionError about several options, so that a person hears of all of them in one go.
class ESPALIER_API OptionErrors : public Error {
public:
    explicit OptionErrors(std::vector<OptionError> errors);
    ~OptionErrors() override;
    const std::vector<OptionError>& errors() const { return errors_; }

private:
    std::vector<OptionError> errors_;
};

}  // namespace espalier
