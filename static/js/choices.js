// Optional radios are emptied by a second tap; the pills of the form show what was chosen;
// filters apply at once.
let wasChecked = null;

document.addEventListener("pointerdown", (event) => {
  const label = event.target.closest("label[for]");
  const input = label && document.getElementById(label.htmlFor);
  wasChecked = input && input.matches("[data-optional]") && input.checked ? input : null;
});
document.addEventListener("click", (event) => {
  if (wasChecked && event.target === wasChecked) {
    wasChecked.checked = false;
    wasChecked.dispatchEvent(new Event("change", { bubbles: true }));
    wasChecked = null;
  }
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.dataset.clears) document.getElementById(input.dataset.clears).value = "";
  const pill = input.closest("details.pill");
  if (pill && input.type === "radio") {
    pill.querySelector("summary span").textContent = input.nextElementSibling.textContent.trim();
    pill.open = false;
  }
  if (pill && input.type === "date" && input.value) {
    const day = new Date(`${input.value}T12:00`);
    pill.querySelector("summary span").textContent = day.toLocaleDateString("fr-FR", {
      weekday: "short", day: "numeric", month: "short",
    });
  }
  const filters = input.closest("form[data-autosubmit]");
  if (filters) filters.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (event.target.id === "f-duration-other" && event.target.value) {
    for (const radio of document.querySelectorAll("input[data-clears=f-duration-other]")) {
      radio.checked = false;
    }
  }
  if (event.target.dataset.counter) count(event.target);
});

function count(area) {
  const limit = Number(area.dataset.counter);
  let said = area.parentElement.querySelector("[data-count]");
  if (!said) {
    said = document.createElement("p");
    said.className = "soft small";
    said.dataset.count = "";
    said.setAttribute("role", "status");
    area.after(said);
  }
  said.textContent = area.value.length >= limit * 0.8 ? `${area.value.length} caractères sur ${limit}` : "";
}
