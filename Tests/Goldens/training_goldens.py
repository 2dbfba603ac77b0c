"""Optimisers, schedules and a short training: optim.safetensors, scheduler.json, training.safetensors."""

from __future__ import annotations

import json

import torch
import torch.nn.functional as F
from torch import Tensor

from support import HERE, LATENT, normal, norms, pages, plain_model, ref, save, seeded, unit


def muon() -> dict[str, Tensor]:
    """Three steps of PyTorch's Muon, which orthogonalises in bfloat16, on a tall and on a wide matrix."""
    g, tensors = seeded(33), {}
    for case, shape in {"tall": (24, 7), "wide": (6, 40)}.items():
        weight = normal(g, *shape).requires_grad_()
        tensors[f"muon.{case}.weight"] = weight.detach().clone()
        optimizer = torch.optim.Muon([weight], lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
        for step in range(3):
            weight.grad = normal(g, *shape)
            tensors[f"muon.{case}.gradient{step}"] = weight.grad.clone()
            optimizer.step()
        tensors[f"muon.{case}.result"] = weight.detach().clone()
    return tensors


def optim() -> dict:
    g, tensors, report = seeded(31), {}, {"steps": 20, "clip": 1.0, "betas": [0.9, 0.999], "eps": 1e-8}
    inputs, targets = normal(g, 16, 3), normal(g, 16, 2)
    initial = {
        "layer1.weight": normal(g, 8, 3), "layer1.bias": normal(g, 8),
        "layer2.weight": normal(g, 2, 8), "layer2.bias": normal(g, 2),
    }  # fmt: skip
    tensors |= {"mlp.input": inputs, "mlp.target": targets}
    tensors |= {f"mlp.parameters.{k}": v for k, v in initial.items()}
    matrix, vector, start = normal(g, 6, 5), normal(g, 6), normal(g, 5)
    tensors |= {"quadratic.matrix": matrix, "quadratic.vector": vector, "quadratic.parameters.w": start}

    def mlp(p: dict[str, Tensor]) -> Tensor:  # the sum of squares, large enough for the clip to matter
        hidden = torch.tanh(F.linear(inputs, p["layer1.weight"], p["layer1.bias"]))
        return ((F.linear(hidden, p["layer2.weight"], p["layer2.bias"]) - targets) ** 2).sum()

    def quadratic(p: dict[str, Tensor]) -> Tensor:  # starts clipped and ends unclipped
        return 0.05 * ((matrix @ p["w"] - vector) ** 2).sum()

    rules = {"adam": (torch.optim.Adam, 1e-4), "adamw": (torch.optim.AdamW, 1e-2)}
    problems = (("mlp", mlp, initial, 1e-2), ("quadratic", quadratic, {"w": start}, 0.1))
    for problem, loss_of, initial_values, rate in problems:
        for rule, (kind, decay) in rules.items():
            case = f"{problem}.{rule}"
            parameters = {k: v.clone().requires_grad_() for k, v in initial_values.items()}
            optimizer = kind(parameters.values(), lr=rate, weight_decay=decay)
            losses, gradient_norms = [], []
            for step in range(1, 21):
                optimizer.zero_grad()
                loss = loss_of(parameters)
                loss.backward()
                gradient_norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0))
                optimizer.step()
                losses.append(loss.detach())
                if step in (1, 20):
                    tensors |= {f"{case}.step{step}.{k}": v.detach().clone() for k, v in parameters.items()}
            tensors[f"{case}.losses"] = torch.stack(losses)
            tensors[f"{case}.gradient_norms"] = torch.stack(gradient_norms)
            report[case] = {"lr": rate, "weight_decay": decay, "decoupled": rule == "adamw"}
    tensors |= muon()
    save("optim", tensors)

    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=3e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=2, eta_min=3e-5)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    curves = {
        "learning_rate": {"lr": 3e-4, "T_0": 10, "T_mult": 2, "eta_min": 3e-5, "values": rates},
        "alpha": {"minimum": 0.01, "maximum": 0.08, "warmup_epochs": 30,
                  "values": [ref.perceptual_weight(t) for t in range(41)]},
        "beta": {"maximum": 1.0, "warmup_epochs": 20, "values": [ref.kl_weight(t) for t in range(41)]},
    }  # fmt: skip
    (HERE / "scheduler.json").write_text(json.dumps(curves, indent=1) + "\n")
    return report


TRAINING_STEPS = 20

