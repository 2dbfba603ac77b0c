// Each archetype's colour.
import { known } from './state.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const colours = new Map();                    // archetype to [red, green, blue]
let hues = [];                                // [archetype, degrees]

// The map's own signs.
export const ink = () => dark.matches ? '#fff' : '#000';
export const ground = () => dark.matches ? '#181816' : '#fff';
export const line = () => dark.matches ? '#8fbfff' : '#0b55b0';
export const quiet = () => dark.matches ? [68, 68, 68] : [221, 221, 221];
export const unlabelled = [136, 136, 136];

export const coloured = () => [...colours];
export const colour = archetype => `rgb(${(colours.get(archetype) || unlabelled).join(' ')})`;

export function whenDark(action) {
    dark.addEventListener('change', () => { mixColours(); action(); });
}

// Those that pages have at first lie as far from each other as their number allows, the others between them.
export function chooseColours() {
    const present = new Set(known.pages.map(({ archetype }) => archetype));
    const [shown, others] = [true, false].map(is => known.space.archetypes.filter(name => present.has(name) === is));
    hues = [...shown.map((name, index) => [name, 360 * index / shown.length]),
        ...others.map((name, index) => [name, 360 * (index + 0.5) / (shown.length || others.length)])];
    mixColours();
}

function mixColours() {
    hues.forEach(([archetype, hue], index) => {
        let light = (dark.matches ? 0.72 : 0.48) + (index % 2 ? 0.08 : -0.04), mixed;
        do {
            mixed = rgb(hue, 0.72, light);
            light += dark.matches ? 0.02 : -0.02;
        } while (contrast(mixed, dark.matches ? 0.01 : 1) < 3);
        colours.set(archetype, mixed);
    });
}

function rgb(hue, saturation, light) {
    const part = n => {
        const k = (n + hue / 30) % 12;
        return Math.round(255 * (light - saturation * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    return [part(0), part(8), part(4)];
}

// Contrast with a ground of some luminance, as WCAG has it: signs need 3.
function contrast(colour, ground) {
    const [r, g, b] = colour.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [less, more] = [0.2126 * r + 0.7152 * g + 0.0722 * b, ground].sort((x, y) => x - y);
    return (more + 0.05) / (less + 0.05);
}
