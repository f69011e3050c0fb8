// Files: dropped, pasted or picked, each sent alone so that one that is refused stops no other;
// and pictures looked at larger. Without this the same forms and links work plainly.

const find = (selector, root = document) => root.querySelector(selector);

function send(form, file) {
  const says = form.dataset;
  const line = document.createElement("li");
  const bar = document.createElement("progress");
  const words = document.createElement("span");
  const tell = (text, wrong) => { words.textContent = `${file.name}: ${text}`; line.classList.toggle("is-error", Boolean(wrong)); };
  tell(says.saysSending);
  line.append(words, bar);
  find("[data-uploads]", form).append(line);
  if (file.size > Number(says.most)) { bar.remove(); tell(says.saysBig, true); return Promise.resolve(); }
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
      bar.remove();
      if (request.status === 200) { tell(says.saysDone); setTimeout(() => line.remove(), 4000); show(request.responseText); }
      else if (request.status === 422) { line.classList.add("is-error"); words.textContent = request.responseText; }
      else if (request.getResponseHeader("HX-Redirect")) location.href = request.getResponseHeader("HX-Redirect");
      else tell(request.status === 413 ? says.saysBig : says.saysLost, true);
      done();
    };
    request.send(body);
  });
}
function show(html) {
  const made = new DOMParser().parseFromString(html, "text/html").getElementById("attachments");
  if (made) find("#attachments")?.replaceWith(made);
}
async function take(form, files) {
  for (const file of files) await send(form, file);
}
const formAt = (event) => event.target.closest?.("[data-drop]") ?? (event.target.closest?.("#desk-talk, #desk-card") ? find("#desk [data-drop]") : null);

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
    const form = formAt(event);
    for (const each of document.querySelectorAll("[data-drop]")) each.classList.toggle("is-over", type === "dragover" && each === form);
    if (type === "drop" && form) take(form, [...event.dataTransfer.files]);
  });
}
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])], form = find("[data-drop]");
  // cells of a spreadsheet come as text and as a picture: whoever pastes them means the text
  if (!files.length || !form || find("dialog[open]") || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  take(form, files);
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
