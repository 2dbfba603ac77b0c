"""Measures a running explorer with the standard library alone; see Benchmarks/run-explorer."""

import argparse
import array
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/CLITests/Browser"))
import chromium  # noqa: E402

ARCHETYPES = ["contact", "faq", "blog", "panier", "produit", "profil", "tarifs", "connexion"]


def part(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def told(what, milliseconds, processor=None):
    """Wall-clock times; on a busy machine the processor's time, in seconds for all of them, says more."""
    each = f", processor {1e3 * processor / len(milliseconds):.1f} ms each" if processor else ""
    print(f"{what}: median {part(milliseconds, 0.5):.1f} ms, p95 {part(milliseconds, 0.95):.1f} ms{each}, "
          f"{len(milliseconds)} times, load {os.getloadavg()[0]:.1f}", flush=True)


def processor(pid):
    """Seconds of processor time that a process and its children have used."""
    total, below = 0.0, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        below.setdefault(int(fields[1]), []).append((int(name), int(fields[11]) + int(fields[12])))
    own = [entry for entries in below.values() for entry in entries if entry[0] == pid]
    while own:
        total += own[-1][1] / os.sysconf("SC_CLK_TCK")
        own.extend(below.get(own.pop()[0], []))
    return total


def grey_png(folder):
    """A white page of 128 by 192, so that thumbnails have a file."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    head = (128).to_bytes(4, "big") + (192).to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    rows = (b"\0" + b"\xff" * 128) * 192
    path = os.path.join(folder, "page.png")
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return path


class Server:
    """`wirespace explore` over made-up codes: clusters of normal numbers, 128 dimensions."""

    def __init__(self, given, pages):
        self.folder = tempfile.mkdtemp(prefix="explorer-bench-")
        path = os.path.join(self.folder, "model.safetensors")
        model = given.model if given.model.endswith(".safetensors") else given.model + "/checkpoints/best.safetensors"
        shutil.copy(model, path)
        os.mkdir(os.path.join(self.folder, "pages"))
        grey_png(os.path.join(self.folder, "pages"))
        index = os.path.join(self.folder, "model.index.sqlite")
        # The command makes the index, so that its tables are the real ones.
        self.run(given, "encode", path, os.path.join(self.folder, "pages"))
        self.fill(index, pages)
        errors = open(os.path.join(self.folder, "errors"), "w")
        self.process = subprocess.Popen(
            [given.wirespace, "explore", path, "--port", "0", "--map", "pca"], stdout=subprocess.PIPE, stderr=errors,
            text=True, env={**os.environ, "OMP_NUM_THREADS": given.threads})
        line = self.process.stdout.readline()
        found = re.search(r"http://127.0.0.1:(\d+)/", line)
        if not found:
            sys.exit("no server: " + open(errors.name).read())
        self.port = int(found.group(1))
        self.address = found.group(0)
        self.wait()

    def run(self, given, *arguments):
        subprocess.run([given.wirespace, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def fill(index, pages):
        draw = random.Random(1)
        base = sqlite3.connect(index)
        width = len(base.execute("SELECT mu FROM page").fetchone()[0]) // 4
        base.execute("DELETE FROM page")
        middles = [[draw.gauss(0, 3) for _ in range(width)] for _ in ARCHETYPES]
        # Rows are sums of two parts, since drawing 12 million numbers one by one takes a minute.
        parts = [array.array("f", (draw.gauss(0, 1) for _ in range(width))) for _ in range(400)]
        sigma = array.array("f", [0.1] * width).tobytes()
        columns = [row[1] for row in base.execute("PRAGMA table_info(page)")]
        def rows():
            for number in range(pages):
                name = ARCHETYPES[number % len(ARCHETYPES)]
                one, two = parts[draw.randrange(400)], parts[draw.randrange(400)]
                mu = array.array("f", map(sum, zip(middles[number % len(ARCHETYPES)], one, two))).tobytes()
                path = f"{name}/{number:06}.png"
                values = {"id": number + 1, "path": path, "hash": hashlib.sha256(path.encode()).hexdigest(), "archetype": name,
                          "pageGroup": path, "width": 128, "height": 192, "mu": mu, "sigma": sigma}
                yield [values[column] for column in columns]
        marks = ", ".join("?" * len(columns))
        with base:
            base.executemany(f"INSERT INTO page ({', '.join(columns)}) VALUES ({marks})", rows())
        base.close()

    def wait(self):
        for _ in range(600):
            try:
                return self.ask(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60), "/api/space")
            except OSError:
                time.sleep(0.1)
        sys.exit("the server does not answer")

    def ask(self, connection, path, body=None):
        """The status and the bytes of an answer."""
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


def place(draw):
    return {"point": {"x": draw.uniform(-1, 1), "y": draw.uniform(-1, 1)}}


def search(given):
    server, draw = Server(given, given.latents), random.Random(2)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for what, more in (("a place", {}), ("a page, without itself", {"mix": 1}), ("one archetype", {"archetype": "faq"})):
        times = []
        for number in range(220):
            if number == 20:
                used = processor(server.process.pid)
            page = draw.randrange(given.latents) + 1
            question = {"mix": [{"page": page}], "except": page} if "mix" in more else {**place(draw), **more}
            start = time.perf_counter()
            status, _ = server.ask(connection, "/api/neighbours", question)
            times.append(1e3 * (time.perf_counter() - start))
            if status != 200:
                sys.exit(f"search: {status}")
        told(f"search of {given.latents:,} through HTTP, {what}", times[20:], processor(server.process.pid) - used)
    server.close()


def load(given):
    server, draw = Server(given, 300), random.Random(3)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    times = []
    for number in range(120):
        if number == 20:
            used = processor(server.process.pid)
        start = time.perf_counter()
        status, _ = server.ask(connection, "/api/decode", {**place(draw), "size": {"width": 128, "height": 192}})
        times.append(1e3 * (time.perf_counter() - start))
        if status != 200:
            sys.exit(f"decode: {status}")
    told("drawing 128×192, one client", times[20:], processor(server.process.pid) - used)
    connection.close()

    outcomes, spans, lock = {}, [], threading.Lock()
    end = time.monotonic() + given.seconds
    memory = []

    def client(number):
        draw = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        while time.monotonic() < end:
            kind = draw.randrange(3)
            start = time.perf_counter()
            try:
                if kind == 0:
                    status, _ = server.ask(connection, "/api/decode", {**place(draw), "size": {"width": 128, "height": 192}})
                elif kind == 1:
                    status, _ = server.ask(connection, "/api/neighbours", place(draw))
                else:
                    status, _ = server.ask(connection, "/api/space")
            except (OSError, http.client.HTTPException) as error:
                status = f"lost ({type(error).__name__})"
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            with lock:
                outcomes[status] = outcomes.get(status, 0) + 1
                if status == 200:
                    spans.append(1e3 * (time.perf_counter() - start))
            if status == 503:
                time.sleep(draw.uniform(0.5, 1.5))     # as Retry-After says, and as the page does

    threads = [threading.Thread(target=client, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        time.sleep(given.seconds / 12)
        memory.append(server.memory())
    for thread in threads:
        thread.join()
    print(f"64 connections for {given.seconds} s: {dict(sorted(outcomes.items(), key=str))}, "
          f"memory {memory[1]:.0f} MB after a sixth, {memory[-1]:.0f} MB at the end", flush=True)
    told("an answer with 64 connections", spans)
    server.close()
    if any(str(outcome).startswith("lost") for outcome in outcomes):
        sys.exit("connections were lost")


FRAMES = """(async (pan) => {
    const view = await import('/page/view.js'), gaps = [];
    let last = performance.now();
    for (let i = 0; i < 120; i++) {
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        gaps.push(now - last);
        last = now;
        if (pan) view.pan(i % 40 < 20 ? 7 : -7, i % 30 < 15 ? 5 : -5); else view.zoomAt(i % 40 < 20 ? 1.04 : 1 / 1.04);
    }
    return gaps.slice(10);
})"""


def frames(given):
    if not chromium.find():
        return print("frames: there is no Chromium")
    server = Server(given, given.points)
    with chromium.Chromium(patience=120) as browser:
        browser.open(server.address)
        browser.wait("document.documentElement.dataset.ready === 'true'")
        for what, pan in (("pan", "true"), ("zoom", "false")):
            used = processor(browser.process.pid)
            gaps = browser.run(FRAMES + f"({pan})")
            told(f"{given.points:,} points, {what}, between frames", gaps, processor(browser.process.pid) - used)
        script = "import('/page/map.js').then(m => { const t = []; for (let i = 0; i < 60; i++) { const s = performance.now(); " \
            "m.paint(); t.push(performance.now() - s); } return t; })"
        told(f"{given.points:,} points, painting alone", browser.run(script))
    server.close()


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument("--wirespace", required=True)
    parser.add_argument("--model", default=os.path.join(here, "../../models/demo.safetensors"))
    parser.add_argument("--only", choices=["search", "load", "frames"])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--latents", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--threads", default="1", help="OMP_NUM_THREADS of the server")
    given = parser.parse_args()
    for name in ("search", "load", "frames"):
        if given.only in (None, name):
            {"search": search, "load": load, "frames": frames}[name](given)
