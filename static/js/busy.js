// A second tap on « Enregistrer » sends nothing: the form says it is busy, and keeps the focus.
const sending = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post")) return; // hx-sync drops it there
  if (sending.has(form)) {
    event.preventDefault();
    return;
  }
  sending.add(form);
  form.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    sending.delete(form);
  }
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  ctx.sourceElement.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  ctx.sourceElement.removeAttribute("aria-busy");
});
