import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The divisions of GB/T 2260 as the pages read them: one list of [code, zh, en]. */
function areas(): Plugin {
  return {
    name: "areas",
    generateBundle() {
      const lines = readFileSync(here("../../healthcode/data/gbt2260.tsv"), "utf8").split("\n");
      const rows = lines.filter((line) => /^\d{6}\t/.test(line)).map((line) => line.split("\t"));
      this.emitFile({ type: "asset", fileName: "areas.json", source: JSON.stringify(rows) });
    },
  };
}

/** The service worker, which keeps every file of this build but the scanner's, by a name that changes with the build. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const names = Object.keys(bundle).filter((name) => !name.endsWith(".html"));
        const first = names.filter((name) => !name.endsWith(".wasm") && !/console|checkpoint|scanner/.test(name));
        const later = names.filter((name) => !first.includes(name));
        const build = createHash("sha256").update(names.join()).digest("hex").slice(0, 12);
        const lists = `const BUILD = "${build}";\nconst FIRST = ${JSON.stringify(first)};\nconst LATER = ${JSON.stringify(later)};\n`;
        this.emitFile({ type: "asset", fileName: "sw.js", source: lists + readFileSync(here("src/sw.js"), "utf8") });
      },
    },
  };
}

export default defineConfig({
  base: "/app/",
  plugins: [areas(), serviceWorker()],
  build: {
    target: "es2022",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: ["index.html", "checkpoint.html", "console.html"].map(here) },
  },
});
