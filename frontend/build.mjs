// Builds what the browser loads into src/bihuan/web/static/web/:
// app.css, app.js, proof.js, the Latin font they use, icons.svg, mark.svg, links.speculationrules and licenses.txt. Run with `npm run build`.
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const output = new URL("../src/bihuan/web/static/web/", here);
const packages = new URL("../node_modules/", here);
const shipped = ["@fontsource-variable/inter", "@noble/hashes", "htmx.org", "lucide-static", "sortablejs"];

async function bundle() {
  await build({
    entryPoints: [
      { in: path("js/app.js"), out: "app" },
      { in: path("js/proof.js"), out: "proof" },
      { in: path("css/app.css"), out: "app" },
    ],
    outdir: fileURLToPath(output),
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome123", "firefox125", "safari17.5"],
    // Without a hash: Django's manifest storage adds it and rewrites the url() in the sheet.
    assetNames: "[name]",
    loader: { ".woff2": "file" },
    legalComments: "none", // licenses.txt holds them whole
    logLevel: "warning",
  });
}

/** One <symbol> per name in icons.txt, so that a page draws an icon with <use href="icons.svg#name">. */
async function sprite() {
  const list = await readFile(new URL("icons.txt", here), "utf8");
  const names = list.split("\n").filter((line) => line && !line.startsWith("#"));
  const symbols = await Promise.all(names.map(symbol));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  await writeFile(new URL("icons.svg", output), svg);
}

async function symbol(name) {
  const file = new URL(`lucide-static/icons/${name}.svg`, packages);
  const source = await readFile(file, "utf8").catch(() => {
    throw new Error(`frontend/icons.txt: Lucide has no icon named "${name}"`);
  });
  const drawing = source
    .replace(/<!--.*?-->/gs, "")
    .replace(/^\s*<svg[^>]*>|<\/svg>\s*$/g, "")
    .replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawing}</symbol>`;
}

async function licenses() {
  const texts = shipped.map(async (name) => {
    const text = await readFile(new URL(`${name}/LICENSE`, packages), "utf8");
    return `${name}\n\n${text.trim()}\n`;
  });
  await writeFile(new URL("licenses.txt", output), (await Promise.all(texts)).join("\n\n"));
}

function path(file) {
  return fileURLToPath(new URL(file, here));
}

await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
const copies = ["mark.svg", "links.speculationrules"].map((name) => copyFile(path(name), new URL(name, output)));
await Promise.all([bundle(), sprite(), licenses(), ...copies]);
