"""PyTorch's random numbers, its layers' first weights, and a file of every type: random.safetensors, types.safetensors."""

from __future__ import annotations

import torch
from safetensors.torch import save_file
from torch import Tensor

from support import HERE, save, seeded


def random() -> dict:
    tensors: dict[str, Tensor] = {}
    seeds = (0, 42, 2**40 + 3)
    for seed in seeds:
        g = seeded(seed)
        # Normal numbers are drawn another way from 16 values on, and each draw goes on where the last one stopped.
        tensors[f"{seed}.randn_5"] = torch.randn(5, generator=g)
        tensors[f"{seed}.randn_3x11"] = torch.randn(3, 11, generator=g)
        tensors[f"{seed}.rand_7"] = torch.rand(7, generator=g)
        tensors[f"{seed}.uniform_20"] = torch.empty(20).uniform_(-2, 3, generator=g)
        tensors[f"{seed}.state"] = g.get_state()
        tensors[f"{seed}.after_state"] = torch.randn(4, generator=g)
    torch.manual_seed(7)
    convolution, linear = torch.nn.Conv2d(3, 5, 3), torch.nn.Linear(6, 4)
    for name, layer in (("convolution", convolution), ("linear", linear)):
        tensors |= {f"first.{name}.{key}": value for key, value in layer.state_dict().items()}
    save("random", tensors)
    return {"seeds": list(seeds), "first_seed": 7}


def types() -> dict:
    values = torch.tensor([0.0, 1.0, 2.0, 100.0, 0.5, 3.0])
    kinds = (
        torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8, torch.bool,
    )  # fmt: skip
    tensors = {str(kind).removeprefix("torch."): values.to(kind).reshape(2, 3) for kind in kinds}
    tensors |= {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 4), "négatif/ü": torch.tensor([-1, -(2**40)])}
    save_file(tensors, str(HERE / "types.safetensors"), metadata={"made by": "Python", "quote": 'a "b" \\ é'})
    return {"values": values.tolist()}
