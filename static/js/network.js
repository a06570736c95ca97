// A failed request swaps nothing: say so, and say that the typing is still there.
const ALERT = "Pas de réseau pour le moment. Votre saisie est gardée. Réessayez dans un instant.";

document.addEventListener("htmx:error", () => {
  const alerts = document.getElementById("alerts");
  if (!alerts) return;
  const message = document.createElement("p");
  message.textContent = ALERT;
  alerts.replaceChildren(message);
  message.scrollIntoView({ block: "center" });
});
