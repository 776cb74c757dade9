// What only lists have: conditions that open in the filter, groups that fold, columns that are moved.
import Sortable from "sortablejs";
import { on, whenAdded } from "./dom.js";

// A condition's words fetch its form into the popover they name, which must open for it.
on("click", "[data-opens]", (event, link) => {
  document.getElementById(link.dataset.opens).showPopover();
});

// A group fetches its rows once; from then on its head folds and unfolds them.
document.addEventListener(
  "click",
  (event) => {
    const group = event.target.closest?.("[data-group] > .sub")?.parentElement;
    if (!group || event.ctrlKey || event.metaKey) return;
    const link = group.querySelector("[data-open]");
    if (group.rows.length === 1) {
      if (!link.contains(event.target)) link.click();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    group.toggleAttribute("data-folded");
  },
  true,
);

whenAdded("[data-order]", (list) => {
  if (!Sortable.get(list)) Sortable.create(list, { draggable: "[data-order-item]", handle: ".grip", animation: 120 });
});

on("keydown", "[data-order-item]", (event, item) => {
  const way = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
  const other = way && event.altKey && item[way];
  if (!other?.matches("[data-order-item]")) return;
  event.preventDefault();
  const { activeElement } = document;
  if (event.key === "ArrowUp") other.before(item);
  else other.after(item);
  activeElement.focus();
});
