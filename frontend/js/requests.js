// Requests that no element makes by itself: a drop, an undo, a search while typing.
import htmx from "htmx.org";

/**
 * Posts `values` through htmx, so that the CSRF header, partials and HX-Trigger work as in
 * any form. Resolves to true if the server did it: neither refused nor asked back in a dialog.
 */
export async function post(source, url, values = {}) {
  let response;
  const keep = async (...request) => (response = await fetch(...request));
  await htmx.ajax("POST", url, { source, values, swap: "none", fetch: keep });
  return Boolean(response?.ok) && !response.headers.has("HX-Retarget");
}

/** Fills `target` with what the server answers; a newer call for `source` replaces an older. */
export function fill(source, target, url, values) {
  return htmx.ajax("GET", url, { source, target, values, swap: "innerHTML" });
}