# Adam divides by √v + ε. At the usual 1e-8, entries whose gradient is mostly rounding move by a full learning rate in a
# direction that rounding chooses, so this golden takes 1e-5. Even so a ReLU or a maximum that tips over changes the
# course for good: hence the tolerances, measured step by step. (optim.safetensors has Adam at 1e-8.)
ADAM_EPS = 1e-5


def training_inputs() -> dict[str, Tensor]:
    g = seeded(41)
    return {
        "image.64x64": pages(3, 64, 64, seed=42),
        "image.64x96": pages(3, 64, 96, seed=43),
        "eps": normal(g, TRAINING_STEPS, 3, LATENT),
        "drop": (torch.rand(TRAINING_STEPS, 3, generator=g) < 0.3).to(torch.uint8),
    }


def training_group(inputs: dict[str, Tensor], step: int) -> list[ref.Batch]:
    """Three images a step: two of one size as a batch, then one of the other; even steps take two of 64 × 64."""
    sizes = ("64x64", "64x96") if step % 2 == 0 else ("64x96", "64x64")
    rows = ([step % 3, (step + 1) % 3], [(step + 2) % 3])
    slots = (slice(0, 2), slice(2, 3))
    group = []
    for size, row, slot in zip(sizes, rows, slots):
        image = unit(inputs[f"image.{size}"][row])
        group.append(ref.Batch(image, image, inputs["eps"][step, slot], inputs["drop"][step, slot].bool()))
    return group


def train(inputs: dict[str, Tensor], noise_seed: int | None = None) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Losses, gradient norms and final parameters. A seed disturbs the initial parameters by some 2e-7, relatively."""
    network = plain_model()
    g, noise = seeded(noise_seed or 0), 0.0 if noise_seed is None else 2e-7
    with torch.no_grad():
        for p in network.parameters():
            p.mul_(1 + noise * torch.randn(p.shape, generator=g))
    objective = ref.Objective("l1", beta=0.5)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-4, weight_decay=1e-4, eps=ADAM_EPS)
    steps = [
        ref.training_step(network, objective, optimizer, training_group(inputs, step)) for step in range(TRAINING_STEPS)
    ]
    losses, gradient_norms = torch.tensor(steps, dtype=torch.float64).T
    return losses, gradient_norms, network.state_dict()


def training() -> dict:
    inputs = training_inputs()
    losses, gradient_norms, final = train(inputs)
    threads = torch.get_num_threads()
    others = [train(inputs, noise_seed=seed) for seed in (44, 45, 46, 47)]
    torch.set_num_threads(1)
    others.append(train(inputs))
    torch.set_num_threads(threads)
    final_norms = norms(final.items())

    def spread(values: Tensor, index: int) -> list[float]:
        relative = torch.stack([(other[index] / values - 1).abs() for other in others])
        return relative.amax(dim=0).cummax(dim=0).values.tolist()

    tensors = inputs | {"losses": losses.float(), "gradient_norms": gradient_norms.float()}
    for name in ("encoder.stem.conv.weight", "heads.mu.bias", "decoder.output.weight", "decoder.null_skips.1"):
        tensors[f"final.{name}"] = final[name]
    save("training", tensors)
    with torch.no_grad():
        movement = {k: (v - plain_model().state_dict()[k]).norm().item() for k, v in final.items()}
    return {
        "initial": "plain.parameters of model.safetensors", "pixel": "l1", "alpha": 0.0, "beta": 0.5, "clip": 1.0,
        "optimizer": "adam", "lr": 3e-4, "weight_decay": 1e-4, "eps": ADAM_EPS, "steps": TRAINING_STEPS,
        "accumulation_steps": 3,
        "groups": [
            [{"size": ("64x64", "64x96")[(s + b) % 2], "rows": [[s % 3, (s + 1) % 3], [(s + 2) % 3]][b],
              "slots": [[0, 1], [2]][b]} for b in (0, 1)]
            for s in range(TRAINING_STEPS)
        ],
        "losses": losses.tolist(), "gradient_norms": gradient_norms.tolist(), "parameter_norms": final_norms,
        "movement_norms": movement,
        "tolerances": {
            "loss_relative": spread(losses, 0), "gradient_norm_relative": spread(gradient_norms, 1),
            "parameter_absolute": max((final[k] - other[2][k]).abs().max().item() for other in others for k in final),
            "parameter_norm_relative": max(
                abs(n / final_norms[k] - 1) for other in others for k, n in norms(other[2].items()).items()
            ),
            "measured": f"the largest change, up to each step, in {len(others)} other runs: initial parameters "
                        f"disturbed by 2e-7 (4 runs), 1 thread instead of {threads}",
        },
    }  # fmt: skip
