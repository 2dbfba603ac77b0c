// Elements in which nothing else counts: pictures, controls, lines of text. Each rule answers true when it has emitted the
// element, false when the element is to be looked into, and nothing when it is not its business.

function emitLeaf(walk, part) {
    for (const rule of [emitPicture, emitChoice, emitRule, emitField, emitIcon, emitButton, emitBackground, emitWords]) {
        const answer = rule(walk, part);
        if (answer !== undefined) return answer;
    }
    return false;
}

const saysSomething = (element) => Boolean((element.innerText || "").trim());

function emitPicture(walk, { element, tag, name, kind, box, width, height, at }) {
    if (!replaced.has(tag) && kind !== "image") return undefined;
    if (!replaced.has(tag) && saysSomething(element)) return false;
    if (width >= 3 && height >= 3) walk.emit(pictureRole(element, tag, name, width, height), at.parent, box);
    return true;
}

function emitChoice(walk, { element, tag, name, kind, box, at }) {
    if (!["checkbox", "radio", "toggle"].includes(kind)) return undefined;
    if (tag !== "input" && saysSomething(element)) return false;
    const isSwitch = kind === "checkbox" && /switch|toggle/.test(name + names(element.parentElement || element));
    walk.emit(isSwitch ? "toggle" : kind, at.parent, box);
    return true;
}

function emitRule(walk, { kind, box, at }) {
    if (!["slider", "progress", "line"].includes(kind)) return undefined;
    walk.emit(kind, at.parent, box);
    return true;
}

function emitField(walk, part) {
    const { element, tag, kind } = part;
    if (kind !== "input" && kind !== "select") return undefined;
    if (!["input", "select", "textarea"].includes(tag) && element.querySelector("input, textarea")) return false;
    const isOutlined = part.isBoxed || part.seen.sides.some(Boolean);
    walk.emit(kind, part.at.parent, part.box, {
        s: label(element, tag).slice(0, 100) || undefined, fs: parseFloat(part.style.fontSize), o: isOutlined, r: part.radius(),
    });
    return true;
}

function emitIcon(walk, { element, tag, name, box, width, height, at }) {
    if (width > 120 || height > 120 || !isIconGlyph(element, tag, name)) return undefined;
    walk.emit("icon", at.parent, box);
    return true;
}

// A link is a button when it looks like one, or is called one.
function looksLikeButton({ tag, kind, name, style, width, height, isBoxed }) {
    if (kind === "button") return true;
    if (tag !== "a" || !isBoxed) return false;
    const hasSize = height >= 18 && height <= 90 && width <= 500 && parseFloat(style.paddingLeft) >= 4;
    return hasWord(name, "btn|button") || ((kind === "link" || !kind) && hasSize);
}

function emitButton(walk, part) {
    const { element, tag, clip, dy } = part;
    if (!looksLikeButton(part) || part.height > 120) return undefined;
    if (element.querySelector("img, video, canvas, p, h1, h2, h3, h4")) return undefined;
    const isInput = tag === "input";
    const lines = linesOf(textNodes(element), clip, dy);
    if (!isInput && lines.length > 3) return undefined;
    const button = walk.emit("button", part.at.parent, part.box, {
        s: isInput ? label(element, tag).slice(0, 60) : undefined, fs: parseFloat(part.style.fontSize), r: part.radius(),
        o: part.isBoxed || isInput,
    });
    if (isInput) return true;
    walk.emitText("label", button, lines);
    for (const icon of element.querySelectorAll("svg, i, span")) {
        const rect = icon.getBoundingClientRect();
        const box = intersect(onPage(rect, dy), clip);
        if (isEmpty(box) || rect.width > 120) continue;
        if (icon.localName === "svg" || isIconGlyph(icon, icon.localName, names(icon))) walk.emit("icon", button, box);
    }
    return true;
}

// A picture that is the background of an empty element.
function emitBackground(walk, { element, name, box, width, height, seen, at }) {
    if (!seen.picture || width < 16 || height < 16 || (element.textContent || "").trim()) return undefined;
    if (element.querySelector("img, svg, input, button, canvas, video")) return undefined;
    walk.emit(pictureRole(element, "div", name, width, height), at.parent, box);
    return true;
}

function emitWords(walk, part) {
    const { element, tag, kind, name, style, at, seen, clip, dy } = part;
    if (tag === "tr" || tag === "table" || !(element.textContent || "").trim() || !isTextRun(element)) return undefined;
    const words = wordRoles.has(kind) ? kind : at.words;
    const isBadge = part.isBoxed && part.height <= 34 && part.width <= 220
        && (style.display.startsWith("inline") || /badge|chip|tag|pill/.test(name));
    let parent = at.parent;
    if (part.isBoxed || seen.sides.some(Boolean) || (kind && !wordRoles.has(kind))) {
        parent = isBadge ? walk.emit("badge", parent, part.box, { o: true, r: part.radius() }) : walk.group(part);
    }
    const links = words === "link" ? [] : linksIn(element, clip, dy);
    walk.emitText(isBadge ? "label" : words, parent, linesOf(textNodes(element), clip, dy), links);
    return true;
}

// The boxes of the links within a text.
function linksIn(element, clip, dy) {
    return [...element.querySelectorAll("a[href]")].slice(0, 100)
        .map((link) => intersect(onPage(link.getBoundingClientRect(), dy), clip))
        .filter((box) => !isEmpty(box));
}
