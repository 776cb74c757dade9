// Naming colleagues in a text: after an @ those are offered who see the record that is written about.
// The field says with data-colleagues-url whom to ask, and with aria-controls where they are listed.
// What is chosen is put into the text and nothing else; the server reads it there.
import { on } from "./dom.js";
import { activate, active, options, walk } from "./listbox.js";
import { place } from "./popovers.js";
import { fill } from "./requests.js";

const pause = 150; // milliseconds without a key before the server is asked
const begun = /(?:^|[^\w.@])@([^\s@]{0,20})$/; // not the middle of a mail address
let wait;

const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const beforeCaret = (field) => field.value.slice(0, field.selectionStart);
const isOpen = (list) => list.matches(":popover-open");

on("input", "[data-colleagues-url]", (event, field) => {
  clearTimeout(wait);
  if (!event.isComposing) wait = setTimeout(() => offer(field), pause);
});
on("compositionend", "[data-colleagues-url]", (event, field) => {
  clearTimeout(wait);
  wait = setTimeout(() => offer(field), pause);
});
on("focusout", "[data-colleagues-url]", (event, field) => close(field));
on("keydown", "[data-colleagues-url]", (event, field) => {
  const list = listOf(field);
  if (event.isComposing || !isOpen(list) || walk(event, field, list)) return;
  if (event.key === "Escape") close(field);
  else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && active(list)) choose(field, active(list));
  else return;
  event.preventDefault();
  event.stopPropagation();
});

// Before the field loses the focus to the option, which would close the list.
on("mousedown", "[data-colleagues-url] + [role=listbox]", (event) => event.preventDefault());
on("click", "[data-colleagues-url] + [role=listbox] [role=option]", (event, option) => {
  choose(option.closest("[role=listbox]").previousElementSibling, option);
});

async function offer(field) {
  const list = listOf(field);
  const [, text] = begun.exec(beforeCaret(field)) ?? [];
  if (text === undefined) return close(field);
  await fill(field, list, field.dataset.colleaguesUrl, { q: text });
  if (document.activeElement !== field || begun.exec(beforeCaret(field))?.[1] !== text) return;
  if (options(list).length === 0) return close(field);
  if (!isOpen(list)) list.showPopover();
  place(list, field);
  Object.assign(list.style, { left: `${field.getBoundingClientRect().left}px`, right: "auto" });
  activate(field, list, options(list)[0]);
}

function choose(field, option) {
  const from = field.selectionStart - begun.exec(beforeCaret(field))[1].length;
  field.setRangeText(`${option.dataset.label} `, from, field.selectionStart, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  close(field);
}

function close(field) {
  clearTimeout(wait);
  const list = listOf(field);
  if (isOpen(list)) list.hidePopover();
  activate(field, list, null);
}
