"""Runs both sides of the benchmark by turns and tells how they compare. `Benchmarks/run` is the way to call it.

Each side is one process that lives through all rounds of a case, as a training does: what is slow once (loading,
oneDNN's choice of kernels, the first growth of the heap) falls in the untimed warm-up of both. While one side takes its
block of steps the other waits on a pipe and computes nothing. Blocks alternate, and the side that goes first alternates
too, so a machine that becomes slower meanwhile slows both; each round gives one ratio.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VGG = ROOT / "Sources/Wirespace/Resources/vgg16_relu4_3.fp16.safetensors"
NO_VGG = ["loss.perceptual_weight=0", "loss.perceptual_weight_min=0"]


@dataclass
class Case:
    title: str
    configuration: str
    height: int
    width: int
    batch: int = 1
    overrides: tuple[str, ...] = ()
    devices: tuple[str, ...] = ("cpu",)  # where it is run by default


CASES = {
    "seed-256": Case("seed.yaml, 256×256, batch 1", "seed", 256, 256),
    "seed-256-novgg": Case("the same without VGG16", "seed", 256, 256, overrides=tuple(NO_VGG)),
    "seed-512": Case("seed.yaml, 512×256, batch 1", "seed", 512, 256, devices=("cpu", "cuda")),
    "seed-512-novgg": Case("the same without VGG16", "seed", 512, 256, overrides=tuple(NO_VGG)),
    "seed-1024": Case("seed.yaml, 1024×512, batch 1", "seed", 1024, 512),
    "seed-square": Case("seed.yaml, 1024×1024, batch 1", "seed", 1024, 1024, devices=("cuda",)),
    "seed-2048": Case("seed.yaml, 2048×1024, batch 1", "seed", 2048, 1024, devices=("cuda",)),
    "demo": Case("demo.yaml, 160×128, batch 8", "demo", 160, 128, batch=8, devices=("cpu", "cuda")),
    # Whose instructions are counted: a step takes some seconds under Valgrind.
    "demo-small": Case("demo.yaml, 64×64, batch 1", "demo", 64, 64, devices=()),
    "seed-small": Case("seed.yaml, 64×64, batch 1", "seed", 64, 64, devices=()),
}


class Side:
    """A process that takes steps on request."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None):
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | (environment or {})
        )
        self.rounds: list[list[float]] = []
        self.processor: list[float] = []  # seconds of each round, of all threads
        self.about = self._answer()

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.process.args[0]} ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, line: object) -> dict:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._answer()

    def take(self, steps: int) -> None:
        """A timed block."""
        before = self._processor_seconds()
        self.rounds.append(self.ask(steps)["seconds"])
        self.processor.append(self._processor_seconds() - before)

    def _processor_seconds(self) -> float:
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:  # not Linux
            return math.nan

    def forget_peak(self) -> None:
        """From here on `peak` is that of the steps alone, without loading."""
        try:
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        except OSError:
            pass

    @property
    def peak(self) -> float:
        """The most main memory held at once, in MiB."""
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
        except OSError:
            return math.nan

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()

    @property
    def seconds(self) -> list[float]:
        return [second for block in self.rounds for second in block]


