"""Single layers and blocks, forward and backward: layers.safetensors and blocks.safetensors."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from support import LATENT, WIDTH, Cases, normal, pages, plain_model, ref, save, seeded, unit


def layers() -> dict:
    g, cases, settings = seeded(1), Cases(), {}

    convolutions = {  # case: (input channels, output channels, kernel, stride, padding, bias, size)
        "conv3x3_s1": (3, 4, 3, 1, 1, True, (7, 9)),
        "conv3x3_s2": (4, 6, 3, 2, 1, False, (7, 10)),
        "conv7x7_s2": (1, 8, 7, 2, 3, False, (33, 18)),
        "conv7x7_s1": (2, 1, 7, 1, 3, False, (9, 6)),
        "conv1x1_s2": (8, 6, 1, 2, 0, False, (7, 10)),
    }
    for case, (i, o, k, s, p, bias, size) in convolutions.items():
        parameters = {"weight": normal(g, o, i, k, k, scale=1 / math.sqrt(i * k * k))}
        if bias:
            parameters["bias"] = normal(g, o)
        cases.record(
            case,
            lambda input, weight, bias=None: F.conv2d(input, weight, bias, stride=s, padding=p),
            g, input=normal(g, 2, i, *size), **parameters,
        )  # fmt: skip
        settings[case] = {"stride": s, "padding": p}

    cases.record("linear", F.linear, g, input=normal(g, 3, 10), weight=normal(g, 5, 10), bias=normal(g, 5))
    for case, channels, groups, size in (("group_norm", 8, 4, (5, 7)), ("group_norm_1x1", 12, 3, (1, 1))):
        cases.record(
            case,
            lambda input, weight, bias: F.group_norm(input, groups, weight, bias, eps=1e-5),
            g, input=normal(g, 2, channels, *size) * 3 + 1, weight=normal(g, channels), bias=normal(g, channels),
        )  # fmt: skip
        settings[case] = {"groups": groups, "eps": 1e-5}
    cases.record("max_pool", lambda input: F.max_pool2d(input, 3, stride=2, padding=1), g, input=normal(g, 2, 3, 9, 12))

    for height, width in ((1, 1), (2, 3), (3, 5), (5, 7), (16, 8)):
        input = normal(g, 2, 3, height, width)
        for k in (1, 2, 4):
            case = f"adaptive_average_pool_{k}_{height}x{width}"
            cases.record(case, lambda input: F.adaptive_avg_pool2d(input, k), g, input=input)
            settings[case] = {"output": k}

    for height, width in ((1, 2), (2, 2), (4, 4), (5, 3), (64, 40)):  # the decoder's 4 × 4 grid to ⌈H/32⌉ × ⌈W/32⌉
        case = f"bilinear_{height}x{width}"
        cases.record(
            case,
            lambda input: F.interpolate(input, size=(height, width), mode="bilinear", align_corners=False),
            g, input=normal(g, 1, 2, 4, 4),
        )  # fmt: skip
        settings[case] = {"size": [height, width]}
    cases.record(
        "nearest_2x", lambda input: F.interpolate(input, scale_factor=2, mode="nearest"), g, input=normal(g, 2, 3, 3, 5)
    )

    logits = torch.cat([normal(g, 2, 1, 6, 4, scale=3).flatten(), torch.tensor([-90.0, -20.0, 0.0, 20.0, 90.0])])
    cases.record("sigmoid", torch.sigmoid, g, input=logits)
    target = torch.rand(logits.shape, generator=g)
    cases["bce_with_logits.target"] = target
    cases.record(
        "bce_with_logits",
        lambda input: F.binary_cross_entropy_with_logits(input, target, reduction="none"),
        g, input=logits,
    )  # fmt: skip
    ties = torch.tensor([[1.0, 3.0, 3.0, 2.0], [5.0, 5.0, 5.0, 5.0]])
    cases.record("amax_ties", lambda input: input.amax(dim=1), g, input=ties)
    save("layers", cases)
    return settings


def module_case(cases: Cases, case: str, module: torch.nn.Module, g: torch.Generator, *inputs: Tensor) -> None:
    """A module's parameters, all random, as `case.parameters.NAME`, their gradients as `case.grad_parameters.NAME`."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            noise = normal(g, *p.shape, scale=0.3 if p.dim() == 1 else 1 / math.sqrt(p[0].numel()))
            p.copy_(1 + noise if "norm" in name and name.endswith("weight") else noise)
    names = ["input", "z"][: len(inputs)]
    leaves = [value.clone().requires_grad_() for value in inputs]
    output = module(*leaves)
    upstream = normal(g, *output.shape)
    output.backward(upstream)
    cases[f"{case}.output"], cases[f"{case}.upstream"] = output, upstream
    for name, value, leaf in zip(names, inputs, leaves):
        cases[f"{case}.{name}"], cases[f"{case}.grad_{name}"] = value, leaf.grad
    for name, p in module.named_parameters():
        cases[f"{case}.parameters.{name}"], cases[f"{case}.grad_parameters.{name}"] = p, p.grad


def blocks() -> dict:
    g, cases = seeded(2), Cases()
    config = ref.ModelConfig(width=WIDTH, latent_dim=LATENT)
    module_case(cases, "cbam", ref.CBAM(32), g, normal(g, 2, 32, 5, 7))
    module_case(cases, "resblock_s1", ref.ResBlock(8, 8, 1, config), g, normal(g, 2, 8, 6, 5))
    module_case(cases, "resblock_s1_wider", ref.ResBlock(12, 8, 1, config), g, normal(g, 2, 12, 6, 5))
    module_case(cases, "resblock_s2", ref.ResBlock(8, 16, 2, config), g, normal(g, 2, 8, 7, 10))
    modulated = ref.ResBlock(12, 8, 1, config, modulation=True)
    module_case(cases, "resblock_modulated", modulated, g, normal(g, 2, 12, 6, 5), normal(g, 2, LATENT))

    model = plain_model()
    for height, width in ((33, 47), (64, 32), (100, 65)):
        case = f"spp_{height}x{width}"
        image = pages(1, height, width, seed=height)
        features, _ = model.encoder(unit(image))
        cases[f"{case}.image"] = image
        cases.record(case, lambda input: ref.spatial_pyramid(input), g, input=features.detach())
    for height, width, stride in ((33, 47, 16), (33, 47, 1), (64, 32, 4)):
        output = ref.coordinates((height, width), stride, torch.zeros(1))
        cases[f"coordinates_{height}x{width}_s{stride}.output"] = output
    save("blocks", cases)
    return {
        "cbam": {"channels": 32},
        "resblock": {"groups": config.groups(8), "latent_dim": LATENT},
        "spp": "spp_HxW.input is the ÷32 map of spp_HxW.image under plain.parameters of model.safetensors",
        "channels": {
            str(w): {str(n): ref.ModelConfig(width=w).channels(n) for n in (32, 64, 128, 256, 512)}
            for w in (0.1, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0, 1.5)
        },
        "groups": {
            str(w): {str(c): ref.ModelConfig(width=w).groups(c) for c in (8, 16, 24, 32, 48, 64, 96, 512)}
            for w in (0.1, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0, 1.5)
        },
    }
