#!/usr/bin/env python3
"""JPEG files of every kind and what Pillow (libjpeg-turbo) makes of them: jpegs.json, for WireframesTests and CLITests.

    pip install numpy pillow; python Tests/Goldens/jpeg_goldens.py

`file` is the file and `rgb` its pixels, stood upright, red first, both in Base64. `cmyk` and `ycck` hold four inks as Adobe's
programs store them; Pillow writes no YCCK, so the marker of the one is changed, which gives other colours, but the same to
every reader.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, __version__, features

HERE = Path(__file__).parent


def picture(width: int, height: int) -> Image.Image:
    """Waves in three colours, a white box and black lines."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    waves = [np.sin(x / 5 + y / 9), np.cos(x / 7), np.sin(y / 4)]
    pixels = (127.5 + 120 * np.stack(waves, axis=-1)).astype(np.uint8)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = 255
    pixels[:: max(2, height // 3), :] = 0
    return Image.fromarray(pixels)


def exif(orientation: int, order: str = "<") -> bytes:
    data = Image.Exif()
    data.endian = order
    data[0x010F] = "maker"
    data[0x0112] = orientation
    return data.tobytes()


def case(name: str, image: Image.Image, patch=lambda data: data, **settings) -> dict:
    file = io.BytesIO()
    image.save(file, "JPEG", **({"quality": 85, "subsampling": 0} | settings))
    data = patch(file.getvalue())
    read = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    return {
        "name": name, "width": read.width, "height": read.height,
        "file": base64.b64encode(data).decode(), "rgb": base64.b64encode(read.tobytes()).decode(),
    }  # fmt: skip


def ycck(data: bytes) -> bytes:
    place = data.index(b"Adobe") + 11
    assert data[place] == 0
    return data[:place] + b"\2" + data[place + 1 :]


def main() -> None:
    colour = picture(21, 13)
    cases = [
        case("grey", colour.convert("L")),
        case("grey progressive", colour.convert("L"), progressive=True),
        case("4:4:4", colour),
        case("4:2:2", colour, subsampling=1),
        case("4:2:0", colour, subsampling=2),
        case("progressive", colour, subsampling=2, progressive=True),
        case("optimised", colour, optimize=True),
        case("coarse", colour, quality=10, subsampling=2),
        case("stored as RGB", colour, keep_rgb=True),
        case("restarts", colour, subsampling=2, restart_marker_blocks=1),
        case("cmyk", colour.convert("CMYK")),
        case("ycck", colour.convert("CMYK"), patch=ycck),
        case("one pixel", picture(1, 1), subsampling=2),
        case("one row", picture(40, 1), subsampling=2),
        case("large", picture(64, 48), subsampling=2),
        case("large progressive", picture(64, 48), subsampling=2, progressive=True),
    ]
    cases += [case(f"orientation {n}", colour, exif=exif(n)) for n in range(1, 9)]
    cases += [case(f"orientation {n}, big endian", colour, exif=exif(n, ">")) for n in (3, 6)]
    report = {"pillow": __version__, "libjpeg_turbo": features.version("libjpeg_turbo"), "cases": cases}
    (HERE / "jpegs.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
