// What is changed about the chosen page: toward archetypes, along directions, each as far as its slider says.
import { json } from './api.js';
import { remember, rememberOnce } from './history.js';
import { $, labelled, make, refill } from './page.js';
import { changed, known, state, watch } from './state.js';

const directions = [];

// ---- Names ----

const isSame = (one, other) => one.toward === other.toward && one.direction === other.direction;
const nameOf = ({ toward, direction }) => toward !== undefined ? `toward ${toward}` : directionName(direction);
const inWords = name => name.replace(/[.=]/g, ': ').replaceAll('-', ' ');

// In words, unless another direction's name would read the same.
function directionName(name) {
    const words = inWords(name);
    return directions.some(other => other.name !== name && inWords(other.name) === words) ? name : words;
}

// A direction's steps go both ways; to an archetype there is one way, and an end.
const reach = change => change.toward !== undefined
    ? { min: 0, max: 1, step: 0.05, start: 0.5 } : { min: -3, max: 3, step: 0.1, start: 1 };

function amountInWords({ toward, amount }) {
    if (toward !== undefined) return `${Math.round(amount * 100)} %`;
    const sign = amount > 0 ? '+' : amount < 0 ? '−' : '';
    return sign + Math.abs(amount).toFixed(1);
}

// ---- What there is to choose from ----

export const isKnown = ({ toward, direction }) => toward !== undefined
    ? known.space.places.includes(toward) : directions.some(({ name }) => name === direction);

export function setDirections({ directions: all, refused }) {
    directions.splice(0, directions.length, ...all);
    $('refused').textContent = `Not read: ${refused.join('; ')}`;
    $('refused').hidden = !refused.length;
}

export function addDirection(direction) {
    directions.unshift(direction);
    changed();
}

const option = change => make('option', { value: JSON.stringify(change), textContent: nameOf(change).replace(/^toward /, '') });
const group = (label, options) => options.length ? [make('optgroup', { label }, ...options)] : [];
const along = directions => directions.map(({ name }) => option({ direction: name }));

function fillChoices() {
    const learned = directions.filter(({ isLearned }) => isLearned), factors = directions.filter(({ isLearned }) => !isLearned);
    // A generating factor of one archetype alone is called `home.columns`.
    const kind = ({ name }) => name.includes('.') ? name.split('.')[0] : '';
    const kinds = [...new Set(factors.map(kind))].sort();
    $('change').replaceChildren(make('option', { value: '', textContent: 'add one…' }),
        ...group('Toward an archetype', known.space.places.map(toward => option({ toward }))),
        ...group('Along a direction of yours', along(learned)),
        ...kinds.flatMap(of => group(of ? `On ${of} pages` : 'On all pages', along(factors.filter(factor => kind(factor) === of)))));
}

watch(() => [known.space.places, directions.map(({ name }) => name)], fillChoices);

// ---- The sliders ----

export function addChange(change) {
    if (state.changes.some(other => isSame(other, change))) return;
    remember();
    state.changes.push({ ...change, amount: reach(change).start });
    changed();
}

$('change').onchange = () => {
    const chosen = $('change').value;
    $('change').value = '';
    if (chosen) addChange(JSON.parse(chosen));
};

watch(() => state.changes.map(nameOf), () => refill($('changes'), ...state.changes.map(row)));

watch(() => state.changes, () => [...$('changes').children].forEach((item, index) => {
    const change = state.changes[index];
    item.querySelector('input').value = change.amount;
    item.querySelector('output').textContent = amountInWords(change);
}));

function row(change) {
    const name = nameOf(change), { min, max, step } = reach(change);
    const slider = labelled(name, make('input', { type: 'range', min, max, step }));
    rememberOnce(slider, () => {
        state.changes.find(other => isSame(other, change)).amount = Number(slider.value);
        changed();
    });
    const remove = labelled(`No change ${name}`, make('button', { type: 'button', textContent: '×' }));
    remove.onclick = () => {
        remember();
        state.changes = state.changes.filter(other => !isSame(other, change));
        changed();
    };
    return make('li', {}, make('span', { textContent: name, title: name }), slider, make('output'), remove);
}
