#!/usr/bin/env python3
"""Writes the expected numbers of the tests: the .safetensors, goldens.json and scheduler.json beside this file.

    pip install -r Benchmarks/PyTorch/requirements.txt
    python Tests/Goldens/make_goldens.py [--only layers model …]

Everything is seeded; on another processor or thread count the last digits differ (`training.tolerances` in goldens.json
says how far that carries in 20 steps). Tensors are named `case.role`: `case.input`, `case.weight`, `case.upstream` (the
gradient that is fed back), `case.output`, `case.grad_input` … Images are uint8 and mean value/255. Labels, masks and
indices are int64, uint8 and int64. Scalars and settings are in goldens.json under the name of the file.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from format_goldens import random, types
from layer_goldens import blocks, layers
from layout_decoder_goldens import layout_decoder
from metric_goldens import metrics
from model_goldens import dissimilarity, model, refinement, vgg
from scaler_goldens import scaler
from support import HERE, ROOT, ref
from training_goldens import optim, training

RESOURCES = ROOT / "Sources" / "Wirespace" / "Resources"
ALL = (layers, blocks, model, refinement, dissimilarity, layout_decoder, vgg, optim, scaler, training, metrics, random, types)
MAKERS = {maker.__name__: maker for maker in ALL}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--vgg", type=Path, default=RESOURCES / "vgg16_relu4_3.fp16.safetensors", metavar="FILE",
        help="VGG16's weights up to conv4_3, torchvision's names, fp16 or fp32 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=MAKERS, default=list(MAKERS), help="make only these files anew")
    arguments = parser.parse_args()
    if {"model", "vgg"} & set(arguments.only) and not arguments.vgg.is_file():
        parser.error(f"{arguments.vgg} does not exist: give the VGG16 weights with --vgg")

    torch.use_deterministic_algorithms(True)
    path = HERE / "goldens.json"
    report = json.loads(path.read_text()) if path.exists() else {}
    report["made_with"] = {"torch": torch.__version__.split("+")[0], "threads": torch.get_num_threads()}
    for name in arguments.only:
        needs_vgg = name in ("model", "vgg")
        settings = MAKERS[name](*([ref.VGGFeatures(str(arguments.vgg))] if needs_vgg else []))
        if settings is not None:
            report[name] = settings
    path.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
