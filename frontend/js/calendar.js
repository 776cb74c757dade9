// Moving the entries of the calendar to another day, by hand or with Alt and the arrows left and right; Alt and up or
// down makes them half an hour earlier or later. A day is [data-day="2026-03-18"], an entry in it that may be moved has
// data-move-url, where its moment is changed as by its form, and in data-moves what that field is called.
// The entry tells the version that was seen; where the server says no, it goes back. Until the calendar is drawn anew,
// an entry that was moved is busy and stays where it is.
import Sortable from "sortablejs";
import { on, whenAdded } from "./dom.js";
import { post } from "./requests.js";

const STEP = 30; // minutes

whenAdded("[data-day]", (day) => {
  if (Sortable.get(day)) return;
  let home;
  Sortable.create(day, {
    group: "calendar",
    draggable: "[data-move-url]:not([aria-busy])",
    sort: false,
    ghostClass: "drop",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
    delay: 200, // a finger must be able to scroll
    delayOnTouchOnly: true,
    onStart: ({ item }) => (home = { day, before: item.nextElementSibling }),
    onEnd: ({ item, from, to }) => from !== to && move(item, to, item.dataset.clock, home),
  });
});

on("keydown", "[data-day] [data-move-url]:not([aria-busy])", (event, entry) => {
  const days = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const minutes = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
  if (!event.altKey || event.ctrlKey || event.metaKey || !(days || minutes)) return;
  event.preventDefault();
  const home = { day: entry.parentElement, before: entry.nextElementSibling };
  const all = [...document.querySelectorAll("[data-day]")];
  const day = all[all.indexOf(home.day) + (days ?? 0)];
  const clock = minutes ? shifted(entry.dataset.clock, minutes) : entry.dataset.clock;
  if (!day || (minutes && !clock)) return;
  if (day !== home.day) day.append(entry);
  entry.focus();
  move(entry, day, clock, home);
});

// "09:30" and 30 are "10:00"; "" for what takes the whole day, or would come to another one.
function shifted(clock, minutes) {
  if (!clock) return "";
  const [hour, minute] = clock.split(":").map(Number);
  const sum = hour * 60 + minute + minutes;
  if (sum < 0 || sum >= 24 * 60) return "";
  return [Math.floor(sum / 60), sum % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

async function move(entry, day, clock, home) {
  entry.setAttribute("aria-busy", "true");
  const { moveUrl, moves, version } = entry.dataset;
  const done = await post(entry, moveUrl, { [moves]: `${day.dataset.day} ${clock}`.trim(), version });
  if (done || !entry.isConnected) return;
  entry.removeAttribute("aria-busy");
  home.day.insertBefore(entry, home.before?.parentElement === home.day ? home.before : null);
  entry.focus({ preventScroll: true });
}
