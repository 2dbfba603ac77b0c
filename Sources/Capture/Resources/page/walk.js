// The walk over the document: parents before what lies in them.

const limits = { visited: 100000, nodes: 20000, depth: 40, words: 400, letters: 20000 };

const tenth = (value) => Math.round(value * 10) / 10;

function childNodesOf(node) {
    if (node.shadowRoot) return [...node.shadowRoot.childNodes];
    if (node.localName === "slot") {
        const assigned = node.assignedNodes({ flatten: true });
        return assigned.length ? assigned : [...node.childNodes];
    }
    if (node.localName === "details" && !node.open) {
        return [...node.children].filter((child) => child.localName === "summary").slice(0, 1);
    }
    return [...node.childNodes];
}

class Walk {
    constructor(maximumHeight) {
        this.fullHeight = Math.ceil(pageHeight());
        this.page = [0, 0, innerWidth, Math.min(this.fullHeight, maximumHeight)];
        this.nodes = [];
        this.isTruncated = false;
    }

    run() {
        const start = document.body || document.documentElement;
        let ground = [255, 255, 255];
        for (const element of [document.documentElement, start]) ground = look(getComputedStyle(element), ground).ground;
        const { page } = this;
        this.stack = [{ node: start, parent: -1, clip: page, free: page, ground, words: "text", dy: 0, depth: 0, isRoot: true }];
        for (let visited = 0; this.stack.length; visited++) {
            if (visited === limits.visited) {
                this.isTruncated = true;
                break;
            }
            const at = this.stack.pop();
            if (at.node.nodeType === Node.TEXT_NODE) this.emitText(at.words, at.parent, linesOf([at.node], at.clip, at.dy));
            if (at.node.nodeType === Node.ELEMENT_NODE) this.visit(at.node, at);
        }
        const [, , width, height] = page;
        const title = clean(document.title || "").slice(0, 200);
        return { width, height, fullHeight: this.fullHeight, title, truncated: this.isTruncated, nodes: this.nodes };
    }

    // MARK: Results

    // The index of the new rectangle, or of its parent when there are too many.
    emit(kind, parent, box, extra = {}) {
        if (this.nodes.length >= limits.nodes) {
            this.isTruncated = true;
            return parent;
        }
        const [x, y] = [tenth(box[0]), tenth(box[1])];
        this.nodes.push({ p: parent, t: kind, x, y, w: tenth(box[2] - box[0]), h: tenth(box[3] - box[1]), ...extra });
        return this.nodes.length - 1;
    }

    emitText(kind, parent, lines, links = []) {
        if (!lines.length) return;
        const isOne = lines.length === 1;
        const style = (line) => ({ s: line.text.slice(0, limits.words), fs: tenth(line.size), b: line.bold });
        const block = this.emit(kind, parent, around(lines.map((line) => line.box)), isOne ? style(lines[0]) : {});
        if (!isOne) for (const line of lines) this.emit(kind, block, line.box, style(line));
        for (const link of links) this.emit("link", block, link);
    }

    // MARK: Elements

    visit(element, at) {
        const part = this.part(element, at);
        if (!part) return;
        if (part.isVisible && emitLeaf(this, part)) return;
        const context = {
            parent: at.parent, clip: part.clip, free: part.isPositioned ? part.clip : at.free,
            ground: part.isVisible || at.isRoot ? part.seen.ground : at.ground, words: at.words, dy: part.dy, depth: at.depth + 1,
        };
        if (wordRoles.has(part.kind)) context.words = part.kind;
        if (part.isVisible) context.parent = this.group(part);
        const children = childNodesOf(element);
        for (let index = children.length - 1; index >= 0; index--) this.stack.push({ ...context, node: children[index] });
    }

