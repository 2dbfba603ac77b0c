// Makes a page ready to be looked at: no motion, no consent banner, all of it scrolled through.

const consentSelectors = [
    "#onetrust-consent-sdk", "#onetrust-banner-sdk", "#CybotCookiebotDialog", "#CybotCookiebotDialogBodyUnderlay",
    "#cookie-law-info-bar", "#cookie-notice", "#cookiebanner", "#cookie-banner", "#cookieConsent", "#cookie-consent",
    ".cookie-consent", ".cookie-banner", ".cookie-notice", ".cookieconsent", ".cc-window", ".cc-banner",
    "#truste-consent-track", ".truste_overlay", ".truste_box_overlay", "#didomi-host", "#usercentrics-root",
    "#usercentrics-cmp-ui", ".qc-cmp2-container", ".qc-cmp-ui-container", ".fc-consent-root", ".osano-cm-window",
    ".cky-consent-container", ".cky-overlay", "#tarteaucitronRoot", "#axeptio_overlay", ".iubenda-cs-container",
    ".klaro", "#cmpbox", "#cmpbox2", "[id^='sp_message_container']", "#gdpr-consent-tool-wrapper", "#ccc",
    ".moove-gdpr-info-bar-container", "#BorlabsCookieBox", "#termly-code-snippet-support", "#hs-eu-cookie-confirmation",
    "#cc--main", "#cc-main", ".eu-cookie-compliance-banner", "#sliding-popup", "#uc-banner-modal",
];
// Words of some thirty languages, in six scripts. A text with one of the first is about consent, and a control with one of
// the second offers the choice.
const consentWords = new RegExp(
    "cookie|consent|gdpr|rgpd|dsgvo|datenschutz|privatsph|privacy|vie privée|confidentialit|privacidad|prywatnoś|privatliv|ciasteczk|eväste|küpsise|süti|slapuk|sīkdat"
    + "|kolačić|piškot|çerez|informasjonskapsl|kakor|файл.{0,6}(куки|cookie)|куки|бисквитк|クッキー|쿠키|隐私|隱私|個人情報", "i");
const consentChoices = new RegExp(
    "accept|agree|allow|reject|decline|refuse|got it|understand|that's ok|\\bok\\b|j.accepte|accepter|refuser|akzeptier|zustimm"
    + "|ablehn|verstanden|acept|rechaz|aceit|rejeit|accett|rifiut|akkoord|weiger|zgadzam|akceptuj|odrzu|godk|hyväksy|hylkää"
    + "|nõustu|elfogad|elutas|sutink|piekr|prihva|odbi|sprejm|souhlas|přijm|odmít|súhlas|prijať|kabul|reddet|tillåt|avvis"
    + "|afvis|принять|соглас|отклон|прийняти|приемам|αποδοχή|αποδέχ|許可|同意|承諾|拒否|接受|拒绝|拒絕|동의|허용|거부", "i");

function hide(element) {
    element.style.setProperty("display", "none", "important");
}

function isOverlay(style) {
    return style.position === "fixed" || style.position === "sticky"
        || (style.position === "absolute" && Number(style.zIndex) >= 100);
}

function everyElement(root, body) {
    let count = 0;
    const roots = [root];
    while (roots.length) {
        for (const element of roots.pop().querySelectorAll("*")) {
            if (++count > limits.visited) return;
            body(element);
            if (element.shadowRoot) roots.push(element.shadowRoot);
        }
    }
}

