// Editing a value where it stands. [data-cell] names the address of its editor, which the server
// sends into it, and later the new value. A double click, F2 or E opens the editor in a list, a
// click or Enter among facts; in it Enter saves, Esc gives up, Tab saves and edits the next cell.
import { isTyping, on } from "./dom.js";
import { isDirty } from "./forms.js";
import { fill } from "./requests.js";

const editor = "[data-cell] > form.edit";
let next = null; // the cell to edit once the present one is saved

/** Opens the editor of a cell. */
export function edit(cell) {
  if (cell.querySelector("form")) return;
  fill(cell, cell, cell.dataset.cell, {});
}

on("dblclick", "td[data-cell]", (event, cell) => {
  getSelection().removeAllRanges();
  edit(cell);
});

on("click", "[data-cell]:not(td)", (event, cell) => {
  if (!event.target.closest("a, button, form") && getSelection().isCollapsed) edit(cell);
});

on("keydown", "[data-cell]", (event, cell) => {
  if (event.target !== cell || (event.key !== "Enter" && event.key !== "F2")) return;
  event.preventDefault();
  edit(cell);
});

on("keydown", "[data-row]", (event, row) => {
  if (event.key !== "F2" || isTyping(event)) return;
  const cell = event.target.closest("[data-cell]") ?? row.querySelector("[data-cell]");
  if (cell) edit(cell);
});

on("keydown", editor, (event, form) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape") giveUp(form);
  else if (event.key === "Enter" && event.target.matches("input:not([type=file]), select")) form.requestSubmit();
  else if (event.key === "Tab") saveAndStep(form, event.shiftKey ? -1 : 1);
  else return;
  event.preventDefault();
});

// Leaving an editor in which nothing was typed gives it up; typed text stays until it is saved.
on("focusout", editor, ({ relatedTarget }, form) => {
  if (form.contains(relatedTarget) || !document.hasFocus()) return;
  queueMicrotask(() => form.isConnected && !isDirty(form) && !form.matches(".htmx-request") && giveUp(form));
});

function giveUp(form) {
  form.querySelector("[data-cancel]").click();
}

function saveAndStep(form, step) {
  const cells = [...document.querySelectorAll("[data-cell]")];
  next = cells[cells.indexOf(form.closest("[data-cell]")) + step];
  if (isDirty(form)) form.requestSubmit();
  else giveUp(form);
}

document.addEventListener("htmx:after:settle", ({ target }) => {
  if (!target.matches?.("[data-cell]")) return;
  const control = target.querySelector("form [autofocus]") ?? target.querySelector("form :is(input:not([type=hidden]), select, textarea)");
  if (control) return open(control);
  if (document.activeElement === document.body) (target.closest("[data-row]") ?? target).focus({ preventScroll: true });
  if (next?.isConnected) edit(next);
  next = null;
});

// What stood in the cell is ready to be typed over.
function open(control) {
  next = null;
  control.focus();
  control.select?.();
}
