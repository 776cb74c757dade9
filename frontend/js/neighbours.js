// The records before and after this one in the list or board that somebody came from. The list
// is the browser's own memory of the tab: the server keeps nothing, and a page opened by itself
// has no neighbours. At either end the next page of the list is fetched.
import { on } from "./dom.js";

const place = "list";
const rowLinks = "[data-row] [data-open], .board [data-open]";

on("click", rowLinks, (_event, link) => {
  if (link.closest(".sub")) return;
  remember(read(document, location.href));
});

function read(page, url) {
  const paths = [...page.querySelectorAll(rowLinks)].map((link) => new URL(link.getAttribute("href"), url).pathname);
  const leads = (rel) => page.querySelector(`.pager a[rel=${rel}]`)?.getAttribute("href") ?? "";
  return { url, paths: [...new Set(paths)], prev: leads("prev"), next: leads("next") };
}

function remember(list) {
  sessionStorage.setItem(place, JSON.stringify(list));
}

function recalled() {
  try {
    return JSON.parse(sessionStorage.getItem(place));
  } catch {
    return null;
  }
}

async function show() {
  const nav = document.querySelector("[data-neighbours]");
  const list = nav && recalled();
  const at = list ? list.paths.indexOf(location.pathname) : -1;
  if (at < 0) return;
  nav.hidden = false;
  document.querySelector(".bar .crumb").href = list.url;
  for (const [rel, step] of [["prev", -1], ["next", 1]]) {
    const link = nav.querySelector(`a[rel=${rel}]`);
    const path = list.paths[at + step] ?? (await beyond(list, rel));
    if (path) link.href = path;
    else link.setAttribute("aria-disabled", "true");
  }
}

// The record at the near end of the neighbouring page; going there makes that page the list.
async function beyond(list, rel) {
  if (!list[rel]) return "";
  const url = new URL(list[rel], list.url);
  const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return "";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const further = read(page, url.href);
  const path = rel === "next" ? further.paths[0] : further.paths.at(-1);
  document.querySelector(`[data-neighbours] a[rel=${rel}]`).addEventListener("click", () => remember(further));
  return path ?? "";
}

show();
