// Form rules while one types: when a field that decides changes, the server is asked what the rules
// say of the form as it stands, and fields come, go, are required or fixed. What was typed stays.
// [data-ruled-by] in a form names the fields that decide and the address that knows; [data-ruled]
// stands around each field that rules are about.
import { on } from "./dom.js";

const asking = new WeakMap(); // the question under way, by form
const PAUSE = 300; // milliseconds after a key

for (const type of ["input", "change"]) {
  on(type, "form:has([data-ruled-by])", ({ target }, form) => {
    const { ruledBy, ruledUrl } = form.querySelector("[data-ruled-by]").dataset;
    if (!ruledBy.split(" ").includes(target.name)) return;
    clearTimeout(asking.get(form)?.timer);
    asking.get(form)?.stop.abort();
    const stop = new AbortController();
    const timer = setTimeout(() => ask(form, ruledUrl, stop.signal), type === "input" ? PAUSE : 0);
    asking.set(form, { stop, timer });
  });
}

// A form that the server cannot be asked about now stays as it is: the rules are kept when it is sent.
async function ask(form, url, signal) {
  try {
    const answer = await fetch(url, { method: "POST", body: asTyped(form), signal });
    if (!answer.ok) return;
    for (const [name, said] of Object.entries(await answer.json())) follow(form, name, said);
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  }
}

// What stands in the form; of a chosen file its name is enough to know that there is one.
function asTyped(form) {
  const typed = new FormData();
  for (const [name, value] of new FormData(form)) {
    typed.append(name, value instanceof File && value.name ? new File([], value.name) : value);
  }
  return typed;
}

function follow(form, name, { shown, required, read_only: fixed, offered }) {
  const field = form.querySelector(`[data-ruled="${CSS.escape(name)}"]`);
  if (!field) return;
  field.hidden = !shown || ("extra" in field.dataset && !required);
  field.querySelector("fieldset").disabled = field.hidden || fixed;
  field.querySelector(".req").hidden = !required;
  field.querySelector("fieldset :is(input:not([type=hidden]), select, textarea)")?.setAttribute("aria-required", required);
  for (const option of field.querySelectorAll("option, input[type=checkbox]")) {
    const barred = offered !== null && option.value !== "" && !offered.includes(option.value);
    option.disabled = barred && !(option.selected || option.checked);
    if (option.tagName === "OPTION") option.hidden = option.disabled;
  }
}
