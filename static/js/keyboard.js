// Lists of results by the arrows, digits in a group of choices, Ctrl+Enter to save, Alt+N to note.
function move(input, list, step) {
  const options = [...list.querySelectorAll("[role=option]")];
  if (!options.length) return;
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  options[at]?.removeAttribute("aria-selected");
  const next = options[(at + step + options.length) % options.length];
  next.id ||= `option-${Math.random().toString(36).slice(2)}`;
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", next.id);
}

function inCombobox(event, input) {
  const list = document.getElementById(input.getAttribute("aria-controls"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(input, list, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault(); // Enter in a search never saves
    const option = list.querySelector("[aria-selected=true]") ?? list.querySelector("[role=option]");
    option?.click();
  } else if (event.key === "Escape" && list.children.length) {
    event.preventDefault();
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
  }
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey && event.key === "Enter") {
    const form = target.closest("form[data-save]");
    form?.requestSubmit(form.querySelector("button.primary"));
  } else if (event.altKey && event.key.toLowerCase() === "n") {
    event.preventDefault();
    document.querySelector("[data-note]")?.click();
  } else if (target.matches?.("input[role=combobox]")) {
    inCombobox(event, target);
  } else if (target.matches?.("input[type=radio]") && /^[1-9]$/.test(event.key)) {
    const group = [...target.form.elements].filter((one) => one.name === target.name);
    group[Number(event.key) - 1]?.click();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("form[data-save] input:not([role=combobox])")) {
    event.preventDefault(); // a stray Enter in a field does not save half a note
  }
});