// Consent banners: the known ones, and overlays that speak of cookies and offer a choice. Their backdrops go too.
function hideConsent() {
    const banners = new Set();
    for (const selector of consentSelectors) {
        for (const element of document.querySelectorAll(selector)) {
            // A page may be about cookies: what takes part in its flow and is large is content.
            const style = getComputedStyle(element);
            if (isOverlay(style) || element.shadowRoot || element.childElementCount < 60) banners.add(element);
        }
    }
    const overlays = [];
    everyElement(document, (element) => {
        const style = getComputedStyle(element);
        if (style.display === "none" || !(isOverlay(style) || element.localName === "dialog")) return;
        overlays.push(element);
        const text = element.shadowRoot ? element.shadowRoot.textContent : element.innerText || "";
        if (text.length > 4000 || !consentWords.test(text)) return;
        // Whoever is to type something fills in a form.
        const fields = "textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=hidden])";
        if (element.querySelector(fields)) return;
        const controls = element.querySelectorAll(
            "button, a, input[type=button], input[type=submit], [role=button], [onclick], [class*=btn], [class*=button]");
        const choice = [...controls].some((control) => consentChoices.test(control.innerText || control.value || ""));
        const isNavigation = element.matches("header, nav") || element.querySelector("nav");
        if (choice && !isNavigation) banners.add(element);
    });
    if (!banners.size) return 0;
    for (const banner of banners) hide(banner);
    for (const overlay of overlays) {
        const box = overlay.getBoundingClientRect();
        const covers = box.width >= 0.9 * innerWidth && box.height >= 0.9 * innerHeight;
        if (covers && !(overlay.innerText || "").trim()) hide(overlay);
    }
    for (const element of [document.documentElement, document.body]) {
        element.style.setProperty("overflow", "visible", "important");
        if (getComputedStyle(element).position === "fixed") element.style.setProperty("position", "static", "important");
    }
    return banners.size;
}

// A page of which only a column scrolls, as applications' do, is unrolled: all of the column is the page.
function unroll() {
    everyElement(document, (element) => {
        const isColumn = element.clientWidth >= 0.5 * innerWidth && element.clientHeight >= 0.6 * innerHeight
            && element.clientHeight <= innerHeight && element.scrollHeight > element.clientHeight + 20;
        if (!isColumn || !["auto", "scroll", "overlay"].includes(getComputedStyle(element).overflowY)) return;
        // Whatever keeps it as high as the window lets go.
        for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
            const style = getComputedStyle(at);
            const free = { height: "auto", "max-height": "none", "overflow-y": "visible", "overflow-x": "clip", bottom: "auto" };
            if (style.position === "fixed") free.position = "absolute";
            if (at !== document.body) free["min-height"] = `${at.clientHeight}px`;
            for (const [name, value] of Object.entries(free)) at.style.setProperty(name, value, "important");
        }
    });
}

function freeze() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`*, *::before, *::after { animation-delay: 0s !important; animation-duration: 0s !important;
        transition: none !important; scroll-behavior: auto !important; caret-color: transparent !important }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

// Waits until nothing has changed for a while: no elements, words or classes.
async function settle(quiet, end) {
    let last = performance.now();
    const observer = new MutationObserver(() => { last = performance.now(); });
    observer.observe(document, {
        subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["class", "hidden", "src"],
    });
    while (performance.now() < Math.min(last + quiet, end)) await pause(50);
    observer.disconnect();
}

// Scrolls through the page, so that what waits to be seen appears, and back; then waits until nothing changes for `quiet`.
async function prepare(milliseconds, quiet) {
    if (!document.body) return 0;
    try { freeze(); } catch { /* a document of another kind: it has no motion */ }
    const end = performance.now() + milliseconds;
    const hidden = hideConsent();
    unroll();
    // Scripts look every quarter of a second or so what has come into sight.
    const dwell = Math.max(40, Math.min(300, milliseconds / 2 / Math.ceil(pageHeight() / innerHeight)));
    for (let y = 0; y < pageHeight() && y < 20 * innerHeight && performance.now() < end; y += innerHeight) {
        scrollTo(0, y);
        await pause(dwell);
    }
    scrollTo(0, 0);
    // A page that never rests is taken after a while.
    await settle(Math.max(80, quiet), performance.now() + 4 * Math.max(500, quiet));
    return hidden + hideConsent();
}

function pageHeight() {
    const body = document.body;
    return Math.max(document.documentElement.scrollHeight, body ? body.scrollHeight : 0);
}
