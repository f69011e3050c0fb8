// Keeps the page current and in place. Without it every link and form works, with a reload.
const every = 1500;
let asking = false;

/** Bring what is on screen to what `html` says; touch only what differs. */
function show(html, url, how) {
  const next = new DOMParser().parseFromString(html, "text/html");
  const focused = document.activeElement?.id;
  for (const fresh of next.querySelectorAll("[data-part]")) {
    const shown = document.getElementById(fresh.id);
    if (!shown || fresh.ownerDocument === document) continue;
    const kind = fresh.dataset.part;
    if (kind === "box" && fresh.dataset.key !== shown.dataset.key) {
      shown.replaceWith(document.adoptNode(fresh));
    } else if (kind === "list") {
      fill(shown, fresh);
    } else if (kind === "hold") {
      keep(shown, fresh);
    } else if (kind === "" && !shown.isEqualNode(fresh)) {
      shown.replaceWith(document.adoptNode(fresh));
    }
  }
  document.title = next.title;
  document.body.className = next.body.className;
  document.body.dataset.version = next.body.dataset.version;
  if (how === "push") history.pushState(null, "", url);
  else if (url !== location.href.split("#")[0]) history.replaceState(null, "", url);
  if (focused && document.activeElement === document.body) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

/** Children by their key: what is the same stays the same node. */
function fill(list, fresh) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let at = list.firstElementChild;
  for (const child of [...fresh.children]) {
    let here = old.get(child.dataset.key);
    old.delete(child.dataset.key);
    if (!here || !here.isEqualNode(child)) {
      const made = document.adoptNode(child);
      if (here === at) at = at?.nextElementSibling ?? null;
      here?.remove();
      here = made;
    }
    if (here === at) at = at.nextElementSibling;
    else list.insertBefore(here, at);
  }
  for (const gone of old.values()) gone.remove();
}

/** What somebody types in stays; only where it goes may change. */
function keep(shown, fresh) {
  const forms = (part) => [...(part.matches("form") ? [part] : part.querySelectorAll("form"))];
  forms(fresh).forEach((form, place) => {
    forms(shown)[place]?.setAttribute("action", form.getAttribute("action"));
  });
}

/** A page of another kind came: what it says, beside what was tried. */
function complain(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  say(page.querySelector("main p")?.textContent ?? "No se pudo. Recargá la página.");
}

function say(text) {
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.textContent = text;
  document.getElementById("alert")?.replaceChildren(line);
}

async function visit(url, { how = "replace", body, poll = false } = {}) {
  const headers = poll ? { "X-Shown": document.body.dataset.version } : {};
  const from = location.href;
  let answer;
  try {
    answer = await fetch(url, { method: body ? "POST" : "GET", body, headers });
    if (answer.status !== 204) {
      const html = await answer.text();
      if (!html.includes("data-version")) return complain(html);
      if (poll && (from !== location.href || asking)) return;
      show(html, answer.ok ? answer.url : from.split("#")[0], how);
    }
  } catch {
    answer = null;
  }
  document.getElementById("lost").hidden = answer !== null;
  return answer?.ok;
}

/** One thing a person did; the clock waits for it. */
async function act(url, options) {
  asking = true;
  try {
    return await visit(url, options);
  } finally {
    asking = false;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-soft]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  act(link.href, { how: link.dataset.soft || "replace" }).then(() => {
    if (link.classList.contains("answer")) document.getElementById("text")?.focus();
  });
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.method !== "post") {
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    return void act(`${form.action.split("?")[0]}?${asked}`);
  }
  const body = new FormData(form);
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  const plain = form.enctype !== "multipart/form-data";
  const done = await act(form.action, { body: plain ? new URLSearchParams(body) : body });
  if (done && ["write", "photo"].includes(form.id)) {
    form.reset();
    document.getElementById("sheet")?.removeAttribute("open");
    document.querySelector(".thread")?.scrollTo(0, 0);
    document.getElementById("text")?.focus();
    grow();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.getElementById("sheet")?.removeAttribute("open");
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (!event.target.matches("[data-enter-sends]")) return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.form.requestSubmit();
});

let typing;
document.addEventListener("input", (event) => {
  if (event.target.id === "text") grow();
  if (event.target.id !== "q") return;
  clearTimeout(typing);
  typing = setTimeout(() => event.target.form.requestSubmit(), 200);
});

document.addEventListener("change", (event) => {
  const { dataset, files, form } = event.target;
  if (!dataset.largest || !files.length) return;
  if (files[0].size <= Number(dataset.largest)) return form.requestSubmit();
  say("La foto es demasiado grande: hasta 5 MB.");
  event.target.value = "";
});

function grow() {
  const text = document.getElementById("text");
  if (text) text.rows = Math.min(5, text.value.split("\n").length + Math.floor(text.value.length / 34));
}

addEventListener("popstate", () => visit(location.href.split("#")[0]));

setInterval(async () => {
  if (document.hidden || asking) return;
  const url = location.href.split("#")[0];
  if (url.endsWith("/new")) return;
  await visit(url, { poll: true });
  const read = document.getElementById("read");
  if (read && document.body.classList.contains("chat") && !asking) read.requestSubmit();
}, every);

document.documentElement.classList.add("scripted");
