// The sum that a public form asks of a browser before it is sent (data-proof: how many bits of the digest are zero).
// What is asked for and how it is checked: market/spam.py.
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

const SLICE = 30; // milliseconds of work between which the page hears what is typed

const form = document.querySelector("form[data-proof]");
let solving;

function zeroBits(digest) {
  let bits = 0;
  for (const byte of digest) {
    if (byte) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

async function solve(stamp, bits) {
  let answer = 0;
  for (;;) {
    const end = performance.now() + SLICE;
    while (performance.now() < end) {
      for (const last = answer + 100; answer < last; answer += 1) {
        if (zeroBits(sha256(utf8ToBytes(`${stamp}:${answer}`))) >= bits) return answer;
      }
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Begins with the first thing that is typed, and is mostly done before the last. */
function begin() {
  solving ??= solve(form.elements.stamp.value, Number(form.dataset.proof)).then((answer) => {
    form.elements.proof.value = answer;
  });
  return solving;
}

form?.addEventListener("input", begin);
form?.addEventListener("submit", (event) => {
  if (form.elements.proof.value) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  begin().then(() => {
    button.disabled = false;
    form.requestSubmit(button);
  });
});