    // What is known of an element from its style and place; nothing when neither it nor what lies in it can be seen.
    part(element, at) {
        const tag = element.localName;
        if (skippedTags.has(tag)) return null;
        const style = getComputedStyle(element);
        if (style.display === "none" || Number(style.opacity) < 0.05 || style.contentVisibility === "hidden") return null;
        const rect = element.getBoundingClientRect();
        const hasBox = style.display !== "contents";
        const hidesOverflow = !at.isRoot && (style.overflowX !== "visible" || style.overflowY !== "visible");
        if (hidesOverflow && rect.width <= 2 && rect.height <= 2) return null;
        if (/rect\((0|1)px, ?(0|1)px, ?(0|1)px, ?(0|1)px\)/.test(style.clip) || /inset\((50|100)%\)/.test(style.clipPath)) return null;
        const isFixed = style.position === "fixed";
        let dy = at.dy;
        // What sticks to the lower edge of the window lies at the end of the page.
        const isLow = rect.top > 0.5 * innerHeight && rect.bottom > 0.85 * innerHeight;
        if (isFixed && isLow && this.fullHeight > innerHeight) dy += this.fullHeight - innerHeight;
        const clip = isFixed ? this.page : style.position === "absolute" ? at.free : at.clip;
        const box = intersect(onPage(rect, dy), clip);
        if (hidesOverflow && isEmpty(box) && hasBox) return null;
        const seen = look(style, at.ground);
        return {
            element, tag, style, box, seen, at, dy, name: names(element), kind: at.isRoot ? null : role(element, tag),
            width: box[2] - box[0], height: box[3] - box[1],
            clip: hidesOverflow && style.display !== "inline" && hasBox ? box : clip,
            isVisible: !at.isRoot && style.visibility === "visible" && !isEmpty(box) && hasBox,
            isPositioned: style.position !== "static" || style.transform !== "none",
            isBoxed: seen.filled || seen.bordered || seen.shadow,
            radius: (limit = Infinity) => tenth(Math.min(parseFloat(style.borderTopLeftRadius) || 0, (box[3] - box[1]) / 2, limit)),
        };
    }

    // Emits an element that others lie in, if it has a role or can be seen; its index, or its parent's.
    group(part) {
        const { element, box, seen, at } = part;
        const isPage = part.width >= 0.97 * this.page[2] && part.height >= 0.9 * this.page[3];
        const isBoxed = part.isBoxed && !isPage;
        const isPartial = seen.sides.some(Boolean) && !isBoxed && !isPage;
        const kind = groupRole(element, part.name, wordRoles.has(part.kind) ? null : part.kind, isBoxed);
        if ((!kind && !isPartial) || at.depth > limits.depth * 20) return at.parent;
        if (isBoxed && (part.height <= 4 || part.width <= 4)) {
            this.emit("line", at.parent, box);
            return at.parent;
        }
        let parent = at.parent;
        if (kind && this.depth(parent) < limits.depth) {
            const outline = isBoxed && !this.covers(parent, part) ? { o: true, r: part.radius(24) } : {};
            parent = this.emit(kind, parent, box, { ...outline, i: seen.picture || undefined });
        }
        if (isPartial) this.emitSides(parent, box, seen.sides);
        return parent;
    }

    // Whether the parent has drawn this very box.
    covers(parent, part) {
        const above = this.nodes[parent];
        return above?.o && Math.abs(above.x - part.box[0]) + Math.abs(above.y - part.box[1])
            + Math.abs(above.w - part.width) + Math.abs(above.h - part.height) < 6;
    }

    emitSides(parent, [left, top, right, bottom], sides) {
        if (sides[0]) this.emit("line", parent, [left, top, right, top + 1]);
        if (sides[2]) this.emit("line", parent, [left, bottom - 1, right, bottom]);
        if (sides[3]) this.emit("line", parent, [left, top, left + 1, bottom]);
        if (sides[1]) this.emit("line", parent, [right - 1, top, right, bottom]);
    }

    depth(index) {
        let depth = 0;
        for (; index >= 0 && depth <= limits.depth; index = this.nodes[index].p) depth++;
        return depth;
    }
}
