// Talking to the server: see /api/openapi.json.
import { $ } from './page.js';
import { Failure } from './work.js';

export const pause = seconds => new Promise(done => setTimeout(done, 1000 * seconds));

// An aborted request closes its connection, and the server leaves out what nobody waits for.
export const ask = (path, body, { type, signal } = {}) => patiently(answered(path, body === undefined ? { signal } : {
    method: 'POST', headers: { 'Content-Type': type || 'application/json' }, body: type ? body : JSON.stringify(body), signal }));

export const json = async (path, body, more) => (await ask(path, body, more)).json();
export const picture = async (path, body, more) => (await ask(path, body, more)).blob();
export const thumbnail = id => `/api/pages/${id}/thumbnail.png`;

// The answer, asked for again while the server is too busy.
async function answered(path, options) {
    for (let attempt = 0; ; attempt++) {
        const answer = await fetch(path, options).catch(error => {
            throw error.name === 'AbortError' ? error : new Failure('The server does not answer.');
        });
        if (answer.ok) return answer;
        if (answer.status !== 503 || attempt === 5) throw await refusal(answer);
        await pause(Number(answer.headers.get('Retry-After')) || 1);
    }
}

async function refusal(answer) {
    const { error } = await answer.json().catch(() => ({ error: { message: answer.statusText } }));
    return new Failure(error.message + (error.remedy ? ` (${error.remedy})` : ''), answer.status);
}

// A server that hangs would look like a page that does nothing.
const slow = new Set();

async function patiently(request) {
    const tell = () => { $('waiting').hidden = !slow.size; };
    const timer = setTimeout(() => { slow.add(request); tell(); }, 3000);
    try { return await request; } finally {
        clearTimeout(timer);
        slow.delete(request);
        tell();
    }
}
