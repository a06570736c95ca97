// Menus close with Escape or a tap elsewhere, and give the focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open], details.pill[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open], details.pill[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
