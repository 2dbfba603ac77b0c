// Drawn pages that are kept side by side.
import { drawnList } from './api.js';
import { $, labelled, make } from './page.js';
import { changed, choose, drawnAs, recipe, remember, size, state, title, whenChanged } from './state.js';

$('pin').onclick = () => {
    remember();
    state.pins.push({ recipe: recipe(), title: title() });
    changed();
};

const fillList = drawnList($('pins').querySelector('div'));
let pinsShown = '';
function fillPins() {
    $('pins').hidden = !state.pins.length;
    const key = JSON.stringify([state.pins, size(), drawnAs()]);
    if (key === pinsShown) return;
    pinsShown = key;
    fillList(draw => state.pins.map((pin, index) => pinned(pin, index, draw)));
}

function pinned(pin, index, draw) {
    const image = make('img', { alt: pin.title });
    draw(image, { ...pin.recipe, size: size(), ...drawnAs() });
    const back = labelled(`Show pin ${index + 1}, ${pin.title}, again`, make('button', { type: 'button', textContent: 'Show' }));
    back.onclick = () => choose({ recipe: pin.recipe, called: pin.title });
    const remove = labelled(`Unpin ${index + 1}, ${pin.title}`, make('button', { type: 'button', textContent: '×' }));
    remove.onclick = () => { remember(); state.pins = state.pins.filter((_, other) => other !== index); changed(); };
    return make('figure', {}, image, make('figcaption', {}, make('span', { textContent: `${index + 1}` }), back, remove));
}

whenChanged(fillPins);
