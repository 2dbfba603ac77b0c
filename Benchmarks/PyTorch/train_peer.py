#!/usr/bin/env python3
"""The other side of the benchmark: full training steps of the reference model in PyTorch. `Benchmarks/run` starts it.

    train_peer.py CASE.safetensors --vgg vgg16_relu4_3.fp16.safetensors

It speaks as `bench-training work` does: a line with a number of steps comes in, a line of JSON with their losses and
durations goes out. A line with the path of a file saves parameters and moments there; `encode N` and `decode N` time
passes of one half; `roofline` counts the operations and bytes of a step; `peak` asks for the most bytes that tensors held on a GPU. A step is what an optimiser step of a run is:
forward, the loss with all its terms and backward for each of its batches, then clip and Adam. Moving the pages to the device is
timed, making them is not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

import reference as ref
from cases import model_config


def read_case(path: str) -> tuple[dict, dict[str, torch.Tensor]]:
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["settings"]), {name: file.get_tensor(name) for name in file.keys()}


def read_steps(tensors: dict[str, torch.Tensor]) -> list[list[dict[str, torch.Tensor]]]:
    """The batches of each step, in order."""
    steps: list[list[dict[str, torch.Tensor]]] = []
    while f"step.{len(steps)}.0.input" in tensors:
        parts: list[dict[str, torch.Tensor]] = []
        while f"step.{len(steps)}.{len(parts)}.input" in tensors:
            place = f"step.{len(steps)}.{len(parts)}."
            parts.append({name[len(place) :]: t for name, t in tensors.items() if name.startswith(place)})
        steps.append(parts)
    return steps


def to_device(part: dict[str, torch.Tensor], device: str) -> ref.Batch:
    moved = {name: tensor.to(device) for name, tensor in part.items()}
    return ref.Batch(
        moved["input"], moved["target"], moved["noise"], moved.get("dropped"), moved.get("archetypes")
    )


def save_state(path: str, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Parameters and moments, for the other side to go on from."""
    tensors = {}
    for name, parameter in model.named_parameters():
        name = name.removeprefix("_orig_mod.")
        tensors[f"model.{name}"] = parameter.detach().cpu().contiguous()
        for key, value in optimizer.state[parameter].items():
            tensors[f"optimizer.{name}.{key}"] = value.cpu().contiguous()
    save_file(tensors, path)


def time_part(model: ref.BetaVAE, batch: ref.Batch, part: str, count: int) -> list[float]:
    """The seconds of each of `count` passes of the encoder or of the decoder, the latter from codes alone."""
    seconds = []
    with torch.no_grad():
        for _ in range(count):
            started = time.perf_counter()
            model.encode(batch.input) if part == "encode" else model.decoder(batch.eps, batch.input.shape[-2:])
            if batch.input.is_cuda:
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - started)
    return seconds


def matrix_peak(device: str, precision: torch.dtype) -> float:
    """The most operations a second that a product of matrices reaches here, of five."""
    size = 2048 if device == "cpu" else 8192
    a, b = (torch.randn(size, size, device=device, dtype=precision) for _ in range(2))
    best = math.inf
    for _ in range(5):
        started = time.perf_counter()
        a @ b
        if device != "cpu":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def copy_peak(device: str, size: int = 1 << 26) -> float:
    """The most bytes a second that copying 256 MB from memory to memory reaches here, of five: read and written."""
    a, b = torch.ones(size, device=device), torch.ones(size, device=device)
    best = math.inf
    for _ in range(5):
        started = time.perf_counter()
        b.copy_(a)
        if device != "cpu":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - started)
    return 2 * a.nbytes / best


