// Editing a value where it stands. The server sends the editor into [data-cell] and later the
// cell with its new value; here Enter saves, Esc gives up, Tab saves and edits the next cell.
import htmx from "htmx.org";
import { on } from "./dom.js";
import { isDirty } from "./forms.js";

const editor = "[data-cell] form";
let tabbed = null; // {from, to}: ids of the cell being saved and of the one to edit next

on("keydown", "[data-cell]", (event, cell) => {
  if (event.target === cell && event.key === "Enter") htmx.trigger(cell, "edit");
});

on("keydown", editor, (event, form) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape") giveUp(form);
  else if (event.key === "Enter" && event.target.matches("input, select")) form.requestSubmit();
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
  const cell = form.closest("[data-cell]");
  const cells = [...document.querySelectorAll("[data-cell]")];
  const next = cells[cells.indexOf(cell) + step];
  tabbed = next && { from: cell.id, to: next.id };
  if (isDirty(form)) form.requestSubmit();
  else giveUp(form);
}

document.addEventListener("htmx:after:settle", ({ target }) => {
  if (!target.matches?.("[data-cell]") || target.querySelector("form")) return;
  if (document.activeElement === document.body) target.closest("[data-row]")?.focus({ preventScroll: true });
  if (target.id !== tabbed?.from) return;
  const next = document.getElementById(tabbed.to);
  tabbed = null;
  if (next) htmx.trigger(next, "edit");
});
