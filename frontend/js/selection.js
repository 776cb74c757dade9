// Choosing rows for a bulk command. The check boxes are the selection; the bar only counts
// them. Shift chooses all the boxes between the last one pressed and this one.
import { isTyping, on } from "./dom.js";

let last = null;

const boxes = () => [...document.querySelectorAll("[data-select]")];

on("click", "[data-select]", (event, box) => {
  if (event.shiftKey && last?.isConnected) {
    between(last, box).forEach((other) => (other.checked = box.checked));
  }
  last = box;
  show();
});

on("change", "[data-select-all]", (event, all) => choose(all.checked));
on("click", "[data-select-none]", () => choose(false));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || isTyping(event)) return;
  if (document.querySelector("dialog:modal, [popover]:not(.toasts):popover-open")) return;
  const chosen = boxes().find((box) => box.checked);
  if (!chosen) return;
  if (event.target.closest?.("[data-bulk]")) chosen.closest("[data-row]")?.focus(); // the bar goes away
  choose(false);
});

document.addEventListener("htmx:after:settle", show);
addEventListener("pageshow", show); // the browser brings checked boxes back with the page

function between(one, other) {
  const all = boxes();
  const [from, to] = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
  return all.slice(from, to + 1);
}

function choose(checked) {
  boxes().forEach((box) => (box.checked = checked));
  show();
}

function show() {
  const all = boxes();
  const chosen = all.filter((box) => box.checked);
  all.forEach((box) => box.closest("[data-row]")?.setAttribute("aria-selected", box.checked));
  document.querySelectorAll("[data-select-all]").forEach((box) => {
    box.checked = chosen.length > 0 && chosen.length === all.length;
    box.indeterminate = chosen.length > 0 && chosen.length < all.length;
  });
  document.querySelectorAll("[data-bulk]").forEach((bar) => {
    bar.hidden = chosen.length === 0;
    const count = bar.querySelector("[data-count]");
    count.textContent = count.dataset.count.replace("{n}", chosen.length);
  });
}
