// A file field says what was chosen. The field lies over its whole area, so the browser itself
// takes a dropped file; the area only has to light up.
import { on } from "./dom.js";

on("change", "[data-file] input", (event, input) => {
  const names = [...input.files].map((file) => file.name);
  const label = input.closest("[data-file]").querySelector("[data-file-names]");
  label.dataset.empty ??= label.textContent;
  label.textContent = names.join(", ") || label.dataset.empty;
});

on("dragover", "[data-file]", (event, area) => area.toggleAttribute("data-over", true));
for (const end of ["dragleave", "drop"]) {
  on(end, "[data-file]", (event, area) => area.toggleAttribute("data-over", false));
}
