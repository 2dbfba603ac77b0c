"""Uses the explorer's page as a person does, in Chromium: `walk.py ADDRESS PAGE.png [--screenshots FOLDER]`.

Prints a line for each thing that works, and ends with 1 and the reason at the first that does not.
"""

import argparse
import json
import os
import sys
import time
import urllib.parse

from chromium import Chromium

ready = "document.documentElement.dataset.ready === 'true'"
title = "document.querySelector('#title').textContent"
# The address follows 0.3 seconds after the last change, so that it also tells when the page has come to rest.
kept = "JSON.parse(decodeURIComponent(location.hash.slice(1)) || 'null')"

# Everything that can be used and is not within another such thing, and where it lies.
controls = """[...document.querySelectorAll('button, select, summary, label, header input, #canvas')].filter(e =>
    e.checkVisibility({ visibilityProperty: true })).map(e => { const b = e.getBoundingClientRect();
    return { name: e.id || e.textContent.trim().slice(0, 30) || e.ariaLabel, within: e.parentElement.closest('label') !== null,
        isMap: e.id === 'canvas' || e.closest('#zoom') !== null, x: b.x, y: b.y, right: b.right, bottom: b.bottom }; })"""

# Elements with text of their own whose contrast is below WCAG's 4.5 (3 for large text).
faint = """(() => {
    const numbers = colour => { const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
    const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
    const ground = e => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
        return [255, 255, 255, 255]; };
    return [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.matches(':disabled')
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
        const style = getComputedStyle(e), [a, b] = [light(numbers(style.color)), light(ground(e))].sort((x, y) => y - x);
        const size = parseFloat(style.fontSize), isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
        return { text: e.textContent.trim().slice(0, 40), contrast: (a + 0.05) / (b + 0.05), needed: isLarge ? 3 : 4.5 };
    }).filter(({ contrast, needed }) => contrast < needed);
})()"""


