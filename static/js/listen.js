// Reads a question and its answers aloud, with a voice of the tablet itself: nothing is sent.
const button = document.querySelector("[data-listen]");
const speech = window.speechSynthesis;

function voice() {
  return speech.getVoices().find((one) => one.localService && one.lang.startsWith("fr"));
}

function offer() {
  button.hidden = !voice();
}

if (button && speech) {
  offer();
  speech.addEventListener("voiceschanged", offer);
  button.addEventListener("click", () => {
    const said = new SpeechSynthesisUtterance(
      [...document.querySelectorAll("h1, .answer > span:last-child")].map((one) => one.textContent.trim()).join(" "),
    );
    said.voice = voice();
    said.lang = said.voice.lang;
    speech.cancel();
    speech.speak(said);
  });
  addEventListener("pagehide", () => speech.cancel());
}