@dataclass
class Result:
    case: Case
    ours: Side
    theirs: Side
    differences: tuple[float, float]  # see `compare`
    peaks: tuple[float, float]
    first: tuple[float, float]  # seconds from the start of the process to the end of its first step
    encode: tuple[float, float]  # seconds of a pass without gradients, median
    decode: tuple[float, float]
    roofline: dict  # of PyTorch's step: operations and bytes; a second: operations of a matrix product, bytes of a copy

    @property
    def ratios(self) -> list[float]:
        """Seconds of Wirespace over seconds of PyTorch, round by round."""
        median = statistics.median
        return [median(a) / median(b) for a, b in zip(self.ours.rounds, self.theirs.rounds)]

    @property
    def processor_ratios(self) -> list[float]:
        """The same of the processor's time, which other programs disturb less."""
        return [a / b for a, b in zip(self.ours.processor, self.theirs.processor)]

    def parts_row(self) -> str:
        flops, moved, peak, copy = (self.roofline[key] for key in ("flops", "bytes", "peak", "copy"))
        reached = [flops / statistics.median(side.seconds) / peak for side in (self.ours, self.theirs)]
        pairs = [self.first, self.encode, self.decode]
        cells = [self.case.title, *(f"{a:#.3g} / {b:#.3g}" for a, b in pairs)]
        cells += [f"{flops / 1e9:.0f}", f"{peak / 1e9:.0f}", "{:.0%} / {:.0%}".format(*reached)]
        return "| " + " | ".join([*cells, f"{moved / 1e9:.1f}", f"{copy / 1e9:.1f}", f"{moved / copy:.2f}"]) + " |"

    def row(self) -> str:
        cells = [
            self.case.title, spread(self.ours.seconds, 4), spread(self.theirs.seconds, 4), spread(self.ratios, 2),
            spread(self.processor_ratios, 2), "{:.0e} / {:.0e}".format(*self.differences), "{:.0f} / {:.0f}".format(*self.peaks),
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"


HEAD = """| step | Wirespace, s | PyTorch, s | Wirespace ÷ PyTorch | the same of processor time | difference, one step on | peak memory, MiB |
| --- | --- | --- | --- | --- | --- | --- |"""


INSTRUCTIONS_HEAD = """| instructions of a step, one thread | Wirespace, 10⁹ | PyTorch, 10⁹ | Wirespace ÷ PyTorch |
| --- | --- | --- | --- |"""


PARTS_HEAD = """| Wirespace / PyTorch | start to first step, s | encode, s | decode, s | GFLOP of a step | matrix product, GFLOP/s | share reached | GB moved by PyTorch's operators | copy, GB/s | s at that rate |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


LOADER_HEAD = """| pages/s of the loader alone | Wirespace, files | Wirespace, store | PyTorch's DataLoader, files | Wirespace ÷ PyTorch, files |
| --- | --- | --- | --- | --- |"""


def spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def commands(case: Case, o: argparse.Namespace, path: str) -> tuple[list[str], list[str]]:
    """Writes the case into a file; the commands that take its steps in Wirespace and in PyTorch."""
    overrides = [*case.overrides] + ([f"optimization.threads={o.threads}"] if o.threads else [])
    configuration = str(ROOT / "configs" / f"{case.configuration}.yaml")
    settings = subprocess.run(
        [o.wirespace, "describe", configuration, *overrides], check=True, stdout=subprocess.PIPE
    ).stdout
    sizes = {"height": case.height, "width": case.width, "batch": case.batch, "accumulation": o.accumulation}
    maker = [sys.executable, str(HERE / "cases.py"), "--output", path]
    subprocess.run(maker + [f"--{name}={value}" for name, value in sizes.items()], input=settings, check=True)
    peer = [sys.executable, str(HERE / "train_peer.py"), path, "--vgg", str(VGG), "--device", o.device]
    peer += ["--threads", str(o.threads)] if o.threads else []
    peer += ["--compile"] if o.compile else []
    return [o.wirespace, "work", path, o.device], peer


def run_case(case: Case, o: argparse.Namespace, folder: str) -> Result:
    mine, peer = commands(case, o, f"{folder}/case.safetensors")
    ours = Side(mine)
    ours.ask(1)
    first = [time.perf_counter() - ours.started]
    theirs = Side(peer, ours.about["environment"])
    theirs.ask(1)
    first.append(time.perf_counter() - theirs.started)
    for key in ("threads", "parameters"):
        if ours.about[key] != theirs.about[key]:
            sys.exit(f"bench: Wirespace has {ours.about[key]} {key}, PyTorch {theirs.about[key]}; set --threads")

    sides = [ours, theirs]
    differences = compare(ours, theirs, o.compared, f"{folder}/state.safetensors")
    def timed(part: str) -> tuple[float, float]:
        return tuple(statistics.median(side.ask(f"{part} 5")["seconds"][1:]) for side in sides)

    for side in sides:
        side.ask(2)  # so that freed memory is where steps leave it
        side.forget_peak()
    for number in range(o.rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            side.take(o.steps)
        print(f"{case.title}: round {number + 1} of {o.rounds}", file=sys.stderr)
    peaks = (ours.peak, theirs.peak) if o.device == "cpu" else tuple(side.ask("peak")["peak"] / 2**20 for side in sides)
    encode, decode = timed("encode"), timed("decode")
    roofline = theirs.ask("roofline")
    for side in sides:
        side.close()
    return Result(case, ours, theirs, differences, peaks, first, encode, decode, roofline)


def count_instructions(case: Case, o: argparse.Namespace, folder: str) -> str:
    """The processor's instructions in a step, counted by Valgrind on one thread: the same on a busy machine.

    Valgrind's processor has AVX2 at most, so on one with AVX-512 both sides run other kernels than they are timed with.
    """
    missing = [tool for tool in ("valgrind", "strip") if not shutil.which(tool)]
    if missing:
        sys.exit(f"bench: there is no {' and no '.join(missing)}; install it (Debian: valgrind, binutils)")
    o.threads = 1
    mine, peer = commands(case, o, f"{folder}/case.safetensors")
    bare = f"{folder}/bench-training"  # Valgrind cannot read what Swift tells debuggers
    subprocess.run(["strip", "-o", bare, os.path.realpath(mine[0])], check=True)

    def instructions(command: list[str], steps: int) -> int:
        tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        run = subprocess.run(
            tool + command, input=f"{steps}\n", text=True, capture_output=True, env=environment, check=False
        )
        found = re.search(r"I\s+refs:\s+([\d,]+)", run.stderr)
        if run.returncode or not found:
            sys.exit(f"bench: {command[0]} ended with status {run.returncode} under Valgrind:\n{run.stderr[-2000:]}")
        return int(found[1].replace(",", ""))

    counts = []
    for name, command in (("Wirespace", [bare, *mine[1:]]), ("PyTorch", peer)):
        # The first step is another one: memory grows, and oneDNN compiles its kernels.
        counts.append((instructions(command, 4) - instructions(command, 2)) / 2)
        print(f"{case.title}: {name} has {counts[-1]:.3g} instructions a step", file=sys.stderr)
    ours, theirs = counts
    return f"| {case.title} | {ours / 1e9:.3f} | {theirs / 1e9:.3f} | {ours / theirs:.2f} |"


def run_loader(o: argparse.Namespace) -> str:
    """Epochs of loading the pages of a folder 128 px wide, by turns; the first, which fills the store and the disk's cache, is not timed."""
    with tempfile.TemporaryDirectory() as store:
        ours = [o.wirespace, "load", o.loader, str(o.workers)]
        peer = [sys.executable, str(HERE / "load_peer.py"), o.loader, str(o.workers)]
        sides = [Side(ours), Side([*ours, store]), Side(peer)]
        counts = [side.about["pages"] for side in sides]
        if len(set(counts)) > 1:
            sys.exit(f"bench: the loaders read {counts} pages; the folder must hold PNG files alone")
        means = [side.ask(1)["means"][0] for side in sides]
        for number in range(o.rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                side.take(1)
            print(f"loader: round {number + 1} of {o.rounds}", file=sys.stderr)
        for side in sides:
            side.close()
    # Both average areas; PyTorch's side rounds to whole grey values in between.
    if max(abs(mean - means[0]) for mean in means) > 1e-3:
        sys.exit(f"bench: the loaders' pages differ in their mean grey: {means}")
    count = sides[0].about["pages"]
    files, stored, theirs = ([count / seconds for seconds in side.seconds] for side in sides)
    ratios = [a / b for a, b in zip(files, theirs)]
    title = f"{count} pages, {o.workers} workers"
    return "| " + " | ".join([title, spread(files, 0), spread(stored, 0), spread(theirs, 0), spread(ratios, 2)]) + " |"


def publish(table: str, file: str | None) -> None:
    print(table)
    if file:
        Path(file).write_text(f"{table}\n", encoding="utf-8")


def compare(ours: Side, theirs: Side, steps: int, path: str) -> tuple[float, float]:
    """The largest relative differences of the loss and of the gradient's norm, and of the next loss, over `steps` steps, two by two.

    Left alone, any two trainings that round differently drift apart: Adam divides each gradient by its own size, so the
    sign of one that is nearly zero moves a weight as far as a large one does. So before every second step Wirespace takes
    over the parameters and the moments of PyTorch. The first step of a pair then compares forward and backward, and
    the loss of the second what clipping and Adam made of them.
    """
    same, after = 0.0, 0.0
    for start in range(0, steps, 2):
        theirs.ask(path)
        ours.ask(path)
        a, b = ours.ask(2), theirs.ask(2)
        same = max(same, relative(a["losses"][0], b["losses"][0]), relative(a["norms"][0], b["norms"][0]))
        after = max(after, relative(a["losses"][1], b["losses"][1]))
    return same, after


def relative(ours: float, theirs: float) -> float:
    return abs(ours - theirs) / abs(theirs)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def circumstances(o: argparse.Namespace, result: Result, load: float) -> str:
    ours, theirs = result.ours.about, result.theirs.about
    where = f"{processor()}, {os.cpu_count()} cores" if o.device == "cpu" else o.device
    return (
        f"{where}; {ours['threads']} threads, {ours['capability']}; libtorch {ours['torch']} and PyTorch "
        f"{theirs['torch']}{' compiled' if o.compile else ' eager'}. Load average before: {load:.1f}. {o.rounds} rounds of "
        f"{o.steps} steps after {o.compared + 2} untimed ones; median (least–greatest)."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description="Training steps beside PyTorch's.")
    parser.add_argument("--wirespace", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--case", action="append", choices=CASES, help="default: all for the device")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=2, help="in a block")
    parser.add_argument("--accumulation", type=int, default=1, help="forward passes a step")
    parser.add_argument("--threads", type=int, help="default: libtorch's own choice, the same on both sides")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--compile", action="store_true", help="torch.compile on PyTorch's side")
    parser.add_argument("--compared", type=int, default=6, help="untimed steps before, whose losses must agree")
    parser.add_argument("--tolerance", type=float, help="largest relative difference (default: 1e-4; on a GPU, whose products are rounded, 0.02)")
    parser.add_argument("--instructions", action="store_true", help="count a step's instructions by Valgrind instead")
    parser.add_argument("--loader", metavar="FOLDER", help="time loading the PNG files of a folder instead of steps")
    parser.add_argument("--workers", type=int, default=2, help="that load")
    parser.add_argument("--output", help="a Markdown file for the table")
    o = parser.parse_args()
    if o.tolerance is None:
        o.tolerance = 1e-4 if o.device == "cpu" else 0.02

    if o.loader:
        publish(f"{LOADER_HEAD}\n{run_loader(o)}", o.output)
        return

    if o.instructions:
        with tempfile.TemporaryDirectory() as folder:
            rows = [count_instructions(CASES[name], o, folder) for name in o.case or ["demo-small", "seed-small"]]
        publish("\n".join([INSTRUCTIONS_HEAD, *rows]), o.output)
        return

    names = o.case or [name for name, case in CASES.items() if o.device in case.devices]
    load = os.getloadavg()[0]
    results = []
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            results.append(run_case(CASES[name], o, folder))
            print(results[-1].row(), flush=True)
    note = circumstances(o, results[0], load)
    parts = "\n".join([PARTS_HEAD, *(result.parts_row() for result in results)])
    print(f"\n{parts}\n\n{note}")
    if o.output:
        rows = "\n".join(result.row() for result in results)
        Path(o.output).write_text(f"{HEAD}\n{rows}\n\n{parts}\n\n{note}\n", encoding="utf-8")
    unequal = [result.case.title for result in results if not max(result.differences) <= o.tolerance]
    if unequal:
        sys.exit(f"bench: losses or gradients differ by more than {o.tolerance:g}: {'; '.join(unequal)}")


if __name__ == "__main__":
    main()
