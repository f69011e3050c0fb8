// What every screen needs beyond htmx: dialogs, palette, keys, drafts, toasts, lost network.
// Listeners sit on the document, so that what htmx swaps in works at once.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, handler, options) => document.addEventListener(type, handler, options);
const stored = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* private window */ } },
};

// ---- htmx: the token, no polling unseen or offline, the line's state

on("htmx:config:request", ({ detail }) => {
  detail.ctx.request.headers["X-CSRFToken"] = $('meta[name="csrf-token"]').content;
  if (document.hidden) detail.ctx.request.headers["X-Hidden"] = "1";
  if ($("#place")) detail.ctx.request.headers["X-Place"] = $("#place").value;
  if (isPoll(detail)) detail.ctx.request.timeout = 6000; // after a sleep its line is dead, and does not say so
});
const triggerOf = (detail) => detail.ctx?.sourceElement?.getAttribute("hx-trigger") ?? "";
const isPoll = (detail) => triggerOf(detail).includes("every ");
// A page that nobody sees asks seldom, for its title and sound; and nothing on it counts as seen.
let polledAt = 0;
on("htmx:before:request", (event) => {
  const trigger = triggerOf(event.detail), polls = isPoll(event.detail);
  const rests = document.hidden && Date.now() - polledAt < 15000;
  const asks = event.target.id === "progress" && $("dialog[open]"); // the page may be made anew: not under a question
  if ((polls && (rests || asks || !navigator.onLine)) || (document.hidden && trigger.includes("seen"))) event.preventDefault();
  else if (polls) polledAt = Date.now();
  event.detail.ctx.askedFrom = caseOnScreen();
});
// A late answer is not drawn over the next case: one would write to the wrong person.
const caseOnScreen = () => /[?&]case=(\d+)/.exec($("#desk-live")?.getAttribute("hx-get") ?? "")?.[1];
let held = null; // what had the focus before a swap
on("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  held = document.activeElement;
  const acts = ctx?.request?.method === "POST", isDesk = ctx?.target?.id === "desk";
  if (acts && isDesk) $("#desk dialog[open]")?.close();
  if (!ctx || (isDesk && !acts) || ctx.askedFrom === caseOnScreen()) return;
  event.preventDefault();
  for (const [, name] of (ctx.text ?? "").matchAll(/data-draft-sent="([^"]+)"/g)) stored.set(draftOf(name), "");
  if (acts && ctx.response?.status >= 400) toast(inSpanish() ? "No salió lo de la consulta anterior: sigue escrito ahí." : "Not sent in the case before: it is still there.", "error");
  else if (acts && isDesk) toast(inSpanish() ? "Quedó hecho en la consulta anterior." : "Done in the case before.");
});
on("visibilitychange", () => {
  if (!document.hidden) for (const mark of $$('[hx-trigger$="seen"]')) mark.dispatchEvent(new Event("seen"));
});
function linkState(lost) {
  const box = $("[data-link]");
  if (!box || box.hasAttribute("data-lost") === lost) return;
  const words = $(".words", box);
  box.toggleAttribute("data-lost", lost);
  words.dataset.calm ??= words.textContent;
  words.textContent = lost ? words.dataset.words : words.dataset.calm;
  if (!lost) askAgain();
}
// What a chosen result asks for did not come: it does once the line is back, and takes nobody's focus.
function askAgain() {
  const chosen = $(".result-set[data-owed] :checked");
  if (!chosen) return;
  delete chosen.closest("[data-owed]").dataset.owed;
  chosen.form.dataset.restoring = "";
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
}
on("htmx:error", ({ detail }) => {
  linkState(true);
  ahead = null;
  const source = detail.ctx?.sourceElement, told = source?.querySelector("[data-unsent]");
  if (told) told.hidden = false;
  if (source?.matches(".result-set")) source.dataset.owed = "";
});
on("htmx:after:request", ({ detail }) => { if (detail.ctx?.response) linkState(false); });
addEventListener("offline", () => linkState(true));
addEventListener("online", () => linkState(false));
setInterval(async () => {
  if (!$("[data-link][data-lost]") || document.hidden) return;
  try { if ((await fetch("/healthz", { cache: "no-store" })).status < 500) linkState(false); } catch { /* still lost */ }
}, 3000);
const inSpanish = () => document.documentElement.lang.startsWith("es");
// A plain form must not lose what was typed to a dead network: keep the page, say so.
on("submit", (event) => {
  if (event.defaultPrevented || navigator.onLine) return;
  event.preventDefault();
  linkState(true);
  toast(inSpanish() ? "No hay conexión. Lo que escribiste sigue acá; probá de nuevo." : "Not sent: you are offline.", "error");
});
// One press, one post.
on("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "get" || event.target.method === "dialog") return;
  const pressed = event.submitter;
  if (pressed) setTimeout(() => { pressed.disabled = true; setTimeout(() => { pressed.disabled = false; }, 8000); });
});

