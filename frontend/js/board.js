// Moving cards between the columns of a board, by hand or with Alt and the arrows. Either way
// the card goes at once, the server is asked, and the card goes back if it says no.
// A column is [data-board-column="<stage id>"], a card [data-card] in it with a tabindex; one that
// may be moved has data-move-url. Moved by the pointer, it keeps its place in the column; by the
// keys, it comes first. Whatever moved it, a dialog too, the server then draws the heads of the
// columns and the card anew: [data-board] says where to ask for them. The card tells the version that
// was seen, so that a move is refused where somebody else moved it first; every move can be undone.
// data-barred of a column tells to which stages no card may go from there, and why: those columns are
// [data-bar] while a card is held.
import htmx from "htmx.org";
import Sortable from "sortablejs";
import { on, whenAdded } from "./dom.js";
import { post } from "./requests.js";

whenAdded("[data-board-column]", (column) => {
  if (Sortable.get(column)) return;
  let home;
  Sortable.create(column, {
    group: "board",
    draggable: "[data-move-url]",
    ghostClass: "drop",
    dragClass: "dragged",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
    delay: 200, // a finger must be able to scroll
    delayOnTouchOnly: true,
    onStart: ({ item, from }) => {
      home = placeOf(item);
      showBars(from);
    },
    onMove: ({ from, to }) => from === to || !barred(from, to),
    onEnd: ({ item, from, to }) => {
      showBars(null);
      if (from !== to) move(item, to, home);
    },
  });
});

on("keydown", "[data-card]", (event, card) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey) return;
  const column = neighbour(card, step);
  if (!column) return;
  event.preventDefault();
  if (event.altKey) card.dataset.moveUrl && !card.ariaBusy && carry(card, column);
  else column.querySelector("[data-card]")?.focus();
});

function neighbour(card, step) {
  const columns = [...document.querySelectorAll("[data-board-column]")];
  return columns[columns.indexOf(card.closest("[data-board-column]")) + step];
}

function barred(from, to) {
  return JSON.parse(from.dataset.barred || "{}")[to.dataset.boardColumn];
}

// Says in every column that is out of reach why it is; no card is held: takes that away.
function showBars(from) {
  for (const column of document.querySelectorAll("[data-board-column]")) {
    const why = from && column !== from && barred(from, column);
    if (why) column.dataset.bar = why;
    else delete column.dataset.bar;
  }
}

function say(text) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "warn", text } }));
}

async function carry(card, column) {
  const why = barred(card.parentElement, column);
  if (why) return say(why);
  const home = placeOf(card);
  column.prepend(card);
  card.focus();
  await move(card, column, home);
}

let moved = null; // the card that was moved last

async function move(card, column, home) {
  moved = card;
  card.setAttribute("aria-busy", "true");
  const { moveUrl, version } = card.dataset;
  const done = await post(card, moveUrl, { stage: column.dataset.boardColumn, version });
  card.removeAttribute("aria-busy");
  if (done) card.dataset.version = Number(version) + 1; // whoever moves it on before it is drawn anew has seen this move
  if (done || !card.isConnected) return;
  home.column.insertBefore(card, home.before?.parentElement === home.column ? home.before : null);
  card.focus({ preventScroll: true });
}

// The server says so after every change; only a move, or what takes it back, brings a card to
// another column. Where the card lies now, it says itself.
document.addEventListener("changed", async () => {
  const board = document.querySelector("[data-board]");
  if (!board || !moved) return;
  const wasShown = moved.isConnected;
  const next = moved.nextElementSibling ?? moved.previousElementSibling;
  const values = { card: moved.id.replace("card-", "") };
  await htmx.ajax("GET", board.dataset.headsUrl, { source: board, values, swap: "none" });
  const card = document.getElementById(moved.id);
  if (card) settle(card);
  else if (!wasShown) location.reload(); // it comes back from a stage whose cards are folded away
  if (document.activeElement === document.body) (card ?? next)?.focus();
});

function settle(card) {
  moved = card;
  const column = document.querySelector(`[data-board-column="${card.dataset.stage}"]`);
  if (column && card.parentElement !== column) column.prepend(card);
}

function placeOf(card) {
  return { column: card.parentElement, before: card.nextElementSibling };
}
