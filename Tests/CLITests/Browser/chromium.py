"""Drives a headless Chromium over the DevTools protocol, by --remote-debugging-pipe: standard library alone."""

import base64
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

KEYS = {
    "Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "Tab": ("Tab", 9, ""), " ": ("Space", 32, " "),
    "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowUp": ("ArrowUp", 38, ""), "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""), "Home": ("Home", 36, ""), "End": ("End", 35, ""),
}

# Descriptors 3 and 4, which Chromium reads and writes, may be in use while Python starts the process.
LAUNCH = "import os, sys; r, w = int(sys.argv[1]), int(sys.argv[2]); a = os.dup(r); b = os.dup(w); " \
    "a = os.dup2(a, 20); b = os.dup2(b, 21); os.dup2(20, 3); os.dup2(21, 4); os.execv(sys.argv[3], sys.argv[3:])"


def find():
    """The path of a Chromium, or None."""
    names = (os.environ["CHROMIUM"],) if os.environ.get("CHROMIUM") else NAMES
    return next(filter(None, map(shutil.which, names)), None)


class Chromium:
    """A browser with one page, which may reach this machine alone."""

    def __init__(self, width=1280, height=800, dark=False, patience=30):
        self.patience = patience
        self.folder = tempfile.mkdtemp(prefix="wirespace-browser-")
        self.downloads = os.path.join(self.folder, "downloads")
        commands, self.write = os.pipe()
        self.read, answers = os.pipe()
        arguments = [
            find(), "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--mute-audio",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={self.folder}/profile",
            f"--window-size={width},{height}", "about:blank",
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(commands), str(answers)] + arguments, pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.count, self.waiting, self.session = 0, {}, None
        self.errors, self.requests, self.loaded = [], [], threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM", "Accessibility"):
            self.call(domain + ".enable")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.downloads)
        self.media(dark)
        self.resize(width, height)

    def close(self):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except Exception:  # it is gone, or hangs
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # The protocol

    def _listen(self):
        rest = b""
        while chunk := os.read(self.read, 1 << 20):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in messages:
                self._hear(json.loads(message))

    def _hear(self, message):
        if "id" in message:
            self.waiting.pop(message["id"]).put(message)
            return
        method, given = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(given["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and given["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(given["args"])[:500])
        elif method == "Log.entryAdded" and given["entry"]["level"] in ("error", "warning"):
            self.errors.append(given["entry"]["text"] + " " + given["entry"].get("url", ""))
        elif method == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded.set()

    def call(self, method, **given):
        self.count += 1
        answer = self.waiting[self.count] = queue.Queue()
        message = {"id": self.count, "method": method, "params": given}
        if self.session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        result = answer.get(timeout=self.patience)
        if "error" in result:
            raise RuntimeError(f"{method}: {result['error']['message']}")
        return result["result"]

    # The page

    def open(self, address):
        self.loaded.clear()
        self.call("Page.navigate", url=address)
        if not self.loaded.wait(self.patience):
            raise RuntimeError(f"{address} does not load")

    def run(self, script):
        """The value of an expression, a promise's too."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {json.dumps(result['exceptionDetails'])[:500]}")
        return result["result"].get("value")

    def wait(self, script):
        """Waits until an expression is true, and gives its value."""
        end = time.monotonic() + self.patience
        while not (value := self.run(script)):
            if time.monotonic() > end:
                raise RuntimeError(f"never: {script}")
            time.sleep(0.05)
        return value

    def resize(self, width, height, scale=1):
        """At a scale of 2 the page has half the width and height that the window has: a zoom of 200 %."""
        self.call("Emulation.setDeviceMetricsOverride", width=round(width / scale), height=round(height / scale),
                  deviceScaleFactor=scale, mobile=False)

    def media(self, dark):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    # Hands

    def key(self, key, control=False, shift=False):
        code, number, text = KEYS.get(key) or ("Key" + key.upper(), ord(key.upper()), key)
        given = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 2 * control + 8 * shift}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text and not control else "rawKeyDown",
                  **({"text": text} if text and not control else {}), **given)
        self.call("Input.dispatchKeyEvent", type="keyUp", **given)

    def type(self, text):
        for letter in text:
            self.key(letter)

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type="mouse" + kind, x=x, y=y, **more)

    def click(self, x, y):
        self.mouse("Moved", x, y)
        self.mouse("Pressed", x, y, button="left", buttons=1, clickCount=1)
        self.mouse("Released", x, y, button="left", clickCount=1)

    def middle(self, selector):
        """The middle of an element, in view."""
        box = self.run(f"(e => {{ e.scrollIntoView({{block: 'nearest'}}); const b = e.getBoundingClientRect(); "
                       f"return [b.x + b.width / 2, b.y + b.height / 2]; }})(document.querySelector('{selector}'))")
        return box

    def press(self, selector):
        self.click(*self.middle(selector))

    def drag(self, *corners, steps=8):
        """From the first of some places over each of the others."""
        self.mouse("Moved", *corners[0])
        self.mouse("Pressed", *corners[0], button="left", buttons=1, clickCount=1)
        for start, end in zip(corners, corners[1:]):
            for step in range(1, steps + 1):
                place = [a + (b - a) * step / steps for a, b in zip(start, end)]
                self.mouse("Moved", *place, button="left", buttons=1)
        self.mouse("Released", *corners[-1], button="left", clickCount=1)

    def files(self, selector, *paths):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=list(paths))
