// Drawn pages that are kept side by side.
import { picture } from './api.js';
import { $, labelled, make } from './page.js';
import { changed, choose, drawnAs, recipe, remember, size, state, title, whenChanged } from './state.js';

$('pin').onclick = () => {
    remember();
    state.pins.push({ recipe: recipe(), title: title() });
    changed();
};

let pinsShown = '', drawing = null;
function fillPins() {
    $('pins').hidden = !state.pins.length;
    const key = JSON.stringify([state.pins, size(), drawnAs()]);
    if (key === pinsShown) return;
    pinsShown = key;
    drawing?.abort();
    drawing = new AbortController();
    for (const image of $('pins').querySelectorAll('img')) URL.revokeObjectURL(image.src);
    $('pins').querySelector('div').replaceChildren(...state.pins.map((pin, index) => pinned(pin, index, drawing.signal)));
}

function pinned(pin, index, signal) {
    const image = make('img', { alt: pin.title });
    picture('/api/decode', { ...pin.recipe, size: size(), ...drawnAs() }, { signal }).then(address => { image.src = address; }, () => {});
    const back = labelled(`Show pin ${index + 1}, ${pin.title}, again`, make('button', { type: 'button', textContent: 'Show' }));
    back.onclick = () => choose({ recipe: pin.recipe, called: pin.title });
    const remove = labelled(`Unpin ${index + 1}, ${pin.title}`, make('button', { type: 'button', textContent: '×' }));
    remove.onclick = () => { remember(); state.pins = state.pins.filter((_, other) => other !== index); changed(); };
    return make('figure', {}, image, make('figcaption', {}, make('span', { textContent: `${index + 1}` }), back, remove));
}

whenChanged(fillPins);
