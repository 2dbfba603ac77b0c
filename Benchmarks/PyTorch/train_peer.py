#!/usr/bin/env python3
"""Times full training steps of the reference model in eager PyTorch: the peer of `wirespace train`.

    python train_peer.py --height 512 --page-width 256 --accumulation_steps 4 --steps 10
    python train_peer.py --vgg ../../Resources/vgg16_relu4_3.fp16.safetensors --device cuda --mixed_precision

A step is what an optimiser step of a run is: forward, the loss with all its terms, backward, over
`accumulation_steps` images in batches of `batch_size`, then clip and Adam. The last batch of a step may be smaller.
Pages are generated before the clock starts; moving them to the device is timed. Options that are keys of a
configuration file carry the key's last name. One JSON object goes to standard output.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time

import numpy as np
import torch

import reference as ref
from pages import page


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add, flag = parser.add_argument, argparse.BooleanOptionalAction
    add("--width", type=float, default=1.0, help="model.width")
    add("--latent_dim", type=int, default=128)
    add("--use_skip_connections", action=flag, default=True)
    add("--skip_dropout", type=float, default=0.5)
    add("--modulation", action=flag, default=False)
    add("--coordinates", action=flag, default=False)
    add("--pixel", choices=("l1", "bce"), default="l1")
    add("--archetypes", type=int, default=0, metavar="K", help="K components 20 apart; 0 is the standard prior")
    add("--lr", type=float, default=3e-4)
    add("--accumulation_steps", type=int, default=4, help="images a step")
    add("--batch_size", type=int, default=1, help="images a forward pass")
    add(
        "--mixed_precision",
        action=flag,
        default=False,
        help="bfloat16 (on virtual machines that announce AMX: with ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16)",
    )
    add("--channels_last", action=flag, default=False)
    add("--vgg", metavar="FILE", help="VGG16's weights; without them the loss has no perceptual term")
    add("--height", type=int, default=512, help="of the pages, in pixels")
    add("--page-width", type=int, default=256)
    add("--steps", type=int, default=10, help="timed steps")
    add("--warmup", type=int, default=2, help="steps before them")
    add("--threads", type=int, help="default: PyTorch's own choice")
    add("--device", default="cpu")
    add("--seed", type=int, default=0)
    chosen = parser.parse_args()
    for name in ("accumulation_steps", "batch_size", "steps"):
        if getattr(chosen, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return chosen


def make_group(o: argparse.Namespace, rng: np.random.Generator) -> list[ref.Batch]:
    """The images of one step, in batches."""
    group = []
    for start in range(0, o.accumulation_steps, o.batch_size):
        n = min(o.batch_size, o.accumulation_steps - start)
        images = (
            torch.from_numpy(np.stack([page(o.height, o.page_width, rng) for _ in range(n)])[:, None]).float() / 255
        )
        noisy = (images + 0.2 * torch.from_numpy(rng.normal(size=images.shape)).float()).clamp(0, 1)
        labels = torch.from_numpy(rng.integers(0, max(1, o.archetypes), n)) if o.archetypes else None
        group.append(
            ref.Batch(
                input=noisy,
                target=images,
                eps=torch.from_numpy(rng.normal(size=(n, o.latent_dim))).float(),
                drop=torch.from_numpy(rng.random(n) < o.skip_dropout) if o.use_skip_connections else None,
                labels=labels,
            )
        )
    return group


def to_device(batch: ref.Batch, o: argparse.Namespace) -> ref.Batch:
    layout = torch.channels_last if o.channels_last else torch.contiguous_format
    moved = {name: value if value is None else value.to(o.device) for name, value in vars(batch).items()}
    moved["input"] = moved["input"].to(memory_format=layout)
    return ref.Batch(**moved)


def main() -> None:
    o = options()
    if o.threads:
        torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    rng = np.random.default_rng(o.seed)
    config = ref.ModelConfig(o.width, o.latent_dim, o.use_skip_connections, o.modulation, o.coordinates)
    model = ref.BetaVAE(config).to(o.device)
    if o.channels_last:
        model = model.to(memory_format=torch.channels_last)
    means = None
    if o.archetypes:
        generator = torch.Generator().manual_seed(o.seed)
        means = ref.archetype_means(o.archetypes, o.latent_dim, 20.0, generator).to(o.device)
    vgg = ref.VGGFeatures(o.vgg).to(o.device) if o.vgg else None
    objective = ref.Objective(o.pixel, alpha=0.08 if vgg else 0.0, beta=1.0, means=means, vgg=vgg)
    optimizer = torch.optim.Adam(model.parameters(), lr=o.lr, weight_decay=1e-4)

    precision = torch.bfloat16 if o.mixed_precision else torch.float32
    groups = [make_group(o, rng) for _ in range(min(4, o.warmup + o.steps))]
    seconds, losses = [], []
    for step in range(o.warmup + o.steps):
        started = time.perf_counter()
        group = [to_device(batch, o) for batch in groups[step % len(groups)]]
        loss, _ = ref.training_step(model, objective, optimizer, group, precision=precision)
        if o.device.startswith("cuda"):
            torch.cuda.synchronize()
        if step >= o.warmup:
            seconds.append(time.perf_counter() - started)
            losses.append(loss)
        print(f"step {step + 1}: loss {loss:.1f}, {time.perf_counter() - started:.3f} s", file=sys.stderr)

    median = statistics.median(seconds)
    report = {
        "settings": vars(o), "parameters": sum(p.numel() for p in model.parameters()),
        "torch": torch.__version__, "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if o.device.startswith("cuda") else "cpu",
        "seconds_per_step": {"median": median, "minimum": min(seconds), "maximum": max(seconds), "all": seconds},
        "images_per_second": o.accumulation_steps / median, "final_loss": losses[-1],
    }  # fmt: skip
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
