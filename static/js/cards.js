// Noter: what is chosen opens its card; taking it away closes it. Choosing never loses the focus.
const cards = () => document.getElementById("cards");
const cardOf = (choice) => cards()?.querySelector(`[data-choice="${CSS.escape(choice)}"]`);

function refresh() {
  const hint = document.querySelector("[data-no-card]");
  if (hint) hint.hidden = cards().children.length > 0;
}

// What is typed is kept on the server as one goes, until it is saved.
const KEEP_AFTER_MS = 1500;
let keeping = 0;

function keep() {
  const form = document.querySelector("form[data-keep]");
  clearTimeout(keeping);
  if (form && keeping) navigator.sendBeacon("/activites/brouillons", new FormData(form));
  keeping = 0;
}

for (const type of ["change", "input"]) {
  document.addEventListener(type, ({ target }) => {
    if (!target.closest("form[data-keep]")) return;
    clearTimeout(keeping);
    keeping = setTimeout(keep, KEEP_AFTER_MS);
  });
}
document.addEventListener("submit", () => { clearTimeout(keeping); keeping = 0; });
addEventListener("pagehide", keep);

const FIRST_FIELD = { "who-resident": "f-person_q", "who-new": "f-given_name" };

document.addEventListener("change", (event) => {
  const first = FIRST_FIELD[event.target.id];
  if (first) document.getElementById(first)?.focus({ preventScroll: true });
  const choice = event.target.dataset.card;
  if (!choice || !cards()) return;
  if (!event.target.checked) {
    cardOf(choice)?.remove();
    refresh();
  } else if (!cardOf(choice)) {
    window.htmx.ajax("GET", `/activites/nouvelle/carte?choix=${encodeURIComponent(choice)}`, {
      target: "#cards", swap: "beforeend",
    });
  }
});

document.addEventListener("click", (event) => {
  const maker = event.target.closest("[data-new-person]");
  if (maker) {
    const typed = maker.dataset.newPerson.trim().split(/\s+/);
    document.getElementById("f-given_name").value ||= typed.shift();
    document.getElementById("f-family_name").value ||= typed.join(" ");
    event.preventDefault();
    document.getElementById("who-new").click();
  }
  const drop = event.target.closest("[data-drop]");
  if (drop) {
    const card = drop.closest("[data-choice]");
    for (const chip of document.querySelectorAll(`[data-card="${CSS.escape(card.dataset.choice)}"]`)) {
      chip.checked = false;
    }
    card.remove();
    refresh();
    document.getElementById("f-q")?.focus();
  }
  if (event.target.closest(".open-follow-up")) {
    const panel = document.getElementById("follow-up");
    panel.open = true;
    panel.scrollIntoView({ block: "center" });
    panel.querySelector("input").focus();
  }
  const pick = event.target.closest("[data-picks]");
  if (pick && cardOf(pick.dataset.picks)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    closeResults(pick);
  }
}, true);

function closeResults(inside) {
  const list = inside.closest(".results");
  const input = document.querySelector(`[aria-controls="${list.id}"]`);
  list.replaceChildren();
  input.value = "";
  input.setAttribute("aria-expanded", "false");
}

// Once swapped away, the button that was tapped is no longer there to be asked: remember it.
let picked = null;
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  picked = ctx.sourceElement?.closest?.(".results") ?? null;
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const target = ctx.target instanceof Element ? ctx.target : document.querySelector(ctx.target);
  if (target?.id === "cards") {
    refresh();
    const card = target.lastElementChild;
    if (picked) {
      closeResults(picked);
      card?.querySelector("input:not([type=hidden])")?.focus({ preventScroll: true });
    }
    if (card && card.getBoundingClientRect().top > innerHeight - 200) {
      card.scrollIntoView({ block: "start" });
    }
  }
  if (target?.id === "person") {
    const chosen = target.querySelector("input[name=resident_id]");
    document.getElementById(chosen ? "f-q" : "f-person_q")?.focus({ preventScroll: true });
  }
  if (target?.matches(".results")) {
    const input = document.querySelector(`[aria-controls="${target.id}"]`);
    input.setAttribute("aria-expanded", String(target.children.length > 0));
    const bar = document.querySelector(".save-bar").getBoundingClientRect().top;
    if (target.getBoundingClientRect().bottom > bar) input.scrollIntoView({ block: "start" });
  }
});
