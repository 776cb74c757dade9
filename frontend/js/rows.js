// Walking through rows and cards with the keys. The current row is the focused one, so it is
// the browser that remembers it. A row is [data-row] with a tabindex; its main link is
// [data-open]; the links to the neighbouring pages are [rel=prev] and [rel=next].
import { edit } from "./cells.js";
import { isTyping } from "./dom.js";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog:modal")) return;
  const row = event.target.closest?.("[data-row]");
  if (perform(event.key, row, event.target)) event.preventDefault();
});

function perform(key, row, target) {
  switch (key) {
    case "j":
      return go(row, 1);
    case "k":
      return go(row, -1);
    case "ArrowDown":
      return row && go(row, 1);
    case "ArrowUp":
      return row && go(row, -1);
    case "x":
      return click(row?.querySelector("[data-select]"));
    case "b":
      return focus(document.querySelector("[data-bulk]:not([hidden]) button"));
    case "e":
      return editFirst(row?.querySelector("[data-cell]"));
    case "Enter":
      return target === row && click(row?.querySelector("[data-open]"));
  }
}

function go(row, step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const next = row ? rows[rows.indexOf(row) + step] : rows.at(step > 0 ? 0 : -1);
  if (!next) return click(document.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]"));
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function click(control) {
  control?.click();
  return Boolean(control);
}

function focus(control) {
  control?.focus();
  return Boolean(control);
}

function editFirst(cell) {
  if (cell) edit(cell);
  return Boolean(cell);
}
