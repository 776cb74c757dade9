// Moving cards between the columns of a board, by hand or with Alt and the arrows. Either way
// the card goes at once, the server is asked, and the card goes back if it says no.
// A column is [data-board-column="<stage id>"], a card [data-card][data-move-url] in it with a
// tabindex. Moved by the pointer, it keeps its place in the column; by the keys, it comes first.
import Sortable from "sortablejs";
import { on, whenAdded } from "./dom.js";
import { post } from "./requests.js";

whenAdded("[data-board-column]", (column) => {
  if (Sortable.get(column)) return;
  let home;
  Sortable.create(column, {
    group: "board",
    draggable: "[data-card]",
    ghostClass: "drop",
    dragClass: "dragged",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
    delay: 200, // a finger must be able to scroll
    delayOnTouchOnly: true,
    onStart: ({ item }) => (home = placeOf(item)),
    onEnd: ({ item, from, to }) => from !== to && move(item, to, home),
  });
});

on("keydown", "[data-card]", (event, card) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey) return;
  const column = neighbour(card, step);
  if (!column) return;
  event.preventDefault();
  if (event.altKey) carry(card, column);
  else column.querySelector("[data-card]")?.focus();
});

function neighbour(card, step) {
  const columns = [...document.querySelectorAll("[data-board-column]")];
  return columns[columns.indexOf(card.closest("[data-board-column]")) + step];
}

async function carry(card, column) {
  const home = placeOf(card);
  column.prepend(card);
  card.focus();
  await move(card, column, home);
}

async function move(card, column, home) {
  card.setAttribute("aria-busy", "true");
  const moved = await post(card, card.dataset.moveUrl, { stage: column.dataset.boardColumn });
  card.removeAttribute("aria-busy");
  if (moved || !card.isConnected) return;
  home.column.insertBefore(card, home.before?.parentElement === home.column ? home.before : null);
  card.focus({ preventScroll: true });
}

function placeOf(card) {
  return { column: card.parentElement, before: card.nextElementSibling };
}
