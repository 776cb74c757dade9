// Short answers at the foot of the page. The server sends them as
// HX-Trigger: {"toast": {"kind": "good", "text": "…", "undo_url": "…", "url": "…"}}, kind being good,
// warn or danger; url leads to what was made; a page that was loaded whole has them in #toasts already.
import { on } from "./dom.js";
import { post } from "./requests.js";

const stay = 6000; // milliseconds
const region = () => document.getElementById("toasts");

document.addEventListener("toast", ({ detail }) => show(detail));
document.addEventListener("DOMContentLoaded", () => {
  if (region()?.childElementCount) raise();
  region()?.querySelectorAll(".toast").forEach(expire);
});

// What the server could not say itself. 409 and 422 come with their own words.
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.ctx && !detail.ctx.response) fail("offline");
});
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if ([409, 422].includes(ctx.response.status) || ctx.hx.trigger?.includes("toast")) return;
  fail(ctx.response.status === 403 ? "forbidden" : "failed");
});

on("click", ".toast [data-undo]", async (event, button) => {
  const toast = button.closest(".toast");
  // asked for by what stays: an event that the answer raises on a removed toast would reach nobody
  if (await post(region(), button.dataset.undo)) toast.remove();
});
on("click", ".toast [data-dismiss]", (event, button) => button.closest(".toast").remove());

function fail(reason) {
  show({ kind: "danger", text: region().dataset[reason] });
}

function show({ kind, text, url, undo_url: undoUrl }) {
  const toast = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  if (kind) toast.dataset.kind = kind;
  toast.querySelector("[data-text]").textContent = text;
  const undo = toast.querySelector("[data-undo]");
  if (undoUrl) undo.dataset.undo = undoUrl;
  else undo.remove();
  const link = toast.querySelector("[data-link]");
  if (url) link.href = url;
  else link.remove();
  region().append(toast);
  raise();
  expire(toast);
}

// Shown anew it lies on top of whatever dialog has been opened since.
function raise() {
  region().hidePopover();
  region().showPopover();
}

function expire(toast) {
  if (toast.dataset.kind === "danger") return; // a refusal waits until it is dismissed
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) expire(toast);
    else toast.remove();
  }, stay);
}
