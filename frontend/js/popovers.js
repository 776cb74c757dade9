// Puts a popover beside the control that opens it: below or above, flush with the nearer edge.
import { isTyping, on } from "./dom.js";

/** Places an open or opening popover by its anchor, where there is more room. */
export function place(popover, anchor) {
  const { top, bottom, left, right, width } = anchor.getBoundingClientRect();
  const gap = 4;
  const above = top > innerHeight * 0.6;
  const fromRight = left + width / 2 > innerWidth / 2;
  Object.assign(popover.style, {
    top: above ? "auto" : `${bottom + gap}px`,
    bottom: above ? `${innerHeight - top + gap}px` : "auto",
    left: fromRight ? "auto" : `${Math.max(left, 8)}px`,
    right: fromRight ? `${Math.max(innerWidth - right, 8)}px` : "auto",
    maxHeight: `${(above ? top : innerHeight - bottom) - 12}px`,
  });
}

document.addEventListener(
  "beforetoggle",
  ({ target, newState }) => {
    const opener = document.querySelector(`[popovertarget="${CSS.escape(target.id)}"]`);
    if (newState === "open" && opener && target.matches(".menu, .pop")) place(target, opener);
  },
  true,
);

// A menu closes when one of its items has been chosen; check boxes in it may be set in a row.
on("click", "[popover].menu :is(a, button).item", (event, item) => {
  item.closest("[popover]").hidePopover();
});

// The arrows walk through an open menu, from its opener into it.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const menu = step && document.querySelector(".menu[popover]:popover-open");
  if (!menu || event.defaultPrevented || isTyping(event)) return;
  const items = [...menu.querySelectorAll(":is(a, button).item")];
  const here = items.indexOf(document.activeElement);
  items.at(here < 0 ? step > 0 ? 0 : -1 : (here + step) % items.length)?.focus();
  event.preventDefault();
});
