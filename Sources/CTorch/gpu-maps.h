// The passes over maps that are fused on a processor, for a GPU and for any precision.
#pragma once

#include "bridge.h"

namespace ct::gpu {

/// relu?(GN(maps) · scale + shift), with scale and shift [batch, channels].
at::Tensor normalise(
    const at::Tensor &maps, const at::Tensor &scale, const at::Tensor &shift, int64_t groups, bool relu, double epsilon);
/// Mean and maximum of each map, [2, batch, channels], at least fp32. Equal maxima share their gradient.
at::Tensor channel_pool(const at::Tensor &maps);
/// Mean and maximum of each place over maps · scales, [batch, 2, height, width].
at::Tensor place_pool(const at::Tensor &maps, const at::Tensor &scales);
/// relu(maps · scales · places + residual).
at::Tensor attend_and_add(
    const at::Tensor &maps, const at::Tensor &scales, const at::Tensor &places, const at::Tensor &residual);

}  // namespace ct::gpu
