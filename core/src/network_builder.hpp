// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <unordered_map>

#include "espalier/marks.hpp"

#include "layer_entry.hpp"

namespace espalier {

struct Network::Pool {
    std::deque<LayerEntry> entries;                              // a deque: nodes point into it
    std::unordered_map<std::string, const LayerEntry*> weights;  // the first user of each name
    std::shared_ptr<const Pool> parent;  // shared: specs of the network that this one was copied or resolved from
    std::vector<Marked> marks;           // of the one network whose own pool this is, or of its copies
    const LayerEntry* user_of(const std::string& name) const;
};

/// Builds networks from layers that are known to fit: moves pointers and indices, infers nothing.
class NetworkBuilder {
public:
    using Node = Network::Node;

    NetworkBuilder() = default;
    /// Shares the specs of `from`, not its marks.
    explicit NetworkBuilder(const Network& from)
    {
        network_.pool_ = from.pool_;
        if (!marks(from).empty())
            own_pool(network_).marks.clear();
    }
    void reserve(std::size_t layers, std::size_t inputs)
    {
        network_.nodes_.reserve(layers);
        network_.inputs_.reserve(inputs);
    }

    static std::span<const Node> nodes(const Network& n) { return n.nodes_; }
    static std::span<const std::uint32_t> inputs(const Network& n, const Node& node)
    {
        return {n.inputs_.data() + node.first_input, node.inputs};
    }
    static std::size_t input_count(const Network& n) { return n.inputs_.size(); }

    static std::span<const Marked> marks(const Network& n)
    {
        if (n.pool_ == nullptr)
            return {};
        return n.pool_->marks;
    }
    void mark(Mark kind, std::uint32_t layer) { own_pool(network_).marks.push_back({kind, layer}); }

    /// A pool of this network's own. One that others share is left alone: a new one is chained to it, with its marks.
    static Network::Pool& own_pool(Network&);
    /// Appends a layer as it was in a network before: a mask may have made it narrower than its attributes say.
    /// @param spec its name counts for a custom layer only.
    static void restore(Network&, LayerSpec spec, std::span<const std::size_t> inputs, const Shape&);
    /// A spec of this network's own.
    static const LayerEntry& own(Network&, LayerEntry);
    const LayerEntry& own(LayerEntry entry) { return own(network_, std::move(entry)); }

    /// Appends `inputs` one by one, then the layer that takes them.
    void input(std::uint32_t index) { network_.inputs_.push_back(index); }
    std::span<const std::uint32_t> open_inputs() const
    {
        return std::span<const std::uint32_t>{network_.inputs_}.subspan(used_);
    }
    std::uint32_t layer(const LayerSpec& spec, const Shape& shape)
    {
        const std::uint32_t first = used_;
        used_ = static_cast<std::uint32_t>(network_.inputs_.size());
        network_.nodes_.push_back({&spec, first, used_ - first, shape});
        return static_cast<std::uint32_t>(network_.nodes_.size() - 1);
    }
    const Shape& shape(std::size_t layer) const { return network_.nodes_[layer].shape; }
    std::size_t size() const { return network_.nodes_.size(); }
    /// A layer without inputs: `input`, `zeros` or `zero`.
    std::uint32_t constant(Op, const Shape&);
    Network take() { return std::move(network_); }

private:
    friend class Network;
    /// Null: nothing that the layer ignores. @throws Error if there is no such layer.
    static std::vector<const Shape*> input_shapes(const Network&, Op, std::string_view name,
                                                  std::span<const std::size_t> inputs);
    static void append(Network&, LayerEntry, std::span<const std::size_t> inputs, const Shape&);
    Network network_;
    std::uint32_t used_ = 0;  // inputs that belong to a layer already
};

}  // namespace espalier
