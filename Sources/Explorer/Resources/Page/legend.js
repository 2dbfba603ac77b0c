// The search, and the list of archetypes that hides and shows them.
import { keepLink } from './link.js';
import { classify, colour, fit, setFound, whenDark } from './map.js';
import { $, make } from './page.js';
import { known, remember, state, whenChanged } from './state.js';

export function search() {
    const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const pages = known.pages.filter(page => words.every(word => page.text.includes(word)));
    setFound(words.length ? new Set(pages.map(page => page.id)) : null);
    $('selectFound').hidden = !words.length;
    $('found').textContent = words.length ? `${pages.length} found` : `${pages.length} pages`;
}
$('search').oninput = search;
$('search').onkeydown = event => {
    if (event.key === 'Escape') { $('search').value = ''; search(); }
    if (event.key === 'Enter') fit();
};

export function fillLegend() {
    const counts = new Map();
    for (const page of known.pages) counts.set(page.archetype || '', (counts.get(page.archetype || '') || 0) + 1);
    const names = [...counts.keys()].sort((a, b) => (a === '') - (b === '') || a.localeCompare(b));
    $('legend').querySelector('ul').replaceChildren(...names.map(archetype => {
        const box = make('input', { type: 'checkbox', checked: !state.hidden.includes(archetype) });
        box.onchange = () => {
            remember();
            state.hidden = state.hidden.filter(other => other !== archetype).concat(box.checked ? [] : [archetype]);
            classify();
            keepLink();
        };
        return make('li', {}, make('label', {}, box, dot(archetype), make('span', { textContent: archetype || 'no label', title: known.space.englishNames[archetype] || '' }),
            make('span', { className: 'count', textContent: counts.get(archetype) })));
    }));
    classify();
}

function dot(archetype) {
    const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    for (const [key, value] of Object.entries({ width: 12, height: 12, 'aria-hidden': true })) drawing.setAttribute(key, value);
    for (const [key, value] of Object.entries({ cx: 6, cy: 6, r: 5, fill: colour(archetype) })) circle.setAttribute(key, value);
    drawing.append(circle);
    return drawing;
}

const hide = names => { remember(); state.hidden = names; fillLegend(); keepLink(); };
$('all').onclick = () => hide([]);
$('none').onclick = () => hide([...new Set(known.pages.map(page => page.archetype || ''))]);

let shown = '';
whenChanged(() => {                           // a step back may have changed what is hidden
    const key = JSON.stringify(state.hidden);
    if (key !== shown) fillLegend();
    shown = key;
});
whenDark(fillLegend);
