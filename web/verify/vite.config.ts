import { defineConfig } from "vite";

export default defineConfig({
  build: {
    lib: { entry: "src/index.ts", formats: ["es"], fileName: () => "verify.js" },
    target: "es2022",
    emptyOutDir: true,
    // Vite leaves the spaces in a library; browsers load this one as it is.
    rolldownOptions: { output: { minify: true } },
  },
});