class ByteCounter(TorchDispatchMode):
    """Adds up what operators read and write, as if nothing stayed in a cache from one to the next. Views and new memory move nothing."""

    WRITES_ONLY = ("copy_", "zero_", "fill_", "normal_", "uniform_", "bernoulli_")
    SHAPES_ONLY = ("zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full")  # of what they are given

    def __init__(self):
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        schema = function._schema
        name = schema.name.split("::")[1]
        if function.is_view or "empty" in name or name == "_unsafe_view":
            return result
        given = [*args, *((kwargs or {}).get(a.name) for a in schema.arguments[len(args) :])]
        for argument, value in zip(schema.arguments, given):
            is_written = argument.alias_info is not None and argument.alias_info.is_write
            is_read = name not in self.SHAPES_ONLY and not (is_written and (argument.is_out or name in self.WRITES_ONLY))
            self.bytes += self.size(value) * (is_read + is_written)
        values = result if isinstance(result, (tuple, list)) and len(schema.returns) > 1 else (result,)
        self.bytes += sum(self.size(value) for value, to in zip(values, schema.returns) if to.alias_info is None)
        return result

    @staticmethod
    def size(value) -> int:
        return sum(leaf.nbytes for leaf in tree_leaves(value) if isinstance(leaf, torch.Tensor))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case")
    parser.add_argument("--vgg", required=True, metavar="FILE", help="VGG16's weights")
    parser.add_argument("--threads", type=int, help="default: PyTorch's own choice")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the model and VGG16")
    o = parser.parse_args()
    if o.threads:
        torch.set_num_threads(o.threads)

    settings, tensors = read_case(o.case)
    model = ref.BetaVAE(model_config(settings))
    model.load_state_dict({k.removeprefix("parameter."): v for k, v in tensors.items() if k.startswith("parameter.")})
    model = model.to(o.device)
    vgg = ref.VGGFeatures(o.vgg).to(o.device) if settings["perceptual_weight"] > 0 else None
    objective = ref.Objective(
        settings["pixel"],
        alpha=settings["perceptual_weight"],
        ssim_share=settings["ssim_share"],
        beta=settings["kl_weight"],
        means=tensors["means"].to(o.device) if "means" in tensors else None,
        prior_pull=settings["pull_weight"],
        free_bits=settings["free_bits"],
        vgg=vgg,
    )
    # Adam by the fused kernel, as in Wirespace: it is PyTorch's fastest.
    kind = torch.optim.AdamW if settings["decoupled_weight_decay"] else torch.optim.Adam
    optimizer = kind(model.parameters(), lr=settings["lr"], weight_decay=settings["weight_decay"], fused=True)
    if o.compile:
        model = torch.compile(model)
        if vgg:
            objective.vgg = torch.compile(vgg)
    mixed = settings["mixed_precision"] and o.device != "cpu"
    precision = torch.bfloat16 if mixed else torch.float32

    steps = read_steps(tensors)
    taken = 0
    ready = {
        "torch": torch.__version__, "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "parameters": sum(p.numel() for p in model.parameters()),
        "environment": {k: os.environ[k] for k in ("ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS") if k in os.environ},
    }  # fmt: skip
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        if line.startswith(("encode", "decode")):
            part, count = line.split()
            print(json.dumps({"seconds": time_part(model, to_device(steps[0][0], o.device), part, int(count))}), flush=True)
            continue
        if line.startswith("roofline"):
            group = [to_device(part, o.device) for part in steps[0]]
            def step() -> None:
                ref.training_step(model, objective, optimizer, group, clip=settings["clip_norm"], precision=precision)

            with FlopCounterMode(display=False) as operations:
                step()
            with ByteCounter() as traffic:
                step()
            counted = {"flops": operations.get_total_flops(), "bytes": traffic.bytes}
            print(json.dumps(counted | {"peak": matrix_peak(o.device, precision), "copy": copy_peak(o.device)}), flush=True)
            continue
        if line.startswith("peak"):
            print(json.dumps({"peak": torch.cuda.max_memory_allocated()}), flush=True)
            continue
        if not line.strip().isdigit():
            save_state(line.strip(), model, optimizer)
            print("{}", flush=True)
            continue
        report: dict = {"losses": [], "norms": [], "seconds": []}
        for _ in range(int(line)):
            started = time.perf_counter()
            group = [to_device(part, o.device) for part in steps[taken % len(steps)]]
            loss, norm = ref.training_step(
                model, objective, optimizer, group, clip=settings["clip_norm"], precision=precision
            )
            if o.device != "cpu":
                torch.cuda.synchronize()
            report["seconds"].append(time.perf_counter() - started)
            report["losses"].append(loss)
            report["norms"].append(norm)
            taken += 1
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
