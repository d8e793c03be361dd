// Bundles the page into dist/: node tests/world/page/build.mjs. Works offline; `--watch` rebuilds on change.
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');

const options = {
  entryPoints: [
    { in: join(here, 'src/main.ts'), out: 'app' },
    { in: join(here, 'src/style.css'), out: 'app' },
  ],
  outdir: dist,
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
};

await mkdir(dist, { recursive: true });
await copyFile(join(here, 'src/index.html'), join(dist, 'index.html'));
if (process.argv.includes('--watch')) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
