// Lines of text as the browser has set them.

// Every descendant is part of a line of text. Links side by side are a menu: each counts.
function isTextRun(element) {
    let count = 0;
    const links = [...element.querySelectorAll("a[href]")];
    if (links.length > 1) {
        const letters = (text) => text.replace(/\s+/g, "").length;
        const linked = links.reduce((sum, link) => sum + letters(link.textContent), 0);
        if (linked >= 0.8 * letters(element.textContent)) return false;
    }
    for (const inner of element.getElementsByTagName("*")) {
        if (++count > 300) return false;
        const tag = inner.localName;
        if (!inlineTags.has(tag) || inner.shadowRoot) return false;
        if (tag === "br" || tag === "wbr") continue;
        const style = getComputedStyle(inner);
        if (style.display === "none") continue;
        if (!style.display.startsWith("inline") && style.display !== "contents") return false;
        if (style.position === "absolute" || style.position === "fixed" || style.float !== "none") return false;
        if (role(inner, tag) === "button" || isIconGlyph(inner, tag, names(inner))) return false;
        if (style.display === "inline-block" && parseFloat(style.paddingLeft) >= 4) return false;
    }
    return true;
}

const clean = (text) => text.replace(/[\u0000-\u001f\u007f]+/g, " ").replace(/ +/g, " ").trim();

// The words of a text node, in as many pieces as it has rectangles.
function pieces(node, rects) {
    const style = getComputedStyle(node.parentElement);
    let text = node.data;
    if (style.textTransform === "uppercase") text = text.toUpperCase();
    if (rects.length === 1) return [clean(text)];
    if (style.whiteSpace.startsWith("pre")) {
        const rows = text.split("\n").map(clean).filter(Boolean);
        if (rows.length === rects.length) return rows;
    }
    const words = clean(text).split(" ");
    const letters = words.join(" ").length;
    const width = rects.reduce((sum, rect) => sum + rect.width, 0);
    const result = [];
    let used = 0, wanted = 0, next = 0;
    rects.forEach((rect, index) => {
        wanted += letters * rect.width / width;
        const row = [];
        while (next < words.length && (index === rects.length - 1 || used + words[next].length / 2 < wanted)) {
            used += words[next].length + 1;
            row.push(words[next++]);
        }
        result.push(row.join(" "));
    });
    return result;
}

// Lines of the text nodes, each with its box, its words and its letters.
function linesOf(nodes, clip, dy) {
    const lines = [];
    const range = document.createRange();
    let letters = 0;
    for (const node of nodes) {
        const style = getComputedStyle(node.parentElement);
        if (!node.data.trim() || !showsText(style)) continue;
        range.selectNodeContents(node);
        const rects = [...range.getClientRects()].filter((rect) => rect.width > 0.5 && rect.height > 0.5);
        if (!rects.length) continue;
        const words = pieces(node, rects);
        rects.forEach((rect, index) => {
            const box = intersect(onPage(rect, dy), clip);
            // A line of which less than half shows is cut off.
            if (isEmpty(box) || box[3] - box[1] < 0.5 * rect.height) return;
            const last = lines.at(-1);
            const spaceBefore = index === 0 && /^\s/.test(node.data);
            const spaceAfter = index < rects.length - 1 || /\s$/.test(node.data);
            if (last && continues(last.box, box)) {
                const gap = last.spaceAfter || spaceBefore || box[0] - last.box[2] > 2 ? " " : "";
                last.text = clean(last.text + gap + words[index]);
                last.box = [last.box[0], ...around([last.box, box]).slice(1)];
                last.spaceAfter = spaceAfter;
            } else if (letters < limits.letters) {
                const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 600;
                lines.push({ box, spaceAfter, text: words[index], size, bold });
            }
            letters += words[index].length;
        });
    }
    return lines.filter((line) => line.text);
}

function showsText(style) {
    return style.visibility === "visible" && style.display !== "none" && parseFloat(style.fontSize) >= 1
        && color(style.color)[3] >= 0.05;
}

// Whether a box of words goes on in the line of the box before.
function continues(last, box) {
    const overlap = 0.4 * (last[3] - last[1]);
    return box[1] < last[3] - overlap && box[3] > last[1] + overlap && box[0] >= last[0] - 1 && box[0] - last[2] < 40;
}

function textNodes(element) {
    const result = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && result.length < 2000) result.push(walker.currentNode);
    return result;
}

// What a field or a button says.
function label(element, tag) {
    if (tag === "input") {
        if (["submit", "button", "reset"].includes(element.type)) return clean(element.value || element.type);
        return element.type === "password" ? "••••••" : clean(element.value || element.placeholder || "");
    }
    if (tag === "textarea") return clean(element.value || element.placeholder || "");
    if (tag === "select") return clean(element.selectedOptions[0]?.text || "");
    return clean(element.innerText || "");
}
