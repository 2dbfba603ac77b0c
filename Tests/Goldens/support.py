"""What the parts of `make_goldens.py` share: seeds, pages, recording of gradients, saving."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks" / "PyTorch"))

import reference as ref  # noqa: E402
from pages import page  # noqa: E402

WIDTH, LATENT = 0.125, 16  # of the small model


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(generator: torch.Generator, *shape: int, scale: float = 1.0) -> Tensor:
    return torch.randn(shape, generator=generator) * scale


def pages(count: int, height: int, width: int, seed: int) -> Tensor:
    """[count, 1, height, width] uint8."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.stack([page(height, width, rng) for _ in range(count)]))[:, None]


def unit(images: Tensor) -> Tensor:
    """uint8 to [0, 1], by an fp32 division."""
    return images.float() / 255


def norms(parameters) -> dict[str, float]:
    """The Euclidean norm of each tensor, summed in fp64."""
    return {name: value.detach().double().norm().item() for name, value in parameters}


def save(name: str, tensors: dict[str, Tensor]) -> None:
    for key, value in tensors.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise SystemExit(f"{name}: {key} is not finite")
    save_file({k: v.detach().contiguous().clone() for k, v in tensors.items()}, str(HERE / f"{name}.safetensors"))


class Cases(dict):
    """Tensors by name; `record` runs a function and adds its inputs, output, upstream gradient and gradients."""

    def record(self, case: str, function, generator: torch.Generator, **inputs: Tensor) -> None:
        leaves = {k: v.clone().requires_grad_() for k, v in inputs.items()}
        output = function(**leaves)
        upstream = normal(generator, *output.shape)
        output.backward(upstream)
        self.update({f"{case}.{k}": v for k, v in inputs.items()})
        self[f"{case}.output"], self[f"{case}.upstream"] = output, upstream
        self.update({f"{case}.grad_{k}": v.grad for k, v in leaves.items()})


def plain_model() -> ref.BetaVAE:
    torch.manual_seed(11)
    model = ref.BetaVAE(ref.ModelConfig(width=WIDTH, latent_dim=LATENT))
    return away_from_zero(model, seeded(12))


def conditioned_model() -> ref.BetaVAE:
    torch.manual_seed(13)
    model = ref.BetaVAE(ref.ModelConfig(width=WIDTH, latent_dim=LATENT, modulation=True, coordinates=True))
    return away_from_zero(model, seeded(14))


def subpixel_model() -> ref.BetaVAE:
    torch.manual_seed(18)
    config = ref.ModelConfig(
        width=WIDTH, latent_dim=LATENT, modulation=True, coordinates=True, upsampling="subpixel"
    )
    return away_from_zero(ref.BetaVAE(config), seeded(19))


def further_model() -> ref.BetaVAE:
    """What the released model is: the sub-pixel one, grown. Half as wide, since the blocks are many."""
    torch.manual_seed(20)
    config = ref.ModelConfig(
        width=WIDTH / 2, latent_dim=LATENT, modulation=True, coordinates=True, upsampling="subpixel", further_blocks=2
    )
    return away_from_zero(ref.BetaVAE(config), seeded(21))


def away_from_zero(model: ref.BetaVAE, g: torch.Generator) -> ref.BetaVAE:
    """Gives the parameters that start at zero (or one) other values, so that a test sees what they do."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "modulation" in name or "null_skips" in name or "norm" in name:
                p.add_(normal(g, *p.shape, scale=0.1))
    return model
