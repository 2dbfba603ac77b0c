"""The rules of torch.amp.GradScaler: which steps it leaves out, and how its scale moves. All in goldens.json."""

from __future__ import annotations

import math

import torch


def scaler() -> dict:
    infinite, nothing = math.inf, math.nan
    usual = [
        (1.5, -3e4), (2e-3, 7.0), (infinite, 1.0), (1.0, 1.0), (0.1, 0.2), (0.3, 0.4), (1.0, nothing), (-infinite, nothing),
        (5e8, 1e-20), (1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0), (9.0, 1.0),
    ]  # fmt: skip
    return {
        "usual": sequence(usual, init_scale=65536.0, growth_interval=3),
        "largest": sequence([(1.0, 2.0)] * 4, init_scale=2.0**126, growth_interval=1),  # 2¹²⁸ would be infinite
    }


def sequence(gradients: list[tuple[float, float]], init_scale: float, growth_interval: int) -> dict:
    """`unscaled` is null where the step is left out; gradients are texts, since JSON knows no infinity."""
    parameter = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=init_scale, growth_interval=growth_interval)
    steps = []
    for values in gradients:
        scale = scaler.scale(torch.ones(())).item()
        parameter.grad = torch.tensor(values)
        before = parameter.detach().clone()
        scaler.unscale_(optimizer)
        unscaled = parameter.grad.clone()
        scaler.step(optimizer)
        taken = not torch.equal(parameter.detach(), before)
        scaler.update()
        texts = [repr(value) for value in values]
        steps.append({"gradients": texts, "scale": scale, "unscaled": unscaled.tolist() if taken else None})
    return {
        "init_scale": init_scale, "growth_interval": growth_interval, "steps": steps, "final_scale": scaler.get_scale(),
    }  # fmt: skip
