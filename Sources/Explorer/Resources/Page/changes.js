// What is changed about the chosen page: toward archetypes, along directions, each as far as its slider says.
import { json } from './api.js';
import { $, doing, labelled, make, refill } from './page.js';
import { changed, known, remember, rememberOnce, state, whenChanged } from './state.js';

const directions = [];

const nameOf = ({ toward, direction }) => toward !== undefined ? `toward ${toward}` : inWords(direction);
const inWords = name => name.replace(/[.=]/g, ': ').replaceAll('-', ' ');

// A direction's steps go both ways; to an archetype there is one way, and an end.
const reach = change => change.toward !== undefined ? { min: 0, max: 1, step: 0.05, start: 0.5 } : { min: -3, max: 3, step: 0.1, start: 1 };

const far = change => change.toward !== undefined
    ? `${Math.round(change.amount * 100)} %` : `${change.amount > 0 ? '+' : change.amount < 0 ? '−' : ''}${Math.abs(change.amount).toFixed(1)}`;

export const isKnown = ({ toward, direction }) => toward !== undefined
    ? known.space.places.includes(toward) : directions.some(({ name }) => name === direction);

export async function loadDirections() {
    const answer = await json('/api/directions');
    directions.splice(0, directions.length, ...answer.directions);
    fillChoices();
    $('refused').textContent = `Not read: ${answer.refused.join('; ')}`;
    $('refused').hidden = !answer.refused.length;
}

export function addDirection(direction) {
    directions.unshift(direction);
    fillChoices();
}

export function fillChoices() {
    const option = (change, text) => make('option', { value: JSON.stringify(change), textContent: text });
    const group = (label, options) => options.length ? [make('optgroup', { label }, ...options)] : [];
    const along = directions => directions.map(({ name }) => option({ direction: name }, inWords(name)));
    const factors = directions.filter(direction => !direction.isLearned);
    // A generating factor of one archetype alone is called `home.columns`.
    const kind = ({ name }) => name.includes('.') ? name.split('.')[0] : '';
    const kinds = [...new Set(factors.map(kind))].sort();
    $('change').replaceChildren(make('option', { value: '', textContent: 'add one…' }),
        ...group('Toward an archetype', known.space.places.map(name => option({ toward: name }, name))),
        ...group('Along a direction of yours', along(directions.filter(direction => direction.isLearned))),
        ...kinds.flatMap(of => group(of ? `On ${of} pages` : 'On all pages', along(factors.filter(factor => kind(factor) === of)))));
}

export function addChange(change) {
    remember();
    const isThere = state.changes.some(other => nameOf(other) === nameOf(change));
    if (!isThere) state.changes.push({ ...change, amount: reach(change).start });
    changed();
}

$('change').onchange = () => {
    const chosen = $('change').value;
    $('change').value = '';
    if (chosen) addChange(JSON.parse(chosen));
};

let shown = '';
whenChanged(() => {
    const list = $('changes'), key = JSON.stringify(state.changes.map(nameOf));
    if (key !== shown) refill(list, ...state.changes.map(row));
    shown = key;
    [...list.children].forEach((item, index) => {
        const change = state.changes[index];
        item.querySelector('input').value = change.amount;
        item.querySelector('output').textContent = far(change);
    });
});

function row(change) {
    const name = nameOf(change), { min, max, step } = reach(change);
    const slider = labelled(name, make('input', { type: 'range', min, max, step }));
    const same = () => state.changes.find(other => nameOf(other) === name);
    rememberOnce(slider, doing(() => { same().amount = Number(slider.value); changed(); }));
    const remove = labelled(`No change ${name}`, make('button', { type: 'button', textContent: '×' }));
    remove.onclick = () => { remember(); state.changes = state.changes.filter(other => nameOf(other) !== name); changed(); };
    return make('li', {}, make('span', { textContent: name, title: name }), slider, make('output'), remove);
}
