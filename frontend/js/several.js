// A field that holds several records: [data-several="<name>"] with a ticked box for each and a link
// picker that adds another. Clearing a box takes its record out.
import { on } from "./dom.js";

on("change", "[data-several]", ({ target }, area) => {
  if (!target.matches("[data-combobox] input[type=hidden]") || !target.value) return;
  const field = target.parentElement.querySelector("[role=combobox]");
  if (!area.querySelector(`label input[value="${CSS.escape(target.value)}"]`)) add(area, target.value, field.value);
  target.value = field.value = field.dataset.chosen = "";
});

function add(area, value, title) {
  const label = area.querySelector("template").content.firstElementChild.cloneNode(true);
  const box = label.querySelector("input");
  box.value = value;
  box.defaultChecked = false; // what was added counts as unsaved
  box.checked = true;
  label.querySelector("span").textContent = title;
  area.querySelector("[data-combobox]").before(label);
}
