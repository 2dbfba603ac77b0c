// Small helpers for the page's elements.

export const $ = id => document.getElementById(id);

// As in explorer.css: the parts lie one below the other, and the whole page scrolls.
export const oneColumn = matchMedia('(max-width: 860px), (max-height: 480px)');

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

// The panel from its top: what has been chosen stands there.
export function reveal() {
    if (oneColumn.matches) $('shown').scrollIntoView({ block: 'start' });
    else document.querySelector('aside').scrollTop = 0;
}

// What has just been filled, if it lies below what is seen.
export const scrollTo = id => $(id).scrollIntoView({ block: 'nearest' });

// ---- Pictures: addresses, or Blobs, whose memory is given back ----

export function setPicture(image, source) {
    const isBroken = image.complete && !image.naturalWidth;
    if (source === image.getAttribute('src') && !isBroken) return;
    releasePicture(image);
    image.src = source instanceof Blob ? URL.createObjectURL(source) : source;
}

export function releasePicture(image) {
    if (image.src.startsWith('blob:')) URL.revokeObjectURL(image.src);
}

export function setFigure(figure, source, text) {
    const image = figure.querySelector('img'), caption = figure.querySelector('figcaption');
    image.onerror = () => { caption.textContent = 'The file cannot be read: is it still there?'; };
    caption.textContent = text;
    setPicture(image, source);
    figure.hidden = false;
}

// Has the browser write a file.
export function save(blob, name) {
    const address = URL.createObjectURL(blob);
    make('a', { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
}
