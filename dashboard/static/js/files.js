// Files: dropped, pasted or picked, each sent alone so that one that is refused stops no other;
// and pictures looked at larger. Without this the same forms and links work plainly.

const find = (selector, root = document) => root.querySelector(selector);

function send(form, file) {
  const says = form.dataset;
  const line = document.createElement("li");
  const bar = document.createElement("progress");
  const words = document.createElement("span");
  words.textContent = `${file.name}: ${says.saysSending}`;
  line.append(words, bar);
  find("[data-uploads]", form).append(line);
  const end = (text, wrong) => {
    bar.remove();
    words.textContent = text;
    line.classList.toggle("is-error", Boolean(wrong));
    const { top, bottom } = line.getBoundingClientRect(); // dropped on the talk, it is told where nobody looks
    if (top < 0 || bottom > innerHeight || !bottom) say(text, wrong);
  };
  if (file.size > Number(says.most)) { end(`${file.name}: ${says.saysBig}`, true); return Promise.resolve(); }
  const body = new FormData();
  for (const field of form.querySelectorAll("input[type=hidden]")) body.append(field.name, field.value);
  body.append("file", file, file.name || "archivo");
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request-Type", "partial");
    request.setRequestHeader("X-CSRFToken", find('meta[name="csrf-token"]').content);
    request.upload.onprogress = (event) => { bar.max = event.total; bar.value = event.loaded; };
    request.onloadend = () => {
      if (request.status === 200) { end(`${file.name}: ${says.saysDone}`); setTimeout(() => line.remove(), 4000); show(request.responseText); }
      else if (request.status === 422) end(request.responseText, true);
      else if (request.getResponseHeader("HX-Redirect")) location.href = request.getResponseHeader("HX-Redirect");
      else end(`${file.name}: ${request.status === 413 ? says.saysBig : says.saysLost}`, true);
      done();
    };
    request.send(body);
  });
}
function show(html) {
  const made = new DOMParser().parseFromString(html, "text/html").getElementById("attachments");
  if (!made) return;
  const evidence = find("select[name=evidence]"); // what has just come may be what a result rests on
  for (const line of evidence ? made.querySelectorAll("li[id]") : []) {
    const id = line.id.slice("attachment-".length);
    if (!find(`[value="${id}"]`, evidence)) evidence.add(new Option(find("b", line).textContent, id), 1);
  }
  find("#attachments")?.replaceWith(made);
}
async function take(form, files) {
  for (const file of files) await send(form, file);
}
const say = (text, wrong) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: wrong ? "error" : "ok" } }));
const formAt = (event) => event.target.closest?.("[data-drop]") ?? (event.target.closest?.("#desk-talk, #desk-card") ? find("#desk [data-drop]") : null);
// The open dialog asks for a file: what is dropped or pasted there is that one. Where none can be kept it is said why.
function choose(files) {
  const input = find("dialog[open] form[data-most] input[type=file]"), why = find("#desk-talk")?.dataset.noFiles;
  if (input) {
    input.files = files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (why) say(why, true);
  return Boolean(input ?? why);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-drop]");
  if (!form || event.target.type !== "file" || !event.target.files.length) return;
  take(form, [...event.target.files]);
  event.target.value = "";
});
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // a file beside the place for it must not replace the page
    const form = find("dialog[open]") ? null : formAt(event);
    for (const each of document.querySelectorAll("[data-drop]")) each.classList.toggle("is-over", type === "dragover" && each === form);
    find("#desk-talk")?.classList.toggle("is-over", type === "dragover" && Boolean(form));
    if (type !== "drop") return;
    if (form) take(form, [...event.dataTransfer.files]);
    else choose(event.dataTransfer.files);
  });
}
document.addEventListener("paste", (event) => {
  const files = event.clipboardData?.files ?? [], form = find("[data-drop]");
  // cells of a spreadsheet come as text and as a picture: whoever pastes them means the text
  if (!files.length || event.clipboardData.types.includes("text/plain")) return;
  if (form && !find("dialog[open]")) take(form, [...files]);
  else if (!choose(files)) return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const sends = event.target.closest("[data-clip]") && find("#send-file");
  if (sends) { event.preventDefault(); sends.showModal(); }
  const link = event.target.closest("[data-larger]"), dialog = find("#larger");
  if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const image = find("[data-larger-image]", dialog);
  image.src = link.href;
  image.alt = find("img", link)?.alt || link.dataset.larger;
  find("h2", dialog).textContent = link.dataset.larger;
  find("[data-larger-link]", dialog).href = `${link.href}?download=1`;
  dialog.showModal();
});
// A file that is too large is refused here: the server would not read the words beside it.
document.addEventListener("change", ({ target }) => {
  const form = target.type === "file" && target.closest("form[data-most]:not([data-drop])");
  if (form) target.setCustomValidity(target.files[0]?.size > Number(form.dataset.most) ? form.dataset.saysBig : "");
});
// A file takes its time, and its form stays: with what is wrong in it, or emptied and put away.
document.addEventListener("htmx:config:request", ({ detail }) => {
  const form = detail.ctx.sourceElement;
  if (form?.matches?.("form[data-most]") && find("[type=file]", form)?.files.length) detail.ctx.request.timeout = 600000;
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const sent = find("form[data-sent]");
  if (sent) {
    sent.removeAttribute("data-sent"); // it is used again
    sent.reset(); // what a morph keeps
    sent.closest("dialog")?.close();
  }
  // of its own answer alone: with a poll one may be writing elsewhere
  if (detail.ctx?.sourceElement?.matches?.("form[data-most]")) find("form[data-most] [type=file][aria-invalid]")?.focus();
});
