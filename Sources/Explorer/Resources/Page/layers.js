// Points by the ten thousand: straight into the picture's bytes, which takes some milliseconds for 50,000, where as many calls of
// a drawing function take a tenth of a second.

// The pixels of a disc: [x, y, share that it covers].
function disc(radius) {
    const reach = Math.ceil(radius), pixels = [];
    for (let y = -reach; y <= reach; y++) {
        for (let x = -reach; x <= reach; x++) {
            const covered = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x, y)));
            if (covered > 0.1) pixels.push([x, y, covered]);
        }
    }
    return pixels.sort((a, b) => a[2] - b[2]);      // what is covered wholly is written last
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

// A pixel as ImageData has it, from the numbers of a colour.
function pixel([red, green, blue], alpha) {
    const a = Math.round(255 * alpha);
    return (littleEndian ? a << 24 | blue << 16 | green << 8 | red : red << 24 | green << 16 | blue << 8 | a) >>> 0;
}

// Points of the first kind lie below all others.
const passes = kinds => kinds.includes(0) ? [true, false] : [false];

export class PointLayer {
    constructor() { this.image = null; }

    // Draws points over an empty picture. `kinds` has a number below `colours.length` for each point; others are not drawn.
    draw(context, { xs, ys, kinds, colours, scale, left, top, radius }) {
        const { width, height } = context.canvas;
        if (this.image?.width !== width || this.image?.height !== height) {
            this.image = context.createImageData(width, height);
            this.words = new Uint32Array(this.image.data.buffer);
            this.columns = (width >> 1) + 1;
            this.taken = new Uint8Array(this.columns * ((height >> 1) + 1));
        }
        const { columns } = this, words = this.words.fill(0), taken = this.taken.fill(0);
        const shape = disc(radius), reach = Math.ceil(radius);
        const [right, bottom] = [width - reach, height - reach];
        const steps = Int32Array.from(shape, ([x, y]) => x + y * width);
        const whole = shape.findIndex(([, , covered]) => covered === 1), edge = whole < 0 ? shape.length : whole;
        const paint = colours.map(colour => Uint32Array.from(shape, ([, , covered]) => pixel(colour, covered)));
        for (const below of passes(kinds)) {
            for (let i = 0; i < xs.length; i++) {
                const kind = kinds[i];
                if (kind >= paint.length || (kind === 0) !== below) continue;
                const x = Math.round((xs[i] - left) * scale), y = Math.round((top - ys[i]) * scale);
                if (x < reach || y < reach || x >= right || y >= bottom) continue;
                // Of points of one kind in the same 2 by 2 pixels one is enough.
                const cell = (y >> 1) * columns + (x >> 1);
                if (taken[cell] === kind + 1) continue;
                taken[cell] = kind + 1;
                const at = y * width + x, inks = paint[kind];
                for (let j = 0; j < edge; j++) if (words[at + steps[j]] === 0) words[at + steps[j]] = inks[j];
                for (let j = edge; j < steps.length; j++) words[at + steps[j]] = inks[j];
            }
        }
        context.putImageData(this.image, 0, 0);
    }
}

// The same for few points, with smooth edges at any place.
export function drawFew(context, { xs, ys, kinds, colours, scale, left, top, radius }) {
    for (const below of passes(kinds)) {
        for (let i = 0; i < xs.length; i++) {
            const kind = kinds[i];
            if (kind >= colours.length || (kind === 0) !== below) continue;
            context.fillStyle = `rgb(${colours[kind].join(' ')})`;
            context.beginPath();
            context.arc((xs[i] - left) * scale, (top - ys[i]) * scale, radius, 0, 7);
            context.fill();
        }
    }
}
