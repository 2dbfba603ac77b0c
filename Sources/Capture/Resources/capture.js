// What a page shows, as a list of rectangles with roles. Runs in an isolated world: it sees the page's document, and the
// page's own scripts cannot change what it calls.
"use strict";
globalThis.wirespace = (() => {
    const limits = { visited: 100000, nodes: 20000, depth: 40, words: 400 };

    // MARK: Before looking

    const consentSelectors = [
        "#onetrust-consent-sdk", "#onetrust-banner-sdk", "#CybotCookiebotDialog", "#CybotCookiebotDialogBodyUnderlay",
        "#cookie-law-info-bar", "#cookie-notice", "#cookiebanner", "#cookie-banner", "#cookieConsent", "#cookie-consent",
        ".cookie-consent", ".cookie-banner", ".cookie-notice", ".cookieconsent", ".cc-window", ".cc-banner",
        "#truste-consent-track", ".truste_overlay", ".truste_box_overlay", "#didomi-host", "#usercentrics-root",
        "#usercentrics-cmp-ui", ".qc-cmp2-container", ".qc-cmp-ui-container", ".fc-consent-root", ".osano-cm-window",
        ".cky-consent-container", ".cky-overlay", "#tarteaucitronRoot", "#axeptio_overlay", ".iubenda-cs-container",
        ".klaro", "#cmpbox", "#cmpbox2", "[id^='sp_message_container']", "#gdpr-consent-tool-wrapper", "#ccc",
        ".moove-gdpr-info-bar-container", "#BorlabsCookieBox", "#termly-code-snippet-support", "#hs-eu-cookie-confirmation",
        "#cc--main", "#cc-main", ".eu-cookie-compliance-banner", "#sliding-popup", "#uc-banner-modal",
    ];
    const consentWords = /cookie|consent|gdpr|rgpd|dsgvo|datenschutz|privacy|confidentialit|privacidad|ciasteczk/i;
    const consentChoices =
        /accept|agree|allow|reject|decline|refuse|got it|understand|\bok\b|j.accepte|accepter|refuser|akzeptier|zustimm|ablehn|verstanden|acept|rechaz|accett|rifiut|akkoord|zgadzam|godk/i;

    function hide(element) {
        element.style.setProperty("display", "none", "important");
    }

    function isOverlay(style) {
        return style.position === "fixed" || style.position === "sticky"
            || (style.position === "absolute" && Number(style.zIndex) >= 100);
    }

    function everyElement(root, body) {
        let count = 0;
        const roots = [root];
        while (roots.length) {
            for (const element of roots.pop().querySelectorAll("*")) {
                if (++count > limits.visited) return;
                body(element);
                if (element.shadowRoot) roots.push(element.shadowRoot);
            }
        }
    }

    // Consent banners: the known ones, and overlays that speak of cookies and offer a choice. Their backdrops go too.
    function hideConsent() {
        const banners = new Set();
        for (const selector of consentSelectors) {
            for (const element of document.querySelectorAll(selector)) {
                // A page may be about cookies: what takes part in its flow and is large is content.
                const style = getComputedStyle(element);
                if (isOverlay(style) || element.shadowRoot || element.childElementCount < 60) banners.add(element);
            }
        }
        const overlays = [];
        everyElement(document, (element) => {
            const style = getComputedStyle(element);
            if (style.display === "none" || !(isOverlay(style) || element.localName === "dialog")) return;
            overlays.push(element);
            const text = element.shadowRoot ? element.shadowRoot.textContent : element.innerText || "";
            if (text.length > 4000 || !consentWords.test(text)) return;
            const controls = element.querySelectorAll("button, a, input[type=button], input[type=submit], [role=button]");
            const choice = [...controls].some((control) => consentChoices.test(control.innerText || control.value || ""));
            const isNavigation = element.matches("header, nav") || element.querySelector("nav");
            if (choice && !isNavigation) banners.add(element);
        });
        if (!banners.size) return 0;
        for (const banner of banners) hide(banner);
        for (const overlay of overlays) {
            const box = overlay.getBoundingClientRect();
            const covers = box.width >= 0.9 * innerWidth && box.height >= 0.9 * innerHeight;
            if (covers && !(overlay.innerText || "").trim()) hide(overlay);
        }
        for (const element of [document.documentElement, document.body]) {
            element.style.setProperty("overflow", "visible", "important");
            if (getComputedStyle(element).position === "fixed") element.style.setProperty("position", "static", "important");
        }
        return banners.size;
    }

    function freeze() {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`*, *::before, *::after { animation-delay: 0s !important; animation-duration: 0s !important;
            transition: none !important; scroll-behavior: auto !important; caret-color: transparent !important }`);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }

    const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

    // Scrolls through the page, so that what waits to be seen appears, and back.
    async function prepare(milliseconds) {
        if (!document.body) return 0;
        try { freeze(); } catch { /* a document of another kind: it has no motion */ }
        const end = performance.now() + milliseconds;
        const hidden = hideConsent();
        for (let y = 0; y < pageHeight() && y < 20 * innerHeight && performance.now() < end; y += innerHeight) {
            scrollTo(0, y);
            await pause(40);
        }
        scrollTo(0, 0);
        await pause(80);
        return hidden + hideConsent();
    }

    function pageHeight() {
        const body = document.body;
        return Math.max(document.documentElement.scrollHeight, body ? body.scrollHeight : 0);
    }

    // MARK: Colours

    const colors = new Map();
    // Red, green, blue from 0 to 255, alpha from 0 to 1.
    function color(text) {
        let value = colors.get(text);
        if (!value) {
            const n = (text.match(/[\d.]+(e-?\d+)?%?/g) || []).map(parseFloat);
            if (text.startsWith("rgb")) value = [n[0], n[1], n[2], n.length > 3 ? n[3] : 1];
            else if (text.startsWith("color(")) value = [255 * n.at(-3), 255 * n.at(-2), 255 * n.at(-1), 1];
            // Other spaces start with a lightness, which is what matters here.
            else value = [n[0] > 1 ? 2.55 * n[0] : 255 * n[0], n[0] > 1 ? 2.55 * n[0] : 255 * n[0], n[0] > 1 ? 2.55 * n[0] : 255 * n[0], n.length > 3 ? n[3] : 1];
            if (value.some((x) => !Number.isFinite(x))) value = [0, 0, 0, 0];
            colors.set(text, value);
        }
        return value;
    }

    function over(top, ground) {
        const a = top[3];
        return [0, 1, 2].map((i) => top[i] * a + ground[i] * (1 - a));
    }

    function differs(a, b) {
        return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2])) > 7;
    }

    // MARK: Geometry: [left, top, right, bottom] on the page

    function intersect(a, b) {
        return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
    }

    const isEmpty = (box) => box[2] - box[0] < 1 || box[3] - box[1] < 1;

    // MARK: Roles

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

    // MARK: Boxes

    // Whether an element's own box can be seen, against the colour behind it.
    function look(style, ground) {
        const fill = color(style.backgroundColor);
        const own = fill[3] > 0.03 ? over(fill, ground) : ground;
        const image = style.backgroundImage;
        const hasGradient = image.includes("gradient(");
        const hasPicture = image.includes("url(");
        const sides = ["Top", "Right", "Bottom", "Left"].map((side) => {
            const width = parseFloat(style[`border${side}Width`]);
            const shade = color(style[`border${side}Color`]);
            const kind = style[`border${side}Style`];
            return width >= 0.5 && kind !== "none" && kind !== "hidden" && shade[3] > 0.05
                && (differs(over(shade, own), own) || differs(over(shade, ground), ground));
        });
        const shadow = style.boxShadow !== "none" && !/rgba\(0, 0, 0, 0\)/.test(style.boxShadow.split("px")[0]);
        return {
            // Over a picture or a gradient every colour can be seen.
            ground: hasPicture || (hasGradient && fill[3] <= 0.03) ? [128, 128, 128] : own,
            filled: (fill[3] > 0.03 && differs(own, ground)) || hasGradient,
            picture: hasPicture, sides, bordered: sides.every(Boolean), shadow,
        };
    }

    // MARK: Text

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
            if (!node.data.trim()) continue;
            const style = getComputedStyle(node.parentElement);
            if (style.visibility !== "visible" || style.display === "none" || parseFloat(style.fontSize) < 1) continue;
            if (color(style.color)[3] < 0.05) continue;
            range.selectNodeContents(node);
            const rects = [...range.getClientRects()].filter((rect) => rect.width > 0.5 && rect.height > 0.5);
            if (!rects.length) continue;
            const words = pieces(node, rects);
            rects.forEach((rect, index) => {
                const box = intersect(
                    [rect.left + scrollX, rect.top + scrollY + dy, rect.right + scrollX, rect.bottom + scrollY + dy], clip);
                if (isEmpty(box)) return;
                // A line of which less than half shows is cut off.
                if (box[3] - box[1] < 0.5 * rect.height) return;
                const last = lines.at(-1);
                const sameLine = last && box[1] < last.box[3] - 0.4 * (last.box[3] - last.box[1])
                    && box[3] > last.box[1] + 0.4 * (last.box[3] - last.box[1]) && box[0] >= last.box[0] - 1;
                const isFirst = index === 0, isLast = index === rects.length - 1;
                const gap = last && (last.spaceAfter || (isFirst && /^\s/.test(node.data)) || box[0] - last.box[2] > 2);
                const spaceAfter = !isLast || /\s$/.test(node.data);
                if (sameLine && box[0] - last.box[2] < 40) {
                    last.spaceAfter = spaceAfter;
                    last.box = [last.box[0], Math.min(last.box[1], box[1]), Math.max(last.box[2], box[2]), Math.max(last.box[3], box[3])];
                    last.text = clean(last.text + (gap ? " " : "") + words[index]);
                } else if (letters < 20000) {
                    lines.push({
                        box, spaceAfter, text: words[index], size: parseFloat(style.fontSize), bold: Number(style.fontWeight) >= 600,
                    });
                }
                letters += words[index].length;
            });
        }
        return lines.filter((line) => line.text);
    }

    function textNodes(element) {
        const result = [];
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        while (walker.nextNode() && result.length < 2000) result.push(walker.currentNode);
        return result;
    }

    // MARK: The walk

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

    function label(element, tag) {
        if (tag === "input") {
            if (["submit", "button", "reset"].includes(element.type)) return clean(element.value || element.type);
            return element.type === "password" ? "••••••" : clean(element.value || element.placeholder || "");
        }
        if (tag === "textarea") return clean(element.value || element.placeholder || "");
        if (tag === "select") return clean(element.selectedOptions[0]?.text || "");
        return clean(element.innerText || "");
    }

    function walk(maximumHeight) {
        const width = innerWidth;
        const fullHeight = Math.ceil(pageHeight());
        const height = Math.min(fullHeight, maximumHeight);
        const page = [0, 0, width, height];
        const nodes = [];
        let visited = 0, truncated = false;
        const round = (value) => Math.round(value * 10) / 10;

        function emit(kind, parent, box, extra) {
            if (nodes.length >= limits.nodes) {
                truncated = true;
                return parent;
            }
            const [x, y] = [round(box[0]), round(box[1])];
            nodes.push({ p: parent, t: kind, x, y, w: round(box[2] - box[0]), h: round(box[3] - box[1]), ...extra });
            return nodes.length - 1;
        }

        function emitText(kind, parent, lines, links) {
            if (!lines.length) return;
            const box = [
                Math.min(...lines.map((line) => line.box[0])), Math.min(...lines.map((line) => line.box[1])),
                Math.max(...lines.map((line) => line.box[2])), Math.max(...lines.map((line) => line.box[3])),
            ];
            const one = lines.length === 1;
            const style = (line) => ({ s: line.text.slice(0, limits.words), fs: round(line.size), b: line.bold });
            const block = emit(kind, parent, box, one ? style(lines[0]) : {});
            if (!one) for (const line of lines) emit(kind, block, line.box, style(line));
            for (const link of links) emit("link", block, link, {});
        }

        function linksIn(element, clip, dy) {
            return [...element.querySelectorAll("a[href]")].slice(0, 100).map((link) => {
                const rect = link.getBoundingClientRect();
                return intersect([rect.left + scrollX, rect.top + scrollY + dy, rect.right + scrollX, rect.bottom + scrollY + dy], clip);
            }).filter((box) => !isEmpty(box));
        }

        const start = document.body || document.documentElement;
        let ground = [255, 255, 255];
        for (const element of [document.documentElement, start]) ground = look(getComputedStyle(element), ground).ground;
        const stack = [{ node: start, parent: -1, clip: page, free: page, ground, words: "text", dy: 0, depth: 0, isRoot: true }];

        while (stack.length) {
            const at = stack.pop();
            if (++visited > limits.visited) {
                truncated = true;
                break;
            }
            if (at.node.nodeType === Node.TEXT_NODE) {
                emitText(at.words, at.parent, linesOf([at.node], at.clip, at.dy), []);
                continue;
            }
            if (at.node.nodeType !== Node.ELEMENT_NODE) continue;
            visit(at.node, at);
        }

        function visit(element, at) {
            const tag = element.localName;
            if (skippedTags.has(tag)) return;
            const style = getComputedStyle(element);
            if (style.display === "none" || Number(style.opacity) < 0.05) return;
            if (style.contentVisibility === "hidden") return;
            const rect = element.getBoundingClientRect();
            let dy = at.dy;
            if (style.position === "fixed") {
                // What sticks to the lower edge of the window lies at the end of the page.
                const isLow = rect.top > 0.5 * innerHeight && rect.bottom > 0.85 * innerHeight;
                if (isLow && fullHeight > innerHeight) dy += fullHeight - innerHeight;
            }
            const clip = style.position === "fixed" ? page : style.position === "absolute" ? at.free : at.clip;
            const whole = [rect.left + scrollX, rect.top + scrollY + dy, rect.right + scrollX, rect.bottom + scrollY + dy];
            const hidesOverflow = !at.isRoot && (style.overflowX !== "visible" || style.overflowY !== "visible");
            if (hidesOverflow && rect.width <= 2 && rect.height <= 2) return;
            if (/rect\((0|1)px, ?(0|1)px, ?(0|1)px, ?(0|1)px\)/.test(style.clip) || /inset\((50|100)%\)/.test(style.clipPath)) return;
            const box = intersect(whole, clip);
            const inner = hidesOverflow && style.display !== "inline" && style.display !== "contents" ? box : clip;
            if (hidesOverflow && isEmpty(box) && style.display !== "contents") return;
            const isVisible = style.visibility === "visible" && !isEmpty(box) && style.display !== "contents";
            const seen = look(style, at.ground);
            const isPositioned = style.position !== "static" || style.transform !== "none";
            const name = names(element);
            let kind = at.isRoot ? null : role(element, tag);
            const context = {
                parent: at.parent, clip: inner, free: isPositioned ? inner : at.free,
                ground: isVisible ? seen.ground : at.ground, words: at.words, dy, depth: at.depth + 1,
            };
            if (isVisible && !at.isRoot && leaf(element, tag, style, name, kind, box, seen, at, inner, dy)) return;
            if (wordRoles.has(kind)) {
                context.words = kind;
                kind = null;
            }
            if (isVisible && !at.isRoot) context.parent = group(element, tag, name, kind, box, seen, at);
            const children = childNodesOf(element);
            for (let index = children.length - 1; index >= 0; index--) stack.push({ ...context, node: children[index] });
        }

        // Emits what has nothing in it that counts. True when it was one.
        function leaf(element, tag, style, name, kind, box, seen, at, clip, dy) {
            const width = box[2] - box[0], height = box[3] - box[1];
            const hasBox = seen.filled || seen.bordered || seen.shadow;
            const radius = round(Math.min(parseFloat(style.borderTopLeftRadius) || 0, height / 2));
            const size = parseFloat(style.fontSize);
            if (replaced.has(tag) || kind === "image") {
                if (kind === "image" && !replaced.has(tag) && (element.innerText || "").trim()) return false;
                if (width < 3 || height < 3) return true;
                emit(pictureRole(element, tag, name, width, height), at.parent, box, {});
                return true;
            }
            if (kind === "checkbox" || kind === "radio" || kind === "toggle") {
                if (tag !== "input" && (element.innerText || "").trim()) return false;
                const isToggle = kind === "toggle" || (kind === "checkbox" && /switch|toggle/.test(name + names(element.parentElement || element)));
                emit(isToggle ? "toggle" : kind, at.parent, box, {});
                return true;
            }
            if (kind === "slider" || kind === "progress" || kind === "line") {
                emit(kind, at.parent, box, {});
                return true;
            }
            if (kind === "input" || kind === "select") {
                if (tag !== "input" && tag !== "select" && tag !== "textarea" && element.querySelector("input, textarea")) return false;
                const text = label(element, tag).slice(0, 100);
                emit(kind, at.parent, box, { s: text || undefined, fs: size, o: hasBox || seen.sides.some(Boolean), r: radius });
                return true;
            }
            if (isIconGlyph(element, tag, name) && width <= 120 && height <= 120) {
                emit("icon", at.parent, box, {});
                return true;
            }
            const isButton = kind === "button" || ((kind === "link" || !kind) && hasBox && height >= 18 && height <= 90
                && width <= 500 && tag === "a" && parseFloat(style.paddingLeft) >= 4) || (tag === "a" && hasWord(name, "btn|button") && hasBox);
            if (isButton && height <= 120 && !element.querySelector("img, video, canvas, p, h1, h2, h3, h4")) {
                const nodes = textNodes(element);
                const lines = linesOf(nodes, clip, dy);
                if (tag === "input" || lines.length <= 3) {
                    const self = emit("button", at.parent, box, {
                        s: tag === "input" ? label(element, tag).slice(0, 60) : undefined, fs: size, r: radius,
                        o: hasBox || tag === "input",
                    });
                    if (tag !== "input") {
                        emitText("label", self, lines, []);
                        for (const icon of element.querySelectorAll("svg, i, span")) {
                            const r = icon.getBoundingClientRect();
                            const at = intersect([r.left + scrollX, r.top + scrollY + dy, r.right + scrollX, r.bottom + scrollY + dy], clip);
                            if (isEmpty(at) || r.width > 120) continue;
                            if (icon.localName === "svg" || isIconGlyph(icon, icon.localName, names(icon))) emit("icon", self, at, {});
                        }
                    }
                    return true;
                }
            }
            if (seen.picture && width >= 16 && height >= 16 && !(element.textContent || "").trim() && !element.querySelector("img, svg, input, button, canvas, video")) {
                emit(Math.max(width, height) <= 36 ? "icon" : pictureRole(element, "div", name, width, height), at.parent, box, {});
                return true;
            }
            if (tag !== "tr" && tag !== "table" && (element.textContent || "").trim() && isTextRun(element)) {
                const words = wordRoles.has(kind) ? kind : at.words;
                const isBadge = hasBox && height <= 34 && width <= 220 && (style.display.startsWith("inline") || /badge|chip|tag|pill/.test(name));
                let parent = at.parent;
                if (hasBox || seen.sides.some(Boolean) || (kind && !wordRoles.has(kind))) {
                    parent = isBadge ? emit("badge", parent, box, { o: true, r: radius }) : group(element, tag, name, wordRoles.has(kind) ? null : kind, box, seen, at);
                }
                const lines = linesOf(textNodes(element), clip, dy);
                emitText(isBadge ? "label" : words, parent, lines, words === "link" ? [] : linksIn(element, clip, dy));
                return true;
            }
            return false;
        }

        // Emits an element that others lie in, if it has a role or can be seen; its index, or its parent's.
        function group(element, tag, name, kind, box, seen, at) {
            const width = box[2] - box[0], height = box[3] - box[1];
            const isPage = width >= 0.97 * page[2] && height >= 0.9 * page[3];
            const hasBox = (seen.filled || seen.bordered || seen.shadow) && !isPage;
            const partial = seen.sides.some(Boolean) && !hasBox && !isPage;
            const self = groupRole(element, name, kind, hasBox);
            if ((!self && !partial) || at.depth > limits.depth * 20) return at.parent;
            if (hasBox && (height <= 4 || width <= 4)) {
                emit("line", at.parent, box, {});
                return at.parent;
            }
            let parent = at.parent;
            if (self && depthOf(parent) < limits.depth) {
                const radius = round(Math.min(parseFloat(getComputedStyle(element).borderTopLeftRadius) || 0, height / 2, 24));
                const above = parent >= 0 ? nodes[parent] : null;
                const same = above && above.o && Math.abs(above.x - box[0]) + Math.abs(above.y - box[1])
                    + Math.abs(above.w - width) + Math.abs(above.h - height) < 6;
                parent = emit(self, parent, box, hasBox && !same ? { o: true, r: radius, i: seen.picture || undefined } : { i: seen.picture || undefined });
            }
            if (partial) {
                const [top, right, bottom, left] = seen.sides;
                if (top) emit("line", parent, [box[0], box[1], box[2], box[1] + 1], {});
                if (bottom) emit("line", parent, [box[0], box[3] - 1, box[2], box[3]], {});
                if (left) emit("line", parent, [box[0], box[1], box[0] + 1, box[3]], {});
                if (right) emit("line", parent, [box[2] - 1, box[1], box[2], box[3]], {});
            }
            return parent;
        }

        function depthOf(index) {
            let depth = 0;
            while (index >= 0 && depth <= limits.depth) {
                depth++;
                index = nodes[index].p;
            }
            return depth;
        }

        return JSON.stringify({ width, height, fullHeight, title: clean(document.title || "").slice(0, 200), truncated, nodes });
    }

    return { prepare, walk };
})();
