// What a person starts: it is seen while it runs, and told when it fails.
import { $ } from './page.js';

// Why something cannot be done, in words for the person who wants it; `status` is the server's.
export class Failure extends Error {
    constructor(message, status) {
        super(message);
        this.status = status;
    }
}

// ---- Messages ----

let origin = null;                            // what the message came from

// Takes a message away only if it came from the same: success elsewhere does not make a failure less worth reading.
export function say(message, from) {
    if (!message && from !== origin) return;
    origin = message ? from : null;
    $('message').textContent = message;
    $('message').hidden = $('dismiss').hidden = !message;
}
$('dismiss').onclick = () => say('', origin);

// Says why something failed, if it was not given up.
export const failed = from => error => {
    if (error.name === 'AbortError') return;
    say(error.message, from);
    if (!(error instanceof Failure)) console.error(error);
};

export const doing = (action, from = action) => async (...values) => {
    try { await action(...values); say('', from); } catch (error) { failed(from)(error); }
};

// ---- Work that takes its time ----

const busy = new Map();                       // element to how much is going on

export async function whileBusy(element, work) {
    busy.set(element, (busy.get(element) || 0) + 1);
    element.setAttribute('aria-busy', 'true');
    try { return await work(); } finally {
        busy.set(element, busy.get(element) - 1);
        if (!busy.get(element)) element.setAttribute('aria-busy', 'false');
    }
}

// For a button: a second click while the first one's work goes on does nothing.
//
// `disabled` would take the focus from whoever works by keys.
export const working = (button, action) => doing(async (...values) => {
    if (busy.get(button)) return;
    button.ariaDisabled = 'true';
    try { await whileBusy(button, () => action(...values)); } finally { button.ariaDisabled = null; }
});

export function submitting(form, action) {
    const submit = working(form.querySelector('[type=submit]'), action);
    return event => { event.preventDefault(); submit(); };
}

// Runs one at a time; of those that come meanwhile only the last.
export function latest(action) {
    let isRunning = false, next = null;
    return async function run(...values) {
        if (isRunning) { next = values; return; }
        isRunning = true;
        try { await action(...values); } finally {
            isRunning = false;
            if (next) { const values = next; next = null; run(...values); }
        }
    };
}

// Tells whether an answer that comes late is still wanted.
export class Turns {
    #count = 0;
    // To be called when something starts; the answer says whether nothing else has started since.
    take() { this.#count++; return this.mark(); }
    // The same for what does not take the place of anything.
    mark() {
        const mine = this.#count;
        return () => mine === this.#count;
    }
}
