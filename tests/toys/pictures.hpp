// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "espalier/data.hpp"
#include "espalier/error.hpp"
#include "espalier/setup.hpp"

namespace espalier {

/// Images of any shape in seven classes.
class Pictures final : public Data {
public:
    explicit Pictures(Shape shape) : shape_{std::move(shape)} {}
    std::vector<Input> inputs() const override { return {{.name = "image", .shape = shape_}}; }
    Shape output() const override { return {7}; }

private:
    Shape shape_;
};

/// What a space says against its options or data; "made": nothing.
template <class Space>
std::string refusal_of(const typename Space::Options& options, const Data* data = nullptr)
{
    Setup setup;
    setup.data = data;
    try {
        const Space space(options, setup);
    } catch (const Error& error) {
        return error.what();
    }
    return "made";
}

template <class Space>
std::string refusal_of(const typename Space::Options& options, Shape images)
{
    const Pictures data(std::move(images));
    return refusal_of<Space>(options, &data);
}

}  // namespace espalier
