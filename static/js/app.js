// Small behaviours, each bound by attributes; without them pages read and forms post.
// One file: its address carries the hash of its content, which that of an imported file would not.
document.documentElement.classList.add("js");

const on = (type, act, capture = false) => document.addEventListener(type, act, capture);
const byId = (id) => document.getElementById(id);
const tell = (words) => { byId("status").textContent = words; };

// A second tap sends nothing. The button says « Un instant… », keeps its width and the focus.
const FORGET_AFTER_MS = 10000; // a download never leaves the page
function markBusy(element, button) {
  element.setAttribute("aria-busy", "true");
  button?.setAttribute("aria-busy", "true"); // the stylesheet writes « Un instant… »
}

function markReady(element) {
  element.removeAttribute("aria-busy");
  for (const button of element.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
}

let lastPressed = null;

on("submit", (event) => {
  const form = event.target;
  lastPressed = event.submitter;
  if (form.getAttribute("aria-busy") !== "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

on("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get" || form.matches("[hx-post]")) return;
  markBusy(form, event.submitter);
  setTimeout(markReady, FORGET_AFTER_MS, form);
});

on("click", (event) => {
  if (event.target.closest("[aria-disabled=true]")) event.preventDefault();
}, true);

window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) document.querySelectorAll("form[aria-busy]").forEach(markReady);
});

on("htmx:before:request", ({ detail: { ctx } }) => {
  const source = ctx.sourceElement;
  markBusy(source, source.matches("form") ? lastPressed : null);
});
on("htmx:finally:request", ({ detail: { ctx } }) => markReady(ctx.sourceElement));

// No network: nothing is swapped, so say it, and say that the typing is still there.
const ALERT = "Pas de réseau. Votre saisie est gardée. Réessayez.";

function sayNoNetwork() {
  const message = document.createElement("p");
  message.textContent = ALERT;
  byId("alerts")?.replaceChildren(message);
}

on("htmx:error", sayNoNetwork);

on("submit", (event) => {
  if (navigator.onLine) return;
  event.preventDefault(); // the browser's own error page would lose what was typed
  event.stopImmediatePropagation();
  sayNoNetwork();
}, true);

on("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.response?.status < 400) byId("alerts")?.replaceChildren();
});

// After a refusal the summary takes the focus, and each of its lines opens the field it names.
document.querySelector(".error-summary[tabindex], [data-focus]")?.focus({ preventScroll: true });

on("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && byId(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    fold.open = true;
  }
  const input = field.matches("input, select, textarea") ? field : field.querySelector("input:not([type=hidden]), select, textarea");
  field.scrollIntoView({ block: "center" });
  (input ?? field).focus({ preventScroll: true });
});

// A toast leaves after eight seconds, unless it is touched or holds the focus. It is said once.
const TOAST_MS = 8000;
const NOTICES = ["note", "corrige", "retire", "suivi", "geste"];

function armToast(toast) {
  toast.removeAttribute("data-toast");
  let timer = 0;
  const stay = () => clearTimeout(timer);
  const leave = () => {
    stay();
    timer = setTimeout(() => {
      if (toast.matches(":hover") || toast.contains(document.activeElement)) leave();
      else toast.remove();
    }, TOAST_MS);
  };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", leave);
  leave();
  setTimeout(() => tell(toast.querySelector("span")?.textContent ?? ""), 300);
}

const armToasts = () => document.querySelectorAll("[data-toast]").forEach(armToast);
armToasts();
on("htmx:after:swap", armToasts);

const address = new URL(location.href);
if (document.querySelector(".toast") && NOTICES.some((name) => address.searchParams.has(name))) {
  NOTICES.forEach((name) => address.searchParams.delete(name));
  history.replaceState(history.state, "", address); // a reload must not say it again
}

// No answer is an answer: a second tap, or Space, empties a radio marked data-optional.
let wasChecked = null;

