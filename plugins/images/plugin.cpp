// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "cifar10.hpp"
#include "idx.hpp"
#include "image_folder.hpp"

namespace espalier::images {
namespace {

void register_components(Registry& registry)
{
    registry.add<Cifar10>("cifar10", "CIFAR-10 in its binary version, plain, .gz or .xz");
    registry.add<Idx>("idx", "images in IDX files: MNIST, Fashion-MNIST and their like, plain, .gz or .xz");
    registry.add<ImageFolder>("image_folder", "JPEG and PNG files in a folder for each class, as ImageNet's are kept");
}

}  // namespace
}  // namespace espalier::images

ESPALIER_PLUGIN("images", "0.1.0", espalier::images::register_components)
