// What an element is for: a button, a heading, a card.

const ariaRoles = {
    banner: "header", navigation: "nav", contentinfo: "footer", complementary: "sidebar", form: "form", search: "form",
    region: "section", main: "section", article: "section", dialog: "dialog", alertdialog: "dialog", list: "list",
    listitem: "item", table: "table", grid: "table", row: "row", cell: "cell", gridcell: "cell", columnheader: "cell",
    rowheader: "cell", tablist: "tabs", heading: "heading", button: "button", tab: "link", link: "link",
    menuitem: "link", checkbox: "checkbox", radio: "radio", switch: "toggle", slider: "slider", progressbar: "progress",
    textbox: "input", searchbox: "input", spinbutton: "input", combobox: "select", listbox: "select", img: "image",
    separator: "line", toolbar: "nav", menubar: "nav", alert: "banner",
};
const tagRoles = {
    header: "header", nav: "nav", footer: "footer", aside: "sidebar", form: "form", section: "section", main: "section",
    article: "section", dialog: "dialog", ul: "list", ol: "list", dl: "list", menu: "list", li: "item", table: "table",
    tr: "row", td: "cell", th: "cell", h1: "heading", h2: "heading", h3: "heading", h4: "heading", h5: "heading",
    h6: "heading", blockquote: "quote", figure: "section", fieldset: "form", button: "button", textarea: "input",
    select: "select", progress: "progress", meter: "progress", img: "image", picture: "image", svg: "image",
    canvas: "image", video: "video", iframe: "image", object: "image", embed: "image", hr: "line", label: "label",
    a: "link", summary: "button",
};
const inputRoles = {
    checkbox: "checkbox", radio: "radio", range: "slider", button: "button", submit: "button", reset: "button",
    image: "button", file: "input", color: "input", hidden: null,
};
const wordRoles = new Set(["heading", "link", "label", "quote"]);
const replaced = new Set(["img", "svg", "canvas", "video", "iframe", "object", "embed", "picture"]);
const inlineTags = new Set([
    "a", "b", "i", "em", "strong", "span", "small", "code", "kbd", "samp", "var", "sub", "sup", "mark", "abbr", "time",
    "cite", "q", "u", "s", "del", "ins", "br", "wbr", "bdi", "bdo", "dfn", "font", "data", "tt", "strike", "big",
    "acronym", "label", "address",
]);
const skippedTags = new Set([
    "script", "style", "noscript", "template", "head", "link", "meta", "title", "base", "source", "track", "param", "area",
    "map", "datalist", "rp", "option", "optgroup",
]);

function names(element) {
    const name = typeof element.className === "string" ? element.className : element.getAttribute("class") || "";
    return (name + " " + (element.id || "")).toLowerCase();
}

const hasWord = (text, pattern) => new RegExp(`(^|[\\s_-])(${pattern})([\\s_-]|$)`).test(text);

function role(element, tag) {
    const aria = ariaRoles[(element.getAttribute("role") || "").trim().split(/\s+/)[0]];
    if (aria) return aria;
    if (tag === "input") {
        const kind = (element.getAttribute("type") || "text").toLowerCase();
        return kind in inputRoles ? inputRoles[kind] : "input";
    }
    if (tag === "a" && !element.hasAttribute("href")) return null;
    if (tagRoles[tag]) return tagRoles[tag];
    if (element.isContentEditable && !element.parentElement?.isContentEditable) return "input";
    return null;
}

// What a class name says of a group that has no role of its own, or a vague one.
function groupRole(element, name, known, hasBox) {
    if (known && known !== "section" && known !== "list" && known !== "item") return known;
    if (hasBox && hasWord(name, "card|panel|tile|box|widget")) return "card";
    if (hasWord(name, "hero|jumbotron|masthead|banner")) return "hero";
    if (hasWord(name, "pagination|pager")) return "pagination";
    if (hasWord(name, "breadcrumbs?|navbar|topbar|navigation|menu")) return "nav";
    if (hasWord(name, "sidebar|sidenav|aside|drawer")) return "sidebar";
    if (hasWord(name, "footer")) return "footer";
    if (hasWord(name, "header|appbar")) return "header";
    if (hasWord(name, "nav-tabs|tabs|tablist")) return "tabs";
    if (hasWord(name, "badge|chip|tag|pill")) return "badge";
    if (hasWord(name, "progress")) return "progress";
    return known || (hasBox ? "section" : null);
}

const iconName = /(^|\s)(icons?|fa[srlbd]?|fas|bi|glyphicons?|material-(icons|symbols)\S*|mdi|feather|icofont|ion|ti|la|dashicons|octicon)(\s|-|$)/;

function isIconGlyph(element, tag, name) {
    if ((element.textContent || "").trim().length > (/material|symbols/.test(name) ? 30 : 0)) return false;
    if (element.childElementCount) return false;
    if (iconName.test(name)) return true;
    const content = getComputedStyle(element, "::before").content;
    return /^"[\ue000-\uf8ff\u{f0000}-\u{10ffff}]"$/u.test(content);
}

function pictureRole(element, tag, name, width, height) {
    const hint = name + " " + (element.getAttribute("alt") || "") + " " + (element.getAttribute("src") || "");
    if (tag === "iframe" && /maps|openstreetmap/.test(element.src)) return "map";
    if (tag === "iframe" && /youtube|vimeo|video|player/.test(element.src)) return "video";
    if (tag === "canvas" || hasWord(name, "chart|graph|plot|sparkline|apexcharts-svg|recharts-surface")) {
        return width >= 60 && height >= 40 ? "chart" : "icon";
    }
    if (Math.max(width, height) <= 36) return "icon";
    const round = parseFloat(getComputedStyle(element).borderTopLeftRadius) || 0;
    const isRound = round >= 0.4 * width || getComputedStyle(element).borderTopLeftRadius.includes("50%");
    if (/avatar/i.test(hint) || (isRound && Math.abs(width - height) <= 2 && width <= 200)) return "avatar";
    if (/logo|brand/i.test(hint) && height <= 120) return "logo";
    return tag === "video" ? "video" : "image";
}
