// Where things lie and whether they can be seen. Boxes are [left, top, right, bottom] on the page.

function intersect(a, b) {
    return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
}

// Where a rectangle of the window lies on the page, `dy` lower if what it is of sticks to the window's lower edge.
function onPage(rect, dy = 0) {
    return [rect.left + scrollX, rect.top + scrollY + dy, rect.right + scrollX, rect.bottom + scrollY + dy];
}

// The smallest box around some.
function around(boxes) {
    const least = (i) => Math.min(...boxes.map((box) => box[i])), most = (i) => Math.max(...boxes.map((box) => box[i]));
    return [least(0), least(1), most(2), most(3)];
}

const isEmpty = (box) => box[2] - box[0] < 1 || box[3] - box[1] < 1;

const colors = new Map();
// Red, green, blue from 0 to 255, alpha from 0 to 1.
function color(text) {
    let value = colors.get(text);
    if (!value) {
        // A space's name may have a digit of its own: "color(display-p3 1 0 0 / 0.5)".
        const numbers = text.slice(text.indexOf(text.startsWith("color(") ? " " : "(")).match(/[\d.]+(e-?\d+)?/g) || [];
        const [a, b, c, alpha = 1] = numbers.map(parseFloat);
        // Spaces other than these start with a lightness, which is what matters here.
        const lightness = a > 1 ? 2.55 * a : 255 * a;
        if (text.startsWith("rgb")) value = [a, b, c, alpha];
        else if (text.startsWith("color(")) value = [255 * a, 255 * b, 255 * c, alpha];
        else value = [lightness, lightness, lightness, alpha];
        if (!value.every(Number.isFinite)) value = [0, 0, 0, 0];
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
