#!/usr/bin/env python3
"""Writes a case of the benchmark: initial parameters, pages and noise, which both sides read.

    bench-training describe configs/demo.yaml | cases.py --height 160 --width 128 --batch 8 --output case.safetensors

Standard input is what `bench-training describe` prints of a configuration.
"""

from __future__ import annotations

import argparse
import json
import math
import sys

import numpy as np
import torch
from safetensors.torch import save_file

import reference as ref
from pages import page


def batch(settings: dict, o: argparse.Namespace, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """What one forward pass sees. The noise on the input is that of the denoising augmentation."""
    images = np.stack([page(o.height, o.width, rng) for _ in range(o.batch)])[:, None]
    target = torch.from_numpy(images).float() / 255
    tensors = {
        "input": (target + 0.2 * torch.from_numpy(rng.normal(size=target.shape)).float()).clamp(0, 1),
        "target": target,
        "noise": torch.from_numpy(rng.normal(size=(o.batch, settings["latent_dim"]))).float(),
    }
    if settings["use_skip_connections"]:
        tensors["dropped"] = torch.from_numpy(rng.random(o.batch) < settings["skip_dropout"])
    if settings["archetype_prior"]:
        tensors["archetypes"] = torch.from_numpy(rng.integers(0, o.archetypes, o.batch))
    return tensors


def model_config(settings: dict) -> ref.ModelConfig:
    keys = ("width", "latent_dim", "use_skip_connections", "modulation", "coordinates", "further_blocks", "upsampling")
    return ref.ModelConfig(**{key: settings[key] for key in keys})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--height", type=int, required=True, help="of the pages, in pixels")
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--batch", type=int, default=1, help="pages a forward pass")
    parser.add_argument("--accumulation", type=int, default=1, help="forward passes a step")
    parser.add_argument("--distinct", type=int, default=4, help="steps with pages of their own; then they come again")
    parser.add_argument("--archetypes", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", required=True)
    o = parser.parse_args()
    settings = json.load(sys.stdin)

    torch.manual_seed(o.seed)
    rng = np.random.default_rng(o.seed)
    tensors = {f"parameter.{k}": v for k, v in ref.BetaVAE(model_config(settings)).state_dict().items()}
    if settings["archetype_prior"]:
        axes = torch.eye(settings["latent_dim"])[: o.archetypes]
        tensors["means"] = axes * (settings["prior_distance"] / math.sqrt(2))
    for step in range(o.distinct):
        for part in range(o.accumulation):
            for name, tensor in batch(settings, o, rng).items():
                tensors[f"step.{step}.{part}.{name}"] = tensor
    metadata = {"configuration": settings["configuration"], "settings": json.dumps(settings)}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, o.output, metadata)


if __name__ == "__main__":
    main()
