// Sheets of the settings: rows are put in order by hand or with Alt and the arrows, and a colour
// that is chosen shows at once. The order is the order in which the rows are sent; nothing is
// sent before the form is saved. A row is [data-line] in [data-reorder], taken by [data-grip].
import Sortable from "sortablejs";
import { on, whenAdded } from "./dom.js";

whenAdded("[data-reorder]", (rows) => {
  if (Sortable.get(rows)) return;
  Sortable.create(rows, { draggable: "[data-line]", handle: "[data-grip]", animation: 120, onEnd: () => touch(rows) });
});

on("keydown", "[data-reorder] [data-line]", (event, row) => {
  const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
  if (!step || !event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const other = row[step];
  if (!other) return;
  const focused = document.activeElement;
  if (event.key === "ArrowUp") other.before(row);
  else other.after(row);
  focused.focus();
  touch(row);
});

on("change", "[data-swatches] input", (event, input) => {
  const swatches = input.closest("[data-swatches]");
  document.querySelector(`[popovertarget="${CSS.escape(swatches.id)}"]`).dataset.tone = input.value;
});

// A changed order is unsaved input like any other.
function touch(row) {
  row.closest("form").dataset.dirty = "";
}
