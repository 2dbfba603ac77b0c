// A page of one's own: a picture, or a layout in JSON.
import { ask } from './api.js';
import { choose, possible } from './choice.js';
import { $, reveal } from './page.js';
import { choosing, known, state, uploads, watch } from './state.js';
import { Failure, doing, whileBusy } from './work.js';

const isJSON = file => file.name.toLowerCase().endsWith('.json') || file.type === 'application/json';

const open = doing(async ([file, ...others]) => {
    if (!file) return;
    const { uploadBytes } = known.space.limits;
    if (file.size > uploadBytes) throw new Failure(`The file is larger than ${uploadBytes >> 20} MiB.`);
    await requireKind(file);
    await encode(file, false);
    if (others.length) throw new Failure(`Of ${others.length + 1} files only the first was opened: ${file.name}.`);
});

const signatures = [[0x89, 0x50, 0x4e, 0x47], [0xff, 0xd8, 0xff]];  // PNG and JPEG

// Told before the file is sent; the server says the same.
async function requireKind(file) {
    const start = new Uint8Array(await file.slice(0, 256).arrayBuffer());
    const isPicture = signatures.some(signature => signature.every((byte, at) => start[at] === byte));
    if (isPicture || isJSON(file) || /^\s*[{[]/.test(new TextDecoder().decode(start))) return;
    throw new Failure('This is neither a picture (PNG, JPEG) nor a layout (JSON).');
}

// Of a picture in colour the model sees what is left of it as a wireframe, if a person says that it is a screenshot.
async function encode(file, isScreenshot) {
    const isLast = choosing.take(), address = '/api/encode' + (isScreenshot ? '?style=screenshot' : '');
    const answer = await whileBusy($('open'), async () =>
        (await ask(address, file, { type: file.type || 'application/octet-stream' })).json());
    if (!isLast()) return;
    const picture = uploads.push({ page: answer.page, file }) - 1;
    const z = answer.place.z.map(value => Number(value.toPrecision(6)));
    const upload = { picture, isScreenshot }, recipe = { mix: [{ of: { z } }] };
    choose({ recipe, upload, called: file.name, size: possible(answer) });
    reveal();
}

// ---- Is it a screenshot? ----

function tellScreenshot() {
    const isPicture = state.upload && !isJSON(uploads[state.upload.picture].file);
    $('screenshot').hidden = !isPicture;
    if (isPicture) $('isScreenshot').checked = state.upload.isScreenshot;
}
watch(() => state.upload, tellScreenshot);

$('isScreenshot').onchange = doing(async () => {
    try { await encode(uploads[state.upload.picture].file, $('isScreenshot').checked); } finally { tellScreenshot(); }
});

// ---- Where files come from ----

$('file').onchange = () => {
    open([...$('file').files]);
    $('file').value = '';
};

// Text may be dragged too, into the search for instance.
const hasFiles = event => known.space && event.dataTransfer.types.includes('Files');

addEventListener('dragover', event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    $('drop').hidden = false;
});
addEventListener('dragleave', event => { if (!event.relatedTarget) $('drop').hidden = true; });
addEventListener('drop', event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    $('drop').hidden = true;
    open([...event.dataTransfer.files]);
});
