// Keys that press what is on the page. A control names its key in aria-keyshortcuts, which
// screen readers read out too: aria-keyshortcuts="N", "/", "?", "Control+K Meta+K".
// G and then a letter follows the link with that letter in data-goto.
import { isTyping } from "./dom.js";

const patience = 1500; // milliseconds between G and its letter
let goingSince = -Infinity;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (isTyping(event) && event.key === "Escape" && !topDialog()) return event.target.blur();
  const chord = chordOf(event);
  if (isTyping(event) && !chord.includes("+")) return;
  const control = going(event) ? linkTo(event.key) : boundTo(chord);
  goingSince = chord === "G" ? event.timeStamp : -Infinity;
  if (!control) return;
  event.preventDefault();
  press(control);
});

function chordOf({ key, ctrlKey, metaKey, altKey }) {
  const parts = [ctrlKey && "Control", metaKey && "Meta", altKey && "Alt"].filter(Boolean);
  return [...parts, key.length === 1 ? key.toUpperCase() : key].join("+");
}

function going(event) {
  return event.timeStamp - goingSince < patience && !event.ctrlKey && !event.metaKey;
}

function linkTo(letter) {
  return document.querySelector(`[data-goto="${CSS.escape(letter.toUpperCase())}"]`);
}

function boundTo(chord) {
  const scope = topDialog() ?? document;
  return [...scope.querySelectorAll("[aria-keyshortcuts]")].findLast(
    (control) => !control.disabled && control.ariaKeyShortcuts.split(" ").includes(chord),
  );
}

// While a dialog is open its page is out of reach, for keys as for the pointer.
function topDialog() {
  return [...document.querySelectorAll("dialog:modal")].at(-1);
}

function press(control) {
  const field = control.matches("input, textarea, select");
  // What the key opens gives the focus back when it closes: to a row that has it, or to this.
  if (field || document.activeElement === document.body) control.focus();
  if (field) control.select?.();
  else control.click();
}
