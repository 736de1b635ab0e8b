import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { defineConfig, transformWithEsbuild, type Plugin } from "vite";

const here = import.meta.dirname;
const built = path.join(here, "src/baiying/doors/shared/static/built");
const sources = path.join(here, "src/baiying/doors/shared/static/shared");
const require = createRequire(import.meta.url);

// What phones of 2018 can run; anything older gets the pages without program, which work as well.
const browsers = ["chrome72", "safari12.1", "firefox78"];
const scripts = ["chrome87", "safari14", "firefox78"];

// Keep in step with STYLES in src/baiying/doors/shared/templatetags/look.py.
const doors: Record<string, string[]> = {
  resident: ["tokens", "base", "components", "forms", "content", "resident"],
  desk: ["tokens", "base", "components", "forms", "content", "lists", "figures", "desk", "work"],
  screen: ["tokens", "base", "components", "forms", "content", "lists", "figures", "screen"],
};

/** Takes `@layer name { … }` away and keeps what is inside: browsers before 2022 would skip the whole block. */
export function withoutLayers(css: string): string {
  let out = "";
  let at = 0;
  for (const match of css.matchAll(/@layer [\w\s,]+?([;{])/g)) {
    if (match.index < at) continue;
    out += css.slice(at, match.index);
    at = match.index + match[0].length;
    if (match[1] === ";") continue;
    const start = at;
    for (let depth = 1; depth > 0; at += 1) {
      if (css[at] === "{") depth += 1;
      else if (css[at] === "}") depth -= 1;
      else if (at >= css.length) throw new Error("a layer is not closed");
    }
    out += css.slice(start, at - 1);
  }
  return out + css.slice(at);
}

/** One small style file a door, without layers; and the files of libraries that are served as they are. */
function besides(): Plugin {
  return {
    name: "besides",
    apply: "build",
    async closeBundle() {
      await mkdir(built, { recursive: true });
      for (const [door, names] of Object.entries(doors)) {
        const parts = names.map((name) => readFile(path.join(sources, `${name}.css`), "utf8"));
        const css = withoutLayers((await Promise.all(parts)).join("\n").replace(/\/\*[\s\S]*?\*\//g, ""));
        const small = await transformWithEsbuild(css, `${door}.css`, { loader: "css", minify: true, target: browsers });
        await writeFile(path.join(built, `${door}.css`), small.code);
      }
      await copyFile(require.resolve("htmx.org/dist/htmx.min.js"), path.join(built, "htmx.js"));
      const map = path.dirname(require.resolve("maplibre-gl/dist/maplibre-gl-csp.js"));
      await copyFile(path.join(map, "maplibre-gl-csp-worker.js"), path.join(built, "map-worker.js"));
    },
  };
}

export default defineConfig({
  root: here,
  base: "./",
  publicDir: false,
  plugins: [besides()],
  build: {
    outDir: built,
    emptyOutDir: true,
    target: scripts,
    cssTarget: browsers,
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
    rollupOptions: {
      input: {
        map: path.join(here, "islands/map/map.ts"),
        desk: path.join(here, "islands/desk/desk.ts"),
        report: path.join(here, "islands/report/report.ts"),
        push: path.join(here, "islands/push/push.ts"),
        "push-worker": path.join(here, "islands/push/worker.ts"),
      },
      output: {
        format: "es",
        entryFileNames: "[name].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});
