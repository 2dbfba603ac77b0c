#!/usr/bin/env python3
"""Layers of layout trees by numpy's `canvas[y0:y1, x0:x1] += 1`: layouts.json, for WireframesTests.

    python Tests/Goldens/layout_goldens.py

Hand-made trees for the rules (negative origins, boxes outside, hidden and empty nodes, halves of pixels), random ones for
the rest, in each format. `document` is the layout file, `layers` the page's rows.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def paint(boxes: list[tuple[float, ...]], width: int, height: int) -> np.ndarray:
    """`boxes` as edges x0, y0, x1, y1."""
    canvas = np.zeros((height, width), np.int32)
    for box in boxes:
        x0, y0, x1, y1 = (max(0, int(np.floor(edge + 0.5))) for edge in box)
        canvas[y0:y1, x0:x1] += 1
    return canvas


def case(name: str, document: object, boxes: list, size: tuple[int, int], outside: int = 0, clipped: int = 0) -> dict:
    return {
        "name": name, "document": document, "outside": outside, "clipped": clipped,
        "width": size[0], "height": size[1], "layers": paint(boxes, *size).ravel().tolist(),
    }  # fmt: skip


def hand_made() -> list[dict]:
    def nested(x, y, w, h, *children):
        return {"bounds": {"x": x, "y": y, "width": w, "height": h}, "children": list(children)}

    compact = {"w": 12, "h": 8, "r": {"b": [0, 0, 12, 8], "c": [{"b": [1, 1, 4, 3], "c": [{"b": [2, 2, 9, 2]}]}]}}
    scrolled = nested(0, 0, 10, 6, nested(-2, -1, 5, 3, nested(1, 1, 2, 2)), nested(8, 4, 4, 4))
    unseen = nested(0, 0, 10, 6, nested(-9999, 0, 50, 5), nested(1, 1, 3, 3))
    halves = nested(0, 0, 8, 8, nested(0.5, 1.49, 2, 2), nested(3.5, 4.5, 1.4, 1.6))
    rico = {"activity": {"root": {"bounds": [0, 0, 9, 16], "class": "android.widget.FrameLayout", "children": [
        {"bounds": [0, 2, 9, 6], "visible-to-user": True}, None,
        {"bounds": [0, 2, 9, 6], "visible-to-user": False}, {"bounds": [3, 3, 3, 9]},
        {"bounds": [5, 5, 2, 8]}, {"bounds": [4, 12, 20, 30]}, {"bounds": [0, 16, 9, 20]}]}}}  # fmt: skip
    page = {"W": 10, "H": 7, "el": [{"t": "text", "x": 1, "y": 1, "w": 4.6, "h": 2, "b": True, "s": "Hi", "fs": 2}]}
    return [
        case("compact", compact, [(0, 0, 12, 8), (1, 1, 5, 4), (2, 2, 11, 4)], (12, 8)),
        # Everything moves by 2 columns and 1 row, and the page grows by as much.
        case("scrolled", scrolled, [(2, 1, 12, 7), (0, 0, 5, 3), (1, 1, 3, 3), (10, 5, 14, 9)], (12, 7), clipped=1),
        case("unseen", unseen, [(0, 0, 10, 6), (1, 1, 4, 4)], (10, 6), outside=1),
        case("halves", halves, [(0, 0, 8, 8), (0.5, 1.49, 2.5, 3.49), (3.5, 4.5, 4.9, 6.1)], (8, 8)),
        case("hierarchy", rico, [(0, 0, 9, 16), (0, 2, 9, 6), (4, 12, 20, 30)], (9, 16), outside=1, clipped=1),
        case("page elements", page, [(1, 1, 5.6, 3)], (10, 7)),
    ]


def random_case(index: int, rng: np.random.Generator) -> dict:
    """A tree of up to 60 nodes inside a page, in one of the three tree formats."""
    width, height = (int(side) for side in rng.integers(16, 33, 2))
    edges, parents = [(0.0, 0.0, float(width), float(height))], [-1]
    for _ in range(int(rng.integers(1, 60))):
        parent = int(rng.integers(len(edges)))
        px0, py0, px1, py1 = edges[parent]
        x = np.sort(np.round(rng.uniform(px0, px1, 2), 2))
        y = np.sort(np.round(rng.uniform(py0, py1, 2), 2))
        edges.append((float(x[0]), float(y[0]), float(x[1]), float(y[1])))
        parents.append(parent)
    kind = ("compact", "nested", "hierarchy")[index % 3]

    def node(i: int) -> dict:
        x0, y0, x1, y1 = edges[i]
        children = [node(child) for child, parent in enumerate(parents) if parent == i]
        if kind == "compact":
            return {"c": children, "b": [x0, y0, x1 - x0, y1 - y0]}
        if kind == "hierarchy":
            return {"children": children, "bounds": [x0, y0, x1, y1]}
        px, py = edges[parents[i]][:2] if i else (0.0, 0.0)
        return {"children": children, "bounds": {"x": x0 - px, "y": y0 - py, "width": x1 - x0, "height": y1 - y0}}

    root = node(0)
    document = {"w": width, "h": height, "r": root} if kind == "compact" else root
    return case(f"random {index}, {kind}", document, edges, (width, height))


def main() -> None:
    rng = np.random.default_rng(20)
    cases = hand_made() + [random_case(index, rng) for index in range(24)]
    (HERE / "layouts.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
