// Loads htmx where the browser can run it, then the small behaviours. Without them, forms post.
import "./busy.js";
import "./cards.js";
import "./choices.js";
import "./keyboard.js";
import "./menus.js";
import "./network.js";
import "./toast.js";

document.documentElement.classList.add("js");

const source = document.querySelector("script[data-htmx]");
if (source && "AbortController" in window && "fetch" in window) {
  const script = document.createElement("script");
  script.src = source.dataset.htmx;
  document.head.append(script);
}
