// The command palette: htmx fetches the results, the arrows walk them, Enter opens.
import { active, activate, options, walk } from "./listbox.js";

document.addEventListener("htmx:after:settle", ({ target }) => {
  if (target.id === "palette-results") activate(field(), target, options(target)[0]);
});

document.addEventListener("keydown", (event) => {
  if (event.target !== field() || event.isComposing) return;
  const results = document.getElementById("palette-results");
  if (walk(event, field(), results) || event.key !== "Enter") return;
  event.preventDefault();
  open(active(results), event.ctrlKey || event.metaKey);
});

function open(option, inNewTab) {
  if (!option) return;
  if (inNewTab && option.href) window.open(option.href);
  else option.click();
}

// A command in the palette opens its form in #dialog, which must not lie behind the palette.
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("#palette-results [role=option]")) document.getElementById("palette").close();
});

function field() {
  return document.getElementById("palette-field");
}
