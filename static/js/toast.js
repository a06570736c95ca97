// A toast leaves after eight seconds, unless it is touched or holds the focus.
const DELAY_MS = 8000;

for (const toast of document.querySelectorAll("[data-toast]")) {
  let timer = setTimeout(() => toast.remove(), DELAY_MS);
  const stay = () => clearTimeout(timer);
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), DELAY_MS);
  };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusout", leave);
}

const address = new URL(location.href);
if (["note", "corrige", "retire", "suivi"].some((name) => address.searchParams.has(name))) {
  for (const name of ["note", "corrige", "retire", "suivi"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address); // a reload must not say it again
}
