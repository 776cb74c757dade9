// Light, dark or as the system says. The form around the button tells the server; the page
// turns at once.
const root = document.documentElement;

// Before htmx and the form read the button's value: capture comes first.
document.addEventListener(
  "click",
  ({ target }) => {
    const button = target.closest?.("[data-theme-choice]");
    if (!button) return;
    if (button.dataset.themeChoice === "toggle") button.value = isDark() ? "light" : "dark";
    root.dataset.theme = button.value;
  },
  true,
);

function isDark() {
  const chosen = root.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