function emptyRadio(radio) {
  radio.checked = false;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

on("pointerdown", ({ target }) => {
  const input = target.closest?.("label[for]")?.control;
  wasChecked = input?.matches("[data-optional]") && input.checked ? input : null;
});

on("click", ({ target }) => {
  if (!wasChecked || target !== wasChecked) return;
  wasChecked = null;
  emptyRadio(target);
});

on("keydown", (event) => {
  const { target, key } = event;
  if (key !== " " || !target.matches?.("[data-optional]:checked")) return;
  event.preventDefault();
  emptyRadio(target);
});

// A pill shows what was chosen inside it, and closes. A typed duration replaces the usual ones.
on("change", ({ target }) => {
  if (target.dataset.clears) byId(target.dataset.clears).value = "";
  const pill = target.closest("details.pill");
  const words = pill?.querySelector("summary span");
  if (!words) return;
  if (target.type === "radio" && target.checked) {
    words.textContent = target.labels[0].textContent.trim();
    if (pill.querySelector("input:not([type=radio])")) return; // there is more to say in it
    pill.open = false;
    pill.querySelector("summary").focus({ preventScroll: true });
  } else if (target.type === "date" && target.value) {
    const day = new Date(`${target.value}T12:00`);
    const isToday = day.toDateString() === new Date().toDateString();
    words.textContent = isToday ? "Aujourd’hui" : day.toLocaleDateString("fr-FR", {
      weekday: "long", day: "numeric", month: "long",
    });
  }
});

// A date is asked only where « Autre date » is chosen.
function showDates() {
  for (const box of document.querySelectorAll(".if-date")) {
    box.hidden = !box.previousElementSibling.querySelector("[value=date]:checked");
  }
}
showDates();
on("change", showDates);
on("htmx:after:swap", showDates);

on("input", ({ target }) => {
  if (!target.id || !target.value) return;
  for (const radio of document.querySelectorAll(`input[data-clears="${CSS.escape(target.id)}"]`)) {
    radio.checked = false;
  }
});

// Filters apply at once; without script, their button does.
on("change", ({ target }) => {
  target.closest("form[data-autosubmit]")?.requestSubmit();
});

// An address says what was asked, and nothing of what was not.
on("formdata", ({ target, formData }) => {
  if (target.method !== "get") return;
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

// The length of a text is told from four fifths of its limit on.
const NEAR = 0.8;

on("input", ({ target }) => {
  const limit = Number(target.dataset.counter);
  if (!limit) return;
  let said = target.parentElement.querySelector("[data-count]");
  if (!said) {
    said = document.createElement("p");
    said.className = "hint-text";
    said.dataset.count = "";
    said.setAttribute("role", "status");
    target.after(said);
  }
  said.textContent = target.value.length >= limit * NEAR ? `${target.value.length} caractères sur ${limit}` : "";
});

// − and + beside a number field; the new count is said.
function dimAtMinimum(stepper) {
  const input = stepper.querySelector("input");
  const less = stepper.querySelector("[data-step='-1']");
  less.setAttribute("aria-disabled", String(Number(input.value) <= Number(input.min)));
}

on("click", ({ target }) => {
  const button = target.closest("[data-step]");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  const stepper = button.closest("[data-stepper]");
  const input = stepper.querySelector("input");
  const next = Number(input.value) + Number(button.dataset.step);
  input.value = Math.min(Math.max(next, Number(input.min)), Number(input.max));
  input.dispatchEvent(new Event("change", { bubbles: true }));
  dimAtMinimum(stepper);
  tell(`${input.getAttribute("aria-label")} : ${input.value}`);
});

document.querySelectorAll("[data-stepper]").forEach(dimAtMinimum);

// Search and choose (ARIA 1.2): the focus stays in the field, the arrows walkOptions through the list.
const listOf = (input) => byId(input.getAttribute("aria-controls"));
const optionsOf = (list) => [...list.querySelectorAll("[role=option]")];

function activateOption(input, option) {
  const list = listOf(input);
  for (const one of list.querySelectorAll("[aria-selected]")) one.removeAttribute("aria-selected");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.id ||= `${list.id}-${optionsOf(list).indexOf(option)}`;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

function closeList(input) {
  activateOption(input, null);
  listOf(input).replaceChildren();
  input.setAttribute("aria-expanded", "false");
}

function walkOptions(input, step) {
  const options = optionsOf(listOf(input));
  const at = options.findIndex((one) => one.hasAttribute("aria-selected"));
  const next = at < 0 && step < 0 ? options.length - 1 : (at + step + options.length) % options.length;
  if (options.length) activateOption(input, options[next]);
}

on("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("input[role=combobox]") || event.isComposing || event.ctrlKey) return;
  const list = listOf(input);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    walkOptions(input, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault(); // Enter in a search chooses, it never saves
    (list.querySelector("[aria-selected]") ?? optionsOf(list)[0])?.click();
  } else if (event.key === "Escape" && list.children.length) {
    event.preventDefault();
    event.stopImmediatePropagation();
    closeList(input);
  }
});

on("focusin", ({ target }) => {
  if (!target.matches?.("input[role=combobox]")) return;
  target.setAttribute("aria-autocomplete", "list");
  listOf(target)?.setAttribute("role", "listbox");
  if (!listOf(target)?.hasAttribute("aria-label")) listOf(target)?.setAttribute("aria-label", "Résultats");
});

on("htmx:after:swap", ({ detail: { ctx } }) => {
  const input = ctx.sourceElement;
  if (!input?.matches?.("input[role=combobox]") || !listOf(input)) return;
  const count = optionsOf(listOf(input)).length;
  input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-expanded", String(count > 0));
  const words = count > 1 ? `${count} résultats` : count ? "1 résultat" : listOf(input).textContent.trim();
  tell(words);
});

// Ctrl+Enter saves, Alt+N notes, a digit chooses in a group; a stray Enter never saves half a note.
const save = (form) => form?.requestSubmit(form.querySelector("button.primary"));

on("keydown", (event) => {
  const { target, key } = event;
  if (!target.matches) return;
  if (event.ctrlKey && key === "Enter") {
    event.preventDefault();
    save(target.closest("form[data-save]") ?? document.querySelector("form[data-save]"));
  } else if (event.altKey && !event.ctrlKey && event.code === "KeyN") {
    const link = document.querySelector("a[data-note]");
    if (link) event.preventDefault();
    link?.click();
  } else if (key === "Enter" && target.matches("form[data-save] input:not([role=combobox])")) {
    event.preventDefault();
  } else if (/^[1-9]$/.test(key) && target.matches("input[type=radio]") && !event.altKey && !event.ctrlKey) {
    const group = document.getElementsByName(target.name);
    const one = [...group].filter((radio) => radio.form === target.form)[Number(key) - 1];
    one?.focus();
    if (one && !one.checked) one.click();
  }
});

// Menus close with Escape, which gives the focus back, or with a tap elsewhere.
const OPEN_MENU = "details[data-menu][open], details.pill[open]";

on("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.(OPEN_MENU) ?? document.querySelector(OPEN_MENU);
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

on("pointerdown", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN_MENU)) {
    if (!menu.contains(target)) menu.open = false;
  }
});

on("toggle", ({ target }) => {
  if (!target.open || !target.matches("details[data-menu]")) return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== target) menu.open = false;
  }
}, true);

// htmx only where a page uses it and the browser can run it: it is written for Chrome 86,
// Firefox 90 and Safari 15; older ones lack one of these.
const script = document.querySelector("script[data-htmx]");
const isWanted = document.querySelector("[hx-get], [hx-post], [hx-delete], [data-card]");
if (isWanted && "AbortController" in window && "replaceChildren" in Element.prototype) {
  const htmx = document.createElement("script");
  htmx.src = script.dataset.htmx;
  document.head.append(htmx);
}
