// Small helpers for the page's elements, and for what a person starts on it.

export const $ = id => document.getElementById(id);

export class Failure extends Error {}

export function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

export function labelled(label, element) {
    element.setAttribute('aria-label', label);
    return element;
}

// Fills a list anew; whoever stood on one of its buttons stands on the one in the same place.
export function refill(list, ...items) {
    const stops = () => [...list.querySelectorAll('button, input')], at = stops().indexOf(document.activeElement);
    list.replaceChildren(...items);
    if (at >= 0) stops()[Math.min(at, stops().length - 1)]?.focus({ preventScroll: true });
}

export function say(message) {
    $('message').textContent = message || '';
    $('message').hidden = !message;
}

// Whatever a person starts: a failure is told, not thrown away.
export const doing = action => async (...values) => {
    try { await action(...values); say(''); } catch (error) {
        if (error.name === 'AbortError') return;
        say(error.message);
        if (!(error instanceof Failure)) console.error(error);
    }
};

// Says why something failed that nobody started, if it was not given up.
export const failed = error => { if (error.name !== 'AbortError') say(error.message); };

// Runs one request at a time; of those that come meanwhile only the last.
export function latest(action) {
    let busy = false, next = null;
    return async function run(...values) {
        if (busy) { next = values; return; }
        busy = true;
        try { await action(...values); } finally {
            busy = false;
            if (next) { const values = next; next = null; run(...values); }
        }
    };
}

// The panel from its top: what has been chosen stands there.
export const reveal = () => { document.querySelector('aside').scrollTop = 0; };

// What has just been filled, if it lies below what is seen.
export const scrollTo = id => $(id).scrollIntoView({ block: 'nearest' });

// Has the browser write a file.
export function save(address, name) {
    make('a', { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// A picture, and the address that it had before is given back.
export function show(figure, address, text) {
    const image = figure.querySelector('img');
    if (image.src.startsWith('blob:')) URL.revokeObjectURL(image.src);
    image.src = address;
    if (text !== undefined) figure.querySelector('figcaption').textContent = text;
    figure.hidden = false;
}
