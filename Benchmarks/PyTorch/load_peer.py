#!/usr/bin/env python3
"""Loads the PNG files below a folder as one would in PyTorch: a `DataLoader` over PIL's pictures, reduced to 128 px by averaging areas.

    load_peer.py FOLDER WORKERS

It speaks as `bench-training load` does: a line with a number of epochs comes in, a line of JSON with their durations and the mean
grey of their pages goes out.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

WIDTH = 128


class Pages(Dataset):
    def __init__(self, folder: str):
        self.files = sorted(Path(folder).rglob("*.png"))

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> torch.Tensor:
        image = Image.open(self.files[index]).convert("L")
        height = max(1, round(image.height * WIDTH / image.width))
        image = image.resize((WIDTH, height), Image.Resampling.BOX)
        return torch.from_numpy(np.asarray(image).copy())[None].float() / 255


def main() -> None:
    pages = Pages(sys.argv[1])
    loader = DataLoader(pages, batch_size=None, shuffle=True, num_workers=int(sys.argv[2]), persistent_workers=True)
    print(json.dumps({"pages": len(pages)}), flush=True)
    for line in sys.stdin:
        report: dict = {"seconds": [], "means": []}
        for _ in range(int(line)):
            started = time.perf_counter()
            means = [page.mean().item() for page in loader]
            report["seconds"].append(time.perf_counter() - started)
            report["means"].append(sum(means) / len(means))
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
