// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

/// The numbers of scikit_learn.txt by name.
class Golden {
public:
    Golden()
    {
        std::ifstream file(std::string(ESPALIER_SOURCE_DIR) + "/tests/sdk/regression/scikit_learn.txt");
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line);
            std::string name;
            words >> name;
            for (double number; words >> number;)
                numbers_[name].push_back(number);
        }
    }
    const std::vector<double>& operator[](const std::string& name) const
    {
        const auto found = numbers_.find(name);
        if (found == numbers_.end())
            throw std::runtime_error("scikit_learn.txt has no " + name);
        return found->second;
    }

private:
    std::map<std::string, std::vector<double>> numbers_;
};
