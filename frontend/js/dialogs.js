// The page has one dialog for what the server sends. A response swapped into #dialog opens
// it, an empty one closes it, and closing empties it: what is in it says whether it is open.
// Forms in it mark themselves data-guard if leaving them should be asked about.
import { ask } from "./confirm.js";
import { on } from "./dom.js";
import { isDirty } from "./forms.js";

let openerId = "";

document.addEventListener("htmx:after:settle", ({ target }) => {
  if (target.id !== "dialog") return;
  if (target.childElementCount === 0) target.close();
  else if (!target.open) open(target);
});

function open(dialog) {
  openerId = document.activeElement?.id ?? "";
  dialog.showModal();
}

// Neither "close" nor "cancel" bubbles, but both can be caught on the way down.
document.addEventListener(
  "close",
  ({ target }) => {
    if (target.id !== "dialog") return;
    target.replaceChildren();
    // The browser gives the focus back to the opener unless a swap has replaced it meanwhile.
    if (document.activeElement === document.body) document.getElementById(openerId)?.focus();
  },
  true,
);

document.addEventListener(
  "cancel",
  (event) => {
    if (!hasUnsaved(event.target)) return;
    event.preventDefault();
    leave(event.target);
  },
  true,
);

on("click", "dialog [data-close]", (event, button) => {
  event.preventDefault();
  leave(button.closest("dialog"));
});

async function leave(dialog) {
  if (!hasUnsaved(dialog) || (await ask(dialog.dataset.unsaved))) dialog.close();
}

function hasUnsaved(dialog) {
  return [...(dialog.querySelectorAll?.("form[data-guard]") ?? [])].some(isDirty);
}

// Browsers before commandfor (Chromium 135, Safari 26.2, Firefox 144).
if (!("command" in HTMLButtonElement.prototype)) {
  on("click", "button[commandfor]", (event, button) => {
    const dialog = document.getElementById(button.getAttribute("commandfor"));
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  });
}
