// The search, and the list of archetypes that hides and shows them.
import { colour, whenDark } from './colours.js';
import { remember } from './history.js';
import { classify, fit, setFound } from './map.js';
import { $, make, refill } from './page.js';
import { changed, known, state, watch } from './state.js';

// ---- The search ----

function search() {
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

// ---- The archetypes ----

function hide(names) {
    remember();
    state.hidden = names;
    changed();
}

$('all').onclick = () => hide([]);
$('none').onclick = () => hide([...new Set(known.pages.map(page => page.archetype || ''))]);

function fillLegend() {
    const counts = new Map();
    for (const page of known.pages) counts.set(page.archetype || '', (counts.get(page.archetype || '') || 0) + 1);
    const names = [...counts.keys()].sort((a, b) => (a === '') - (b === '') || a.localeCompare(b));
    refill($('legend').querySelector('ul'), ...names.map(archetype => entry(archetype, counts.get(archetype))));
    classify();
}

function entry(archetype, count) {
    const box = make('input', { type: 'checkbox', checked: !state.hidden.includes(archetype) });
    box.onchange = () => hide(state.hidden.filter(other => other !== archetype).concat(box.checked ? [] : [archetype]));
    const name = make('span', { textContent: archetype || 'no label', title: known.space.englishNames[archetype] || '' });
    return make('li', {}, make('label', {}, box, dot(archetype), name, make('span', { className: 'count', textContent: count })));
}

function dot(archetype) {
    const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    for (const [key, value] of Object.entries({ width: 12, height: 12, 'aria-hidden': true })) drawing.setAttribute(key, value);
    for (const [key, value] of Object.entries({ cx: 6, cy: 6, r: 5, fill: colour(archetype) })) circle.setAttribute(key, value);
    drawing.append(circle);
    return drawing;
}

watch(() => [state.hidden, known.revision], fillLegend);
watch(() => known.revision, search);
whenDark(fillLegend);
