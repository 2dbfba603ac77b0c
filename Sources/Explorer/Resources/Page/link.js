// The address, which holds all that is needed to see the same again.
import { checkedState } from './checks.js';
import { remember } from './history.js';
import { $ } from './page.js';
import { changed, choosing, known, selecting, state, watch } from './state.js';
import { setView, view, whenMoved } from './view.js';
import { Failure, doing, say } from './work.js';

// ---- Writing it ----

let held = null;                              // the state beside which the address stays what it is, though it says something else
let timer = 0;

function keepLink() {
    clearTimeout(timer);
    if (!known.space || held !== null && held === JSON.stringify(state)) return;
    timer = setTimeout(() => history.replaceState(null, '', link()), 300);
}

whenMoved(keepLink);
watch(() => state, keepLink);

const model = () => known.space.model.slice(0, 12);

function link() {
    const { upload, selected, pins, ...rest } = state, round = value => Number(value.toPrecision(5));
    if (selected.length <= 500) rest.selected = selected;
    rest.pins = pins.map(({ upload, ...pin }) => pin);
    rest.view = { x: round(view.x), y: round(view.y), zoom: round(view.zoom) };
    return '#' + encodeURIComponent(JSON.stringify({ ...rest, model: model(), index: known.space.index }));
}

$('copy').onclick = doing(async () => {
    history.replaceState(null, '', link());
    await navigator.clipboard.writeText(location.href).catch(() => { throw new Failure('The link is in the address bar.'); });
    $('copy').textContent = 'Copied';
    setTimeout(() => { $('copy').textContent = 'Copy link'; }, 1500);
});

// ---- Reading it ----

// Takes over what the address says, as far as it makes sense here. Returns whether it says where to look.
export function restore() {
    const kept = parsed(location.hash), strange = kept && strangeness(kept);
    held = null;
    say(strange || '', restore);
    if (!kept) return false;
    if (kept.model === model()) Object.assign(state, checkedState(kept, !strange));
    // Until something is chosen here: the link may be wanted where it is from.
    if (strange) held = JSON.stringify(state);
    const hasView = !strange && [kept.view?.x, kept.view?.y, kept.view?.zoom].every(Number.isFinite);
    if (hasView) setView(kept.view);
    return hasView;
}

function strangeness(kept) {
    if (kept.model !== model()) return 'This link is for another model.';
    const isOther = kept.index && known.space.index && kept.index !== known.space.index;
    return isOther ? 'This link was made with other pages.' : '';
}

// Null if it is not ours.
function parsed(hash) {
    try {
        const kept = JSON.parse(decodeURIComponent(hash.slice(1)));
        return typeof kept?.model === 'string' ? kept : null;
    } catch { return null; }
}

// A link that is pasted into the address of an open page does not load it again.
addEventListener('hashchange', () => {
    if (!known.space || !parsed(location.hash)) return;
    clearTimeout(timer);
    remember();
    choosing.take();
    selecting.take();
    restore();
    changed();
});
