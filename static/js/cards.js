// Noter: what is chosen opens its card; taking it away closes it. Choosing never loses the focus.
const cards = () => document.getElementById("cards");
const cardOf = (choice) => cards()?.querySelector(`[data-choice="${CSS.escape(choice)}"]`);

function refresh() {
  const hint = document.querySelector("[data-no-card]");
  if (hint) hint.hidden = cards().children.length > 0;
}

document.addEventListener("change", (event) => {
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
  if (!list) return;
  const input = document.querySelector(`[aria-controls="${list.id}"]`);
  list.replaceChildren();
  input.value = "";
  input.setAttribute("aria-expanded", "false");
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const source = ctx.sourceElement;
  const target = ctx.target instanceof Element ? ctx.target : document.querySelector(ctx.target);
  if (target?.id === "cards") {
    refresh();
    const card = target.lastElementChild;
    if (source.matches("[data-picks]")) {
      closeResults(source);
      card?.querySelector("input:not([type=hidden])")?.focus({ preventScroll: true });
    }
    if (card && card.getBoundingClientRect().top > innerHeight - 200) {
      card.scrollIntoView({ block: "start" });
    }
  }
  if (target?.id === "person" && source.name === "pick_person") {
    document.getElementById("f-q")?.focus({ preventScroll: true });
  }
  if (target?.matches(".results")) {
    source.setAttribute("aria-expanded", String(target.children.length > 0));
  }
});
