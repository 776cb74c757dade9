// What every module needs to hear events on parts that come and go.

/** Calls `handler(event, element)` when `type` happens in an element matching `selector`. */
export function on(type, selector, handler) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handler(event, element);
  });
}

/** Calls `start(element)` for each element matching `selector`, now and whenever htmx adds one. */
export function whenAdded(selector, start) {
  document.addEventListener("htmx:after:process", ({ target }) => {
    if (target.matches?.(selector)) start(target);
    target.querySelectorAll(selector).forEach(start);
  });
}

/** True while keys belong to the text under the caret, or to an input method composing it. */
export function isTyping(event) {
  const field = event.target.closest?.("input, textarea, select, [contenteditable]");
  return event.isComposing || Boolean(field && !["checkbox", "radio"].includes(field.type));
}
