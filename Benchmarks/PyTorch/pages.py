"""Random grey pages for the goldens and the benchmark: a header, a footer and boxes with lines of text."""

import numpy as np


def page(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """[height, width] uint8; 255 is white paper, 0 is ink."""
    canvas = np.full((height, width), 255, np.uint8)

    def box(top: int, left: int, bottom: int, right: int) -> None:
        ink = int(rng.integers(0, 120))
        canvas[top, left:right] = canvas[bottom - 1, left:right] = ink
        canvas[top:bottom, left] = canvas[top:bottom, right - 1] = ink

    def text(top: int, left: int, bottom: int, right: int) -> None:
        for y in range(top + 2, bottom - 2, 4):
            end = left + 2 + int(rng.integers(1, max(2, right - left - 3)))
            canvas[y, left + 2 : end] = rng.integers(60, 180, end - left - 2)

    edge = max(5, height // 10)
    box(0, 0, edge, width)
    box(height - edge, 0, height, width)
    for _ in range(int(rng.integers(3, 7))):
        top, left = int(rng.integers(edge, height - edge - 8)), int(rng.integers(0, width - 9))
        bottom = int(rng.integers(top + 7, height - edge + 1))
        right = int(rng.integers(left + 8, width + 1))
        box(top, left, bottom, right)
        text(top, left, bottom, right)
    return canvas
