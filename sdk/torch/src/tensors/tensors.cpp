// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/tensors.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <ATen/ops/empty.h>

#include "espalier/error.hpp"

#include "stored.hpp"

namespace espalier::torch_sdk {
namespace {

struct NamedType {
    std::string_view name;
    at::ScalarType type;
};
constexpr std::array<NamedType, 10> kTypes{{{"F32", at::kFloat},
                                            {"F64", at::kDouble},
                                            {"I64", at::kLong},
                                            {"U8", at::kByte},
                                            {"BF16", at::kBFloat16},
                                            {"F16", at::kHalf},
                                            {"I32", at::kInt},
                                            {"I16", at::kShort},
                                            {"I8", at::kChar},
                                            {"BOOL", at::kBool}}};

std::string name_of(at::ScalarType type)
{
    const auto* known = std::ranges::find(kTypes, type, &NamedType::type);
    if (known == kTypes.end())
        throw Error(std::string("tensors of type ") + c10::toString(type) + " cannot be saved");
    return std::string(known->name);
}

}  // namespace

Stored::Stored(const std::vector<std::pair<std::string, Tensor>>& named)
{
    for (const auto& [name, tensor] : named) {
        const Tensor& plain = plain_.emplace_back(tensor.detach().cpu().contiguous());
        tensors_.push_back({name,
                            name_of(plain.scalar_type()),
                            std::vector<std::int64_t>(plain.sizes().begin(), plain.sizes().end()),
                            {static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()}});
    }
}

std::vector<std::pair<std::string, Tensor>> tensors_in(const TensorFile& file)
{
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (const StoredTensor& stored : file.tensors) {
        const auto* type = std::ranges::find(kTypes, std::string_view(stored.type), &NamedType::name);
        Tensor tensor = at::empty(stored.extents, type->type);
        if (!stored.bytes.empty())
            std::memcpy(tensor.data_ptr(), stored.bytes.data(), stored.bytes.size());
        tensors.emplace_back(stored.name, std::move(tensor));
    }
    return tensors;
}

void save_tensors(const std::string& file, const std::vector<std::pair<std::string, Tensor>>& tensors,
                  const TensorNotes& notes)
{
    write_tensor_file(file, Stored(tensors).tensors(), notes);
}

std::vector<std::pair<std::string, Tensor>> load_tensors(const std::string& file, TensorNotes* notes)
{
    const TensorFile read = read_tensor_file(file);
    if (notes != nullptr)
        *notes = read.notes;
    return tensors_in(read);
}

}  // namespace espalier::torch_sdk
