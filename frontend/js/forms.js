// Unsaved input is not lost in silence, and Ctrl+Enter saves from any field.

/** True if the person changed a field since the server wrote the form. */
export function isDirty(form) {
  return form.hasAttribute("data-dirty") || [...form.elements].some(isChanged);
}

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") {
    return field.checked !== field.defaultChecked;
  }
  if (field.type === "file") return field.files.length > 0;
  if (field.tagName === "SELECT") return isReselected(field);
  return "defaultValue" in field && field.value !== field.defaultValue;
}

function isReselected(select) {
  const options = [...select.options];
  if (select.multiple) return options.some((option) => option.selected !== option.defaultSelected);
  const written = options.findLastIndex((option) => option.defaultSelected);
  return select.selectedIndex !== Math.max(written, 0);
}

// A form being sent is on its way to be saved; if the server does not take it, it is unsaved again.
const sending = new WeakSet();
document.addEventListener("submit", ({ target }) => sending.add(target), true);
document.addEventListener("input", ({ target }) => sending.delete(target.form));
for (const failure of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(failure, ({ target }) => sending.delete(target));
}

addEventListener("beforeunload", (event) => {
  const guarded = [...document.querySelectorAll("form[data-guard]")];
  if (guarded.some((form) => isDirty(form) && !sending.has(form))) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.form;
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-kind=primary]"));
});