class Walk:
    def __init__(self, browser, address, page, pictures):
        self.browser, self.address, self.page, self.pictures = browser, address, page, pictures
        self.run, self.wait = browser.run, browser.wait

    def done(self, what):
        errors = self.browser.errors
        require(not errors, f"{what}: the console says {errors[:3]}")
        if self.pictures:
            number = len([name for name in os.listdir(self.pictures) if name.endswith(".png")])
            self.browser.screenshot(os.path.join(self.pictures, f"{number:02} {what}.png"))
        print("ok", what, flush=True)

    def everything(self):
        self.load()
        self.keys()
        self.search()
        self.pointing()
        self.hiding()
        self.late()
        self.mixing()
        self.generating()
        self.selecting()
        self.uploading()
        self.exporting()
        self.link()
        self.sizes()
        self.names()
        self.dark()
        strange = [url for url in self.browser.requests
                   if not url.startswith((self.address, "data:", "blob:" + self.address))]
        require(not strange, f"requests leave the machine: {strange[:3]}")
        self.done("no request leaves the machine, no error on the console")

    def load(self):
        self.browser.open(self.address)
        self.wait(ready)
        pages = self.run("fetch('/api/pages').then(a => a.json()).then(p => p.length)")
        require(self.run("document.querySelector('#found').textContent") == f"{pages} pages", "the pages are not counted")
        colours = self.run("""(() => { const c = document.querySelector('canvas');
            const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
            return new Set(d).size; })()""")
        require(colours > 5, f"the map shows {colours} colours")
        self.done("load")

    def chosen(self, before=""):
        """The title of what is chosen, once the panel shows it all."""
        self.wait(f"{title} !== {json.dumps(before)} && {title} !== 'Nothing chosen'")
        self.wait("document.querySelector('#current').ariaBusy === 'false' && !document.querySelector('#drawn').hidden && document.querySelector('#drawn img').complete "
                  "&& document.querySelector('#drawn img').naturalWidth > 0 && document.querySelectorAll('#neighbours li').length > 0")
        return self.run(title)

    def keys(self):
        """Everything by Tab and the keys of the map, which never traps the focus."""
        key, seen = self.browser.key, []
        self.run("document.activeElement.blur()")
        while "canvas" not in seen:
            require(len(seen) < 60, f"Tab does not reach the map: {seen}")
            key("Tab")
            seen.append(self.run("document.activeElement.id"))
            require(self.run("document.activeElement.matches(':focus-visible')"), f"the focus on {seen[-1]} is not seen")
        order = [name for name in seen if name in ("search", "width", "height", "copy", "file", "canvas")]
        require(order == ["search", "width", "height", "copy", "file", "canvas"], f"Tab goes {seen}")
        for name, axis, sign in (("ArrowLeft", "x", -1), ("ArrowUp", "y", 1)):
            before = self.wait(f"({kept})?.view") if axis == "y" else None
            key(name)
            after = self.wait(f"(v => v && JSON.stringify(v) !== {json.dumps(json.dumps(before, separators=(',', ':')))} && v)(({kept})?.view)")
            require(before is None or (after[axis] - before[axis]) * sign > 0, f"{name} goes from {before} to {after}")
        for name in "+-0":
            key(name)
        key("Enter")
        first = self.chosen()
        key("n")
        second = self.chosen(first)
        key("n")
        third = self.chosen(second)
        require(len({first, second, third}) == 3, "N comes back to where one has been")
        key("z", control=True)
        self.wait(f"{title} === {json.dumps(second)}")
        key("Escape")
        self.wait(f"{title} === 'Nothing chosen'")
        key("z", control=True)
        self.wait(f"{title} === {json.dumps(second)}")
        key("Tab")
        require(self.run("document.activeElement.id") != "canvas", "the map keeps the focus")
        self.done("keys alone")

    def search(self):
        self.browser.press("#search")
        word = self.run("fetch('/api/space').then(a => a.json()).then(s => s.archetypes[0])")
        self.browser.type(word)
        self.wait("/^[1-9]\\d* found$/.test(document.querySelector('#found').textContent)")
        before = self.run(f"JSON.stringify(({kept})?.view)")
        self.browser.key("Enter")
        self.wait(f"JSON.stringify(({kept})?.view) !== {json.dumps(before)}")
        self.done("search")
        self.browser.key("Escape")
        self.wait("document.querySelector('#found').textContent.endsWith('pages')")

    def pointing(self):
        browser, (x, y) = self.browser, self.browser.middle("#canvas")
        browser.press("#fit")
        time.sleep(0.7)
        before = self.wait(f"({kept})?.view")
        browser.drag((x, y), (x + 80, y + 40))
        after = self.wait(f"(v => v.x !== {before['x']} && v)(({kept}).view)")
        moved = [(before["x"] - after["x"]) * before["zoom"], (after["y"] - before["y"]) * before["zoom"]]
        require(abs(moved[0] - 80) < 3 and abs(moved[1] - 40) < 3, f"a drag by 80, 40 moves the map by {moved}")
        browser.mouse("Wheel", x, y, deltaX=0, deltaY=-400)
        self.wait(f"({kept}).view.zoom > {1.5 * before['zoom']}")
        browser.press("#fit")
        time.sleep(0.7)
        last = self.run(title)
        browser.mouse("Moved", *self.empty())
        self.wait("!document.querySelector('#lens').hidden && document.querySelector('#lens img').naturalWidth > 0")
        self.done("lens")
        browser.click(*self.empty())
        require(self.chosen(last) == "A place of the map", "a click on an empty place chooses something else")
        self.done("pan, zoom, click")

    def empty(self):
        """A place of the map without a dot within 20 pixels."""
        return self.run("""(() => { const c = document.querySelector('canvas'), b = c.getBoundingClientRect();
            const copy = Object.assign(document.createElement('canvas'), { width: c.width, height: c.height });
            const ink = copy.getContext('2d', { willReadFrequently: true });
            ink.drawImage(c, 0, 0);
            const at = (x, y) => document.elementFromPoint(b.x + x, b.y + y) === c
                && ink.getImageData(x - 20, y - 20, 40, 40).data.every(v => v === 0);
            for (let y = b.height / 2; y > 30; y -= 15) for (let x = b.width / 2; x < b.width - 30; x += 15) {
                if (at(x, y)) return [b.x + x, b.y + y];
            } return null; })()""")

    def hiding(self):
        checked = "document.querySelectorAll('#legend li input:checked').length"
        before = self.run(checked)
        self.browser.press("#none")
        self.wait(f"{checked} === 0")
        self.run("document.querySelector('#undo').click()")
        self.wait(f"{checked} === {before}")
        self.done("archetypes hidden, taken back")

    def late(self):
        """While the server is slow the panel is all of what was chosen last, and its label goes to that page."""
        first = self.run(title)
        self.browser.press("#neighbours li button")
        first = self.chosen(first)
        last = self.run("document.querySelector('#neighbours li:nth-child(2) button').title")
        self.run("window.quick = fetch; window.fetch = async (path, options) => { if (/decode|neighbours/.test(path)) "
                 "await new Promise(done => setTimeout(done, 500)); return quick(path, options); }")
        self.browser.press("#neighbours li:nth-child(2) button")
        require(self.run(title) == last, f"the panel says {self.run(title)} when {last} is chosen")
        require(self.run("document.querySelector('#current').ariaBusy") == "true", "nothing says that the page is being drawn")
        labels = f"quick('/api/pages').then(a => a.json()).then(p => [{json.dumps(first)}, {json.dumps(last)}].map(path => p.find(e => e.path === path).archetype))"
        before = self.run(labels)
        other = self.run("(s => s.value = [...s.options].find(o => o.value && o.value !== s.value).value)(document.querySelector('#correct'))")
        self.run("document.querySelector('#label').requestSubmit()")
        self.wait(f"{labels}.then(now => now[0] === {json.dumps(before[0])} && now[1] === {json.dumps(other)})")
        self.run("document.querySelector('#undo').click()")
        self.wait(f"{labels}.then(now => now[1] === {json.dumps(before[1])})")
        self.run("window.fetch = quick; 1")
        self.chosen()
        self.done("a slow server")

    def mixing(self):
        for _ in range(2):
            last = self.run(title)
            self.browser.press("#neighbours li button")
            self.chosen(last)
            self.browser.press("#add")
        self.wait("document.querySelectorAll('#tray li').length === 2")
        self.run("document.querySelector('#slide').focus()")
        self.browser.key("End")
        for _ in range(30):
            self.browser.key("ArrowLeft")
        self.wait(f"{title} === 'A mixture of pages'")
        weights = self.wait(f"(m => m?.length === 2 && m.map(e => e.weight))(({kept}).recipe.mix)")
        require(abs(sum(weights) - 1) < 1e-6 and 0.1 < weights[0] < 0.5, f"the slider mixes by {weights}")
        before = self.run("document.querySelector('#drawn img').src")
        self.browser.press("#saveAnimation")
        self.wait_for_file("interpolation.png", b"\x89PNG")
        self.browser.press("#animate")
        self.wait(f"(i => i.src !== {json.dumps(before)} && i.complete && i.naturalWidth > 0)(document.querySelector('#drawn img'))")
        self.done("mix and animate")
        self.browser.press("#pin")
        self.wait("(i => i?.complete && i.naturalWidth > 0)(document.querySelector('#pins img'))")
        first = self.run("document.querySelector('#pins img').src")
        self.browser.press("#pin")
        self.wait("(i => i?.complete && i.naturalWidth > 0)(document.querySelector('#pins figure:nth-child(2) img'))")
        require(self.run("document.querySelector('#pins img').src") == first, "a pin is drawn again when another is pinned")
        self.browser.press("#pins figure:nth-child(2) .remove")

    def generating(self):
        """New pages, one of which is chosen, and variants of it."""
        last = self.run(title)
        for kind, called in ((self.run("document.querySelector('#kind').options[2].value"), "A new page, "), ("variants", "A variant")):
            self.run(f"document.querySelector('#kind').value = {json.dumps(kind)}")
            self.browser.press("#generate button")
            self.wait("(i => i.length === 6 && [...i].every(e => e.naturalWidth > 0))(document.querySelectorAll('#generated img'))")
            self.browser.press("#generated button")
            last = self.chosen(last)
            require(last.startswith(called), f"a new page is called {last}")
            self.run("document.querySelector('#generated').replaceChildren()")
        self.browser.press("#outliers")
        self.wait("/^[1-9]\\d* pages?: /.test(document.querySelector('#selected').textContent)")
        self.done("new pages, odd pages")
        self.browser.press("#unselect")

    def selecting(self):
        """A line around pages; what is done with all of them; a learned direction, and a place in the tray."""
        browser, last = self.browser, self.run(title)
        browser.press("#fit")
        time.sleep(0.7)
        browser.press("#lasso")
        box = self.run("(b => [b.x, b.y, b.right, b.bottom])(document.querySelector('#canvas').getBoundingClientRect())")
        left, top, right, bottom = box[0] + 60, box[1] + 4, box[2] - 4, box[3] - 4
        middle = (left + right) / 2
        browser.drag((left, top), (middle, top), (middle, bottom), (left, bottom))
        self.wait("/^[1-9]\\d* pages: /.test(document.querySelector('#selected').textContent)")
        held = self.wait(f"({kept})?.selected?.length && ({kept}).selected")
        inside = self.run(f"fetch('/api/pages').then(a => a.json()).then(pages => {{ const v = ({kept}).view, c = document.querySelector('#canvas'); "
                          "const x = p => c.clientWidth / 2 + (p.x - v.x) * v.zoom; "
                          f"return pages.filter(p => x(p) > {left - box[0]} && x(p) < {middle - box[0]}).map(p => p.id); }})")
        require(sorted(held) == sorted(inside), f"the lasso holds {len(held)} pages, {len(inside)} lie in it")
        require(self.run("document.querySelector('#lasso').ariaPressed") == "false", "the lasso stays on")
        labels = f"fetch('/api/pages').then(a => a.json()).then(pages => pages.filter(p => {json.dumps(held)}.includes(p.id)).map(p => p.archetype))"
        before = self.run(labels)
        label = self.run("document.querySelector('#correctAll').value = document.querySelector('#correctAll option:last-child').value")
        browser.press("#labelAll button")
        self.wait(f"{labels}.then(now => now.every(each => each === {json.dumps(label)}))")
        self.run("document.querySelector('#undo').click()")
        self.wait(f"{labels}.then(now => JSON.stringify(now) === {json.dumps(json.dumps(before, ensure_ascii=False, separators=(',', ':')))})")
        self.done("labels, taken back")
        browser.press("#middle")
        require(self.chosen(last) == f"The middle of {len(held)} pages", "the middle of the selection is not shown")
        browser.press("#directionName")
        browser.type("left half")
        browser.key("Enter")
        self.wait("document.querySelector('#changes li')?.textContent.startsWith('left half')")
        self.wait(f"(c => c?.length === 1 && c[0].direction === 'left half' && c[0].amount === 1)(({kept})?.changes)")
        before = self.run("document.querySelector('#drawn img').src")
        self.run("document.querySelector('#changes input').focus()")
        browser.key("ArrowLeft")
        self.wait(f"({kept}).changes[0].amount < 1")
        self.wait(f"(i => i.src !== {json.dumps(before)} && i.complete && i.naturalWidth > 0)(document.querySelector('#drawn img'))")
        browser.press("#add")
        self.wait("document.querySelectorAll('#tray li').length === 3 && document.querySelector('#tray li:last-child img').naturalWidth > 0")
        browser.press("#mix")
        self.wait(f"(m => m?.length === 3 && m[2].of?.offsets[0].direction === 'left half')(({kept}).recipe.mix)")
        self.done("lasso, direction, mixture")
        browser.press("#tray li:last-child button")
        browser.press("#unselect")
        self.wait("document.querySelectorAll('#tray li').length === 2 && document.querySelector('#selection').hidden")

    def uploading(self):
        self.browser.files("#file", self.page)
        name = os.path.basename(self.page)
        self.wait(f"{title} === {json.dumps(name)}")
        self.chosen()
        self.wait("document.querySelector('#original img').naturalWidth > 0")
        before = self.run("document.querySelector('#original img').src")
        self.browser.press("#isScreenshot")
        self.wait(f"(i => i.src !== {json.dumps(before)} && i.complete && i.naturalWidth > 0)(document.querySelector('#original img'))")
        self.wait("document.querySelector('#isScreenshot').checked")
        self.chosen()
        self.run("document.querySelector('#undo').click()")
        self.wait("!document.querySelector('#isScreenshot').checked")
        self.chosen()
        self.done("upload, as a screenshot too")
        wrong = os.path.join(self.browser.folder, "wrong.png")
        with open(wrong, "w") as file:
            file.write("no picture")
        self.browser.files("#file", wrong)
        self.wait("!document.querySelector('#message').hidden")
        require(self.run(title) == name, "a file that cannot be read takes the place of the page")
        require("neither" in self.run("document.querySelector('#message').textContent"), "a text is told as something else")
        self.run("document.querySelector('#change').value = document.querySelector('#change optgroup option').value; "
                 "document.querySelector('#change').dispatchEvent(new Event('change'))")
        self.wait(f"({kept}).changes[0]?.toward")
        require(not self.run("document.querySelector('#message').hidden"), "a message goes before it is read")
        self.browser.press("#dismiss")
        self.wait("document.querySelector('#message').hidden")

    def exporting(self):
        for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("json", b"{")):
            self.browser.press(f"[data-export={kind}]")
            self.wait_for_file("-drawn.layout.json" if kind == "json" else f"-drawn.{kind}", start)
        self.done("export")

    def wait_for_file(self, ending, start):
        end = time.monotonic() + self.browser.patience
        while not any(path.endswith(ending) and open(path, "rb").read(5).startswith(start) for path in self.saved()):
            require(time.monotonic() < end, f"no …{ending} is saved")
            time.sleep(0.05)

    def saved(self):
        folder = self.browser.downloads
        return [os.path.join(folder, name) for name in (os.listdir(folder) if os.path.isdir(folder) else [])]

    def link(self):
        self.run("document.querySelector('#undo').click()")
        last = self.run(title)
        self.browser.press("#neighbours li button")
        name = self.chosen(last)
        self.wait(f"({kept}).page !== null && ({kept}).pins.length === 1 && ({kept}).tray.length === 2")
        link = self.run("location.href")
        self.browser.open("about:blank")
        self.browser.open(link)
        self.wait(ready)
        self.wait(f"{title} === {json.dumps(name)}")
        self.wait("document.querySelectorAll('#tray li').length === 2 && document.querySelectorAll('#pins figure').length === 1")
        made = json.loads(urllib.parse.unquote(link.split("#")[1]))
        for key, said in (("index", "This link was made with other pages."), ("model", "This link is for another model.")):
            require(key in made, f"the link has no {key}")
            strange = self.address + "#" + urllib.parse.quote(json.dumps({**made, key: "another"}))
            self.run(f"location.href = {json.dumps(strange)}")
            self.wait(f"document.querySelector('#message').textContent === {json.dumps(said)}")
            if key == "index":
                self.wait(f"{title} === 'Nothing chosen' && document.querySelectorAll('#pins figure').length === 0")
            require(self.run("location.href") == strange, "a link for another explorer is lost")
        self.run(f"location.href = {json.dumps(link)}")
        self.wait(f"{title} === {json.dumps(name)} && document.querySelector('#message').hidden")
        hostile = {**made, "recipe": {"offsets": 5, "mix": [1]}, "tray": [{"recipe": {"mix": 5}, "weight": 1}], "pins": [5], "changes": 5}
        for wrong in ("#x", "#" + urllib.parse.quote('{"model": 1, "tray": 3}'), "#" + urllib.parse.quote(json.dumps(hostile))):
            self.browser.open("about:blank")
            self.browser.open(self.address + wrong)
            self.wait(ready)
        self.browser.open("about:blank")
        self.browser.open(link)
        self.wait(ready)
        self.chosen()
        self.done("link")

    def sizes(self):
        for width, height, scale in ((1280, 800, 1), (1024, 768, 1), (768, 1024, 1), (390, 844, 1), (1280, 800, 2), (1024, 768, 2)):
            self.browser.resize(width, height, scale)
            what = f"{width} by {height}" + (" at 200 %" if scale == 2 else "")
            time.sleep(0.3)
            over = self.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            require(over <= 0, f"{what}: {over} pixels stick out")
            places = [place for place in self.run(controls) if place["right"] > place["x"]]
            for index, one in enumerate(places):
                for other in places[index + 1:]:
                    if one["within"] or other["within"] or one["isMap"] and other["isMap"]:
                        continue
                    wide = min(one["right"], other["right"]) - max(one["x"], other["x"])
                    high = min(one["bottom"], other["bottom"]) - max(one["y"], other["y"])
                    # What is scrolled out of its box lies under what is beside it.
                    require(wide <= 1 or high <= 1 or not self.both_seen(one, other),
                            f"{what}: {one['name']} and {other['name']} overlap")
            self.done(what)
        self.browser.resize(1280, 800)

    def both_seen(self, *places):
        """Whether both of two elements are what one hits at their middles."""
        return all(self.run(f"(e => !!e && (e.id || e.textContent.trim().slice(0, 30) || e.ariaLabel) === {json.dumps(place['name'])})"
                            f"(document.elementFromPoint({(place['x'] + place['right']) / 2}, {(place['y'] + place['bottom']) / 2})"
                            "?.closest('button, select, summary, label, input, canvas'))") for place in places)

    def names(self):
        """Every control has a name that a screen reader can say, no name is given twice to different things of one kind."""
        nodes = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        roles = {"button", "combobox", "slider", "checkbox", "spinbutton", "searchbox", "textbox", "link", "image", "meter", "application"}
        def of(node, key):
            return node.get(key, {}).get("value", "")
        nameless = [of(node, "role") for node in nodes if not node.get("ignored") and of(node, "role") in roles
                    and not of(node, "name").strip()]
        require(not nameless, f"without a name: {nameless}")
        buttons = [of(node, "name") for node in nodes if not node.get("ignored") and of(node, "role") in ("button", "slider")]
        twice = {name for name in buttons if buttons.count(name) > 1}
        require(not twice, f"names that are given twice: {twice}")
        levels = [int(next(p["value"]["value"] for p in node["properties"] if p["name"] == "level"))
                  for node in nodes if of(node, "role") == "heading" and not node.get("ignored")]
        require(levels[:1] == [1] and all(b - a <= 1 for a, b in zip(levels, levels[1:])), f"headings: {levels}")
        landmarks = [of(node, "role") for node in nodes]
        require(landmarks.count("main") == 1 and "banner" in landmarks, "there is no main part, or no header")
        doubled = self.run("(ids => ids.filter((id, at) => ids.indexOf(id) !== at))([...document.querySelectorAll('[id]')].map(e => e.id))")
        require(not doubled, f"ids that are given twice: {doubled}")
        small = self.run("""[...document.querySelectorAll('button, select, summary, #legend label')].filter(e => e.checkVisibility())
            .filter(e => { const b = e.getBoundingClientRect(); return b.width < 24 || b.height < 24; }).map(e => e.id || e.textContent)""")
        require(not small, f"smaller than 24 by 24 pixels: {small}")
        self.contrast("light")
        self.done("names and contrast")

    def contrast(self, what):
        found = self.run(faint)
        require(not found, f"{what}: too little contrast: {found[:4]}")

    def dark(self):
        self.browser.media(dark=True)
        time.sleep(0.3)
        self.contrast("dark")
        self.done("dark")


class Wrong(Exception):
    pass


def require(condition, message):
    if not condition:
        raise Wrong(message)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("page")
    parser.add_argument("--screenshots")
    given = parser.parse_args()
    if given.screenshots:
        os.makedirs(given.screenshots, exist_ok=True)
    with Chromium() as browser:
        try:
            Walk(browser, given.address, os.path.abspath(given.page), given.screenshots).everything()
        except (Wrong, RuntimeError) as error:
            if given.screenshots:
                browser.screenshot(os.path.join(given.screenshots, "wrong.png"))
            sys.exit(f"wrong: {error}\n{browser.errors[:5]}")