// A result closes the case on the screen: what was written and not sent must not be forgotten with it.
document.addEventListener("submit", (event) => {
  const box = event.target.id?.startsWith("result-form-") ? $("#composer textarea[data-draft]:not([readonly])") : null;
  if (!box?.value.trim() || box.dataset.toldOf === box.value) return;
  box.dataset.toldOf = box.value;
  event.preventDefault();
  event.stopImmediatePropagation();
  box.focus();
  toast(box.dataset.saysUnsent, "error");
}, true);

// ---- dialogs and menus

on("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) $(`#${opener.dataset.opens}`)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog")) event.target.close(); // the backdrop
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target) || event.target.closest(".menu-list button, .menu-list a")) menu.open = false;
});
// a table scrolls inside its box, which would cut the menu of a row: it stands above the page
document.addEventListener("toggle", ({ target: menu }) => {
  if (!menu.open || !menu.matches(".table-box details.menu")) return;
  const { style, offsetHeight } = $(".menu-list", menu);
  const at = menu.getBoundingClientRect();
  const fits = at.bottom + offsetHeight + 8 < innerHeight;
  style.right = `${document.documentElement.clientWidth - at.right}px`;
  style.top = fits ? `${at.bottom + 4}px` : "auto";
  style.bottom = fits ? "auto" : `${innerHeight - at.top + 4}px`;
}, true);
addEventListener("scroll", () => { for (const menu of $$(".table-box details.menu[open]")) menu.open = false; }, { capture: true, passive: true });
function openMarked(root = document) { $$("dialog[data-open-now]", root).forEach((dialog) => { if (!dialog.open) dialog.showModal(); }); }

// ---- toasts

function toast(text, tone = "ok") {
  const box = document.createElement("div");
  box.className = `toast ${tone}`;
  box.dataset.toast = "";
  box.textContent = text;
  $("#toasts")?.append(box);
  fade();
}
on("toast", ({ detail }) => toast(detail.text, detail.tone)); // what other scripts have to say
function fade() {
  const fresh = $$("[data-toast]:not([data-fading])"), older = fresh.length ? $$("[data-toast][data-fading]") : [];
  const undoes = older.filter((box) => $("form", box)).pop();
  for (const box of older) if (box !== undoes) box.remove();
  for (const button of $$("[data-toast] [data-key]").slice(0, -1)) { delete button.dataset.key; $("kbd", button)?.remove(); } // the key is of the last
  for (const box of fresh) {
    box.dataset.fading = "";
    const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : box.remove());
    setTimeout(leave, 8000);
  }
}

// ---- palette

function openPalette() {
  const palette = $("#palette");
  if (!palette || palette.open) return;
  const actions = pageActions();
  $("#palette-actions").replaceChildren(...actions);
  sift(palette);
  palette.showModal();
  $("input", palette).select();
}
// What can be done on this page, as its controls call it: whoever forgot a key types the word.
function pageActions() {
  const controls = $$("[data-key], [data-slash], [data-bulk] .button, .page-head .button:not(summary), :is(.page-head, .desk-head) .menu-list :is(a, button)");
  return controls.filter((control) => visible(control) && !control.closest("dialog, .only-phone")).map((control) => {
    const entry = document.createElement("a"), hint = document.createElement("small"), key = control.dataset.key ?? (control.dataset.slash === "" ? "/" : "");
    entry.href = "#";
    entry.dataset.paletteEntry = "";
    entry.textContent = control.dataset.keySays ?? ((control.title || control.ariaLabel || control.textContent.replace($("kbd", control)?.textContent ?? "", "")).replace(/ \(\S+\)/, ""));
    hint.textContent = key.replace("Control+", "Ctrl ").replace(/^.$/, (letter) => letter.toUpperCase());
    entry.append(hint);
    entry.onclick = (event) => { event.preventDefault(); $("#palette").close(); press(control); };
    return entry;
  });
}
on("click", (event) => { if (event.target.closest("[data-palette]")) openPalette(); });
on("input", (event) => {
  const walked = event.target.closest("#palette, [data-walks]");
  if (walked) sift(walked);
});
function sift(walked) {
  const sought = fold($("input", walked).value);
  for (const entry of $$("[data-palette-entry]", walked)) entry.hidden = sought !== "" && !fold(entry.textContent).includes(sought);
  for (const group of $$("[data-palette-group]", walked)) group.hidden = !$("[data-palette-entry]:not([hidden])", group);
}
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
function walkPalette(event, dialog) {
  const stops = [$("input", dialog), ...$$("a", dialog).filter((a) => !a.hidden)];
  const at = stops.indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    stops[(at + (event.key === "ArrowDown" ? 1 : -1) + stops.length) % stops.length].focus();
  } else if (event.key === "Enter" && at === 0) {
    event.preventDefault();
    stops[1]?.click();
  } else if (event.key === "Escape") { // a search field would only empty itself
    event.preventDefault();
    dialog.close();
  }
}

