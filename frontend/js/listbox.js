// A list of options that is walked with the keys while the focus stays in its text field.

export function options(listbox) {
  return [...listbox.querySelectorAll("[role=option]:not([aria-disabled])")];
}

export function active(listbox) {
  return listbox.querySelector("[role=option][aria-selected=true]");
}

/** Makes `option` (or none) the active one, for the eye and for a screen reader. */
export function activate(field, listbox, option) {
  active(listbox)?.setAttribute("aria-selected", "false");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.id ||= `${listbox.id}-${options(listbox).indexOf(option)}`;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

/** Moves the active option by the arrow key pressed; tells whether the key was one of them. */
export function walk(event, field, listbox) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey) return false;
  event.preventDefault();
  const all = options(listbox);
  const from = all.indexOf(active(listbox));
  const next = from < 0 && step < 0 ? all.length - 1 : from + step;
  activate(field, listbox, all[(next + all.length) % all.length]);
  return true;
}
