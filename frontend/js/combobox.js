// A link picker: [data-combobox][data-options-url] around a hidden field with the id, a text
// field and an empty listbox. The options are what the server answers to ?q=<text>:
// elements with role=option, data-value (the id) and data-label (the text to show).
import { on } from "./dom.js";
import { activate, active, options, walk } from "./listbox.js";
import { place } from "./popovers.js";
import { fill } from "./requests.js";

const pause = 150; // milliseconds without a key before the server is asked
const wait = new WeakMap();

const parts = (box) => ({
  box,
  hidden: box.querySelector("input[type=hidden]"),
  field: box.querySelector("[role=combobox]"),
  list: box.querySelector("[role=listbox]"),
});

function hear(type, handler) {
  on(type, "[data-combobox]", (event, box) => {
    const picker = parts(box);
    if (event.target === picker.field) handler(picker, event);
  });
}

hear("input", (picker, event) => !event.isComposing && search(picker, pause));
hear("compositionend", (picker) => search(picker, pause));
hear("click", (picker) => isOpen(picker) || search(picker, 0));
hear("focusout", (picker) => settle(picker));
hear("keydown", (picker, event) => {
  if (event.isComposing) return;
  if (!isOpen(picker)) {
    if (event.key === "ArrowDown") search(picker, 0);
    return;
  }
  if (walk(event, picker.field, picker.list)) return;
  if (event.key === "Enter" || event.key === "Tab") choose(picker, active(picker.list));
  else if (event.key === "Escape") settle(picker);
  else return;
  if (event.key !== "Tab") event.preventDefault();
  if (event.key === "Escape") event.stopPropagation();
});

// Before the field loses the focus to the option, which would settle it.
on("mousedown", "[data-combobox] [role=listbox]", (event) => event.preventDefault());
on("click", "[data-combobox] [role=option]", (event, option) => {
  event.preventDefault();
  choose(parts(option.closest("[data-combobox]")), option);
});

function isOpen({ list }) {
  return list.matches(":popover-open");
}

function search(picker, delay) {
  clearTimeout(wait.get(picker.box));
  wait.set(picker.box, setTimeout(() => offer(picker), delay));
}

async function offer(picker) {
  const { box, field, list } = picker;
  const unchanged = field.value === field.dataset.chosen;
  await fill(field, list, box.dataset.optionsUrl, { q: unchanged ? "" : field.value });
  if (document.activeElement !== field) return;
  list.style.minWidth = `${field.offsetWidth}px`;
  if (!isOpen(picker)) list.showPopover();
  place(list, field);
  field.setAttribute("aria-expanded", "true");
  activate(field, list, options(list)[0]);
}

function choose(picker, option) {
  if (option?.matches("[data-create]")) open(option.href); // the record that is missing is made in a tab of its own
  else if (option) {
    picker.hidden.value = option.dataset.value;
    picker.field.value = picker.field.dataset.chosen = option.dataset.label;
    picker.hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }
  close(picker);
}

// Text that was not chosen from the list means nothing: none stands for none, the rest goes back.
function settle(picker) {
  clearTimeout(wait.get(picker.box));
  const cleared = picker.field.value.trim() === "" && picker.hidden.value !== "";
  if (cleared) picker.hidden.value = picker.field.dataset.chosen = "";
  picker.field.value = picker.field.dataset.chosen;
  close(picker);
  if (cleared) picker.hidden.dispatchEvent(new Event("change", { bubbles: true }));
}

function close({ field, list }) {
  if (list.matches(":popover-open")) list.hidePopover();
  field.setAttribute("aria-expanded", "false");
  activate(field, list, null);
}