// ---- keys: `data-key` on a control names the key that presses or focuses it

const TYPED = "input:not([type=checkbox],[type=radio],[type=button],[type=submit]), textarea, select, [contenteditable]";
let waitsForG = 0;
let ahead = null; // typed while the composer of R or N is on its way
function chord(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Control");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && event.key.length > 1) parts.push("Shift");
  return [...parts, event.key.length === 1 ? event.key.toLowerCase() : event.key].join("+");
}
function press(target) {
  const shut = target.closest("details:not([open], .menu)");
  if (shut && !target.matches("summary")) shut.open = true; // or nobody sees what was chosen
  if (target.matches("div")) $("input:checked", target)?.focus(); // of a group, what is chosen
  else if (target.matches(TYPED)) target.focus();
  else if (target.matches(":checked[type=radio]")) $("[autofocus]", target.form)?.focus();
  else { if (target.matches(".composer-tab")) ahead = ""; target.click(); }
  if (target.matches("summary")) target.focus(); // its numbers are pressed next
}
const drawn = (element) => element?.getClientRects().length > 0;
const visible = (element) => !element.disabled && (drawn(element) || drawn(element.closest("details:not([open])")));
on("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const key = chord(event);
  if (key === "Control+k") { event.preventDefault(); openPalette(); return; }
  const dialog = $("dialog[open]");
  if (dialog?.matches("#palette, [data-walks]")) return walkPalette(event, dialog);
  const typing = event.target.matches?.(TYPED);
  const scope = dialog ?? document;
  if (key === "/" && event.target.form && !event.target.value) {
    const opener = $("[data-slash]", event.target.form);
    if (opener) { event.preventDefault(); opener.click(); return; }
  }
  const menu = event.target.closest?.("details.menu[open]");
  if (key === "Escape" && menu) { menu.open = false; $("summary", menu).focus(); return; }
  if (key === "Escape" && typing && !dialog) { event.preventDefault(); event.target.blur(); return; } // a search would empty itself
  if (key === "Enter" && typing && event.target.dataset.key === "/") setTimeout(() => event.target.blur()); // J goes on in what was found
  const single = key.length === 1;
  if (single && ahead !== null && !typing) { event.preventDefault(); ahead += event.key; return; }
  if (typing && single) return;
  if (single && (dialog || document.body.dataset.keys === "off")) return;
  if (single && waitsForG && Date.now() - waitsForG < 1500) {
    waitsForG = 0;
    const link = $(`[data-goes="${CSS.escape(key)}"]`);
    if (link) { event.preventDefault(); link.click(); return; }
  }
  if (key === "g" && !typing) { waitsForG = Date.now(); return; }
  const name = key === "F8" ? "Control+Enter" : key;
  const here = event.target.closest?.("[data-scope]"); // its numbers are its own while one is in it
  const keyed = $$(`[data-key="${CSS.escape(name)}"]`, scope).filter(visible);
  const target = (here && $$(`[data-number="${CSS.escape(name)}"]`, here).find(visible)) ?? keyed.find((each) => each.closest("#toasts")) ?? keyed[0]; // what was said last
  if (target) { event.preventDefault(); press(target); return; }
  if (key === "x") return tick(event);
  if (key === "Enter" && event.target.matches?.("textarea[data-enter-sends]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
// Which boxes a person keeps open stays so from case to case.
on("click", ({ target }) => {
  const box = target.closest("summary")?.closest("details[data-keep]");
  if (box) stored.set(`open:${box.dataset.keep}`, box.open ? "no" : "yes"); // as it is about to be
});
// X ticks the row that has the focus, Shift X all from the last ticked one to it
function tick(event) {
  const row = document.activeElement.closest("tr, .desk-rows li") ?? $(".desk-rows [aria-current]")?.closest("li");
  const box = (row && $("input[data-select]", row)) ?? $("input[data-select]");
  if (!box) return;
  event.preventDefault();
  if (!box.closest(".desk-rows")) box.focus(); // at the desk J and K go on from the case in hand
  box.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
}

// ---- drafts: what is typed outlives reload, another case and a dead network

const draftOf = (name) => `draft:${document.body.dataset.user ?? ""}:${name}`; // several people share a computer

function restoreDrafts(root = document) {
  for (const field of $$("[data-draft]", root)) {
    if (field.dataset.restored === field.dataset.draft) continue;
    field.dataset.restored = field.dataset.draft;
    const kept = stored.get(draftOf(field.dataset.draft));
    if (kept && !field.value) { field.value = kept; field.dispatchEvent(new Event("input", { bubbles: true })); }
  }
  for (const link of $$("[data-draft-of]", root)) if (stored.get(draftOf(link.dataset.draftOf))) link.textContent = link.dataset.unsaved;
  for (const form of $$("form[data-drafts]", root)) {
    for (const [name, kept] of Object.entries(touchedIn(form))) {
      const field = form.elements[name], is = field?.type === "checkbox" ? "checked" : "value";
      if (!field || field.type === "file" || field[is] === kept) continue;
      if (name === "result") form.dataset.restoring = "";
      field[is] = kept;
      if (field[is] === kept && field instanceof RadioNodeList) $(`[name="${name}"]:checked`, form).dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}
// Of a form that has a draft: what was touched in it, by name; what the server filled in stays the server's.
const touchedIn = (form) => JSON.parse(stored.get(draftOf(form.dataset.drafts)) ?? "{}");
on("input", ({ target }) => {
  const { form, name, dataset } = target;
  if (dataset.draft) stored.set(draftOf(dataset.draft), target.value);
  else if (form?.dataset.drafts && target.type !== "file") {
    const touched = touchedIn(form);
    if (name === "result") delete touched.send, delete touched.next_action, delete touched.choice; // they were another's
    stored.set(draftOf(form.dataset.drafts), JSON.stringify({ ...touched, [name]: target.type === "checkbox" ? target.checked : target.value }));
  }
});
// The server says that a text arrived by naming its draft: only then it is forgotten.
function forgetSent(root = document) {
  for (const note of $$("[data-draft-sent]", root)) {
    stored.set(draftOf(note.dataset.draftSent), "");
    const field = $(`[data-draft="${CSS.escape(note.dataset.draftSent)}"]`);
    if (field) field.value = "";
    note.remove();
  }
}

// ---- small services of forms

on("click", (event) => {
  const chip = event.target.closest("[data-insert]");
  if (!chip) return;
  const field = $(chip.dataset.into);
  if (!field) return; // a page without a composer: its link leads to one
  event.preventDefault();
  const [from, to] = [field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length];
  const [before, after = ""] = chip.dataset.insert.split("…");
  field.focus();
  field.setRangeText(before + field.value.slice(from, after ? to : from) + after, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
on("input", (event) => {
  const into = event.target.dataset?.countInto;
  if (into) $(into).textContent = [...event.target.value].length;
});
on("change", (event) => {
  if (event.isTrusted && event.target.matches('[name="next_action"][value="at"]')) $(".desk-when input", event.target.form).focus();
  if (event.target.matches(".result-set :not(:focus-visible)")) $(".result-set:focus, .result-set :focus")?.blur(); // the others make room
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
  if (event.target.matches("[data-select-all]")) {
    for (const box of $$("input[data-select]")) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-select], [data-select-all]")) countSelected();
});
let lastSelected = null;
on("click", (event) => {
  if (!event.target.matches("input[data-select]")) return;
  const boxes = $$("input[data-select]");
  if (event.shiftKey && lastSelected && boxes.includes(lastSelected)) {
    const [a, b] = [boxes.indexOf(lastSelected), boxes.indexOf(event.target)].sort((x, y) => x - y);
    for (const box of boxes.slice(a, b + 1)) box.checked = event.target.checked;
    countSelected();
  }
  lastSelected = event.target;
});
function countSelected() {
  const n = $$("input[data-select]:checked").length;
  for (const bar of $$("[data-bulk]")) bar.hidden = n === 0;
  for (const figure of $$("[data-selected-count]")) figure.textContent = n;
  for (const box of $$("input[data-select]")) box.closest("tr")?.classList.toggle("is-selected", box.checked);
}
on("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try { await navigator.clipboard.writeText(button.dataset.copy); toast(button.dataset.copied ?? "Copiado"); } catch { /* selectable by hand */ }
});
on("dragover", (event) => { const drop = event.target.closest?.(".drop"); if (drop) drop.classList.add("is-over"); });
on("dragleave", (event) => event.target.closest?.(".drop")?.classList.remove("is-over"));
on("change", (event) => {
  const drop = event.target.matches("input[type=file]") && event.target.closest(".drop");
  const says = drop && $("[data-file-name]", drop);
  if (says && event.target.files[0]) says.textContent = event.target.files[0].name;
});

// ---- theme: dark, light, as one looks at it

on("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
});

// ---- what waits, seen and heard from elsewhere

let called = null; // how many waited when we looked last; null: not known yet
function call(n) {
  const icon = $('link[rel="icon"]'), { dotted, sound } = document.body.dataset;
  if (!dotted || $('#elsewhere[hx-trigger="load"]')) return;
  icon.dataset.calm ??= icon.getAttribute("href");
  if (icon.getAttribute("href") !== (n ? dotted : icon.dataset.calm)) icon.setAttribute("href", n ? dotted : icon.dataset.calm);
  if (called !== null && n > called && sound !== undefined) beep();
  called = n;
}
function beep() {
  const audio = new AudioContext(), tone = audio.createOscillator(), volume = audio.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.1, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
  tone.onended = () => audio.close();
}

// ---- after every swap, and now

let rowInHand = "";
function settle() {
  for (const box of $$("details[data-keep]")) box.open = (stored.get(`open:${box.dataset.keep}`) ?? (box.open ? "yes" : "no")) === "yes";
  forgetSent();
  restoreDrafts();
  openMarked();
  countSelected();
  $("[data-walks][open] input")?.dispatchEvent(new Event("input", { bubbles: true })); // typed before its list came
  fade();
  const waiting = $('[data-counter="waiting"]');
  const n = waiting && !waiting.hidden ? Number(waiting.textContent) : 0;
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (n) document.title = `(${n}) ${document.title}`;
  call(n);
  const row = $(".desk-rows [aria-current]");
  if (row && row.id !== rowInHand) {
    rowInHand = row.id;
    row.scrollIntoView({ block: "nearest" });
    $("#desk-card")?.scrollTo(0, 0);
  }
  for (const thread of $$("[data-keep-bottom]")) {
    if (thread.dataset.last !== thread.dataset.seen) { thread.scrollTop = thread.scrollHeight; thread.dataset.seen = thread.dataset.last; }
  }
}
// A form that comes back refused is gone on with where it is wrong.
function toWrong(status) {
  const told = status >= 400 && $$("[aria-invalid=true], .problem").find(visible);
  if (!told) return;
  const field = told.matches(".problem") ? $("input:not([type=hidden]), select, textarea", told.closest(".field, form")) : told;
  const shut = told.closest("details:not([open])");
  if (shut) shut.open = true;
  field?.focus();
}
// Nobody asked for the values of a restored result: the focus stays where it was, the keys the desk's.
function leaveRestored() {
  const form = $(".result-values > *")?.closest("form[data-restoring]");
  if (!form) return;
  delete form.dataset.restoring;
  requestAnimationFrame(() => setTimeout(() => { // the browser gives it the focus with its next frame
    if (!document.activeElement.matches(".result-values [autofocus]")) return;
    document.activeElement.blur();
    held?.focus();
  }));
}
function typeAhead(tab) {
  if (ahead === null || !tab?.matches(".composer-tab")) return;
  const typed = ahead, box = $("#composer textarea:not([readonly])");
  ahead = null;
  if (!box) return; // nothing can be written there
  box.focus();
  box.setRangeText(typed, box.value.length, box.value.length, "end");
  if (typed) box.dispatchEvent(new Event("input", { bubbles: true }));
}
on("htmx:finally:request", ({ detail }) => { if (detail.ctx?.sourceElement?.matches(".composer-tab")) ahead = null; });
// Who is called is not written to besides, unless somebody ticks it again.
on("change", ({ target }) => {
  const send = target.name === "channel" && target.value !== "whatsapp" && target.form?.elements.send;
  if (send) send.checked = false;
});
on("htmx:after:swap", ({ detail }) => { settle(); leaveRestored(); typeAhead(detail.ctx?.sourceElement); toWrong(detail.ctx?.response?.status); });
on("DOMContentLoaded", settle); // htmx has woken by then, and hears what drafts set off
toWrong(performance.getEntriesByType("navigation")[0]?.responseStatus);
