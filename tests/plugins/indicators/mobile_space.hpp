// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"
#include "espalier/search_space.hpp"

#include "toys/toy_space.hpp"

namespace espalier {

/// A little of MobileNetV2 or V3: a stem, four inverted residuals with depthwise kernels of 3 or 5, or nothing but the
/// input, and a classifier. What a user's own space may look like.
class MobileSpace final : public ToySpace {
public:
    /// @param activation Op::relu, Op::relu6 or Op::hswish. @param marks false: does not say where its blocks are.
    explicit MobileSpace(Op activation = Op::relu6, bool marks = true) : activation_{activation}, marks_{marks}
    {
        for (const char* name : {"first", "second", "third", "fourth"})
            decisions_.push_back({name, {"k3", "k5", "none"}});
        decisions_[0].options.pop_back();  // the first and the third change the width
        decisions_[2].options.pop_back();
        std::size_t x = super_.add(Op::input, {}, {{"shape", {3, 16, 16}}});
        x = conv(x, 8, 3, 2, "stem");
        note(Mark::block, x);
        constexpr std::int64_t kWidths[] = {12, 12, 16, 16};
        for (std::size_t b = 0; b < 4; ++b) {
            std::vector<std::size_t> options;
            for (const int kernel : {3, 5})
                options.push_back(
                    residual(x, kWidths[b], kernel, b == 2 ? 2 : 1, std::to_string(b) + "." + std::to_string(kernel)));
            if (decisions_[b].options.size() == 3)
                options.push_back(x);
            x = super_.add(Op::choice, options, {{"decision", {double(b)}}});
            note(Mark::branch, x);
            note(Mark::block, x);
        }
        x = super_.add(Op::global_average, {x});
        super_.add(Op::linear, {x}, {{"out", {10}}}, "classifier");
    }

private:
    void note(Mark kind, std::size_t layer)
    {
        if (marks_)
            mark(super_, kind, layer);
    }
    std::size_t conv(std::size_t x, std::int64_t out, int kernel, int stride, const std::string& name)
    {
        x = super_.add(Op::conv, {x},
                       {{"out", {double(out)}}, {"kernel", {double(kernel)}}, {"stride", {double(stride)}}}, name);
        return super_.add(Op::batch_norm, {x}, {}, name + ".bn");
    }
    std::size_t residual(std::size_t x, std::int64_t out, int kernel, int stride, const std::string& name)
    {
        const std::int64_t in = super_[x].shape()[0];
        std::size_t y = super_.add(activation_, {conv(x, 3 * in, 1, 1, name + ".expand")});
        y = super_.add(Op::conv, {y}, {{"depthwise", {1}}, {"kernel", {double(kernel)}}, {"stride", {double(stride)}}},
                       name + ".depth");
        y = super_.add(activation_, {super_.add(Op::batch_norm, {y}, {}, name + ".depth.bn")});
        y = conv(y, out, 1, 1, name + ".project");
        return in == out && stride == 1 ? super_.add(Op::add, {x, y}) : y;
    }

    Op activation_;
    bool marks_;
};

}  // namespace espalier
