import { defineConfig } from "vitest/config";

export default defineConfig({
  // Every byte of a document is changed once: on a busy machine that takes longer than the usual five seconds.
  test: { testTimeout: 60_000 },
  build: {
    lib: { entry: "src/index.ts", formats: ["es"], fileName: () => "verify.js" },
    target: "es2022",
    emptyOutDir: true,
    // Vite leaves the spaces in a library; browsers load this one as it is.
    rolldownOptions: { output: { minify: true } },
  },
});
