// Bundles the dashboard into dist/: node dashboard/build.mjs. SUPABASE_URL goes into the headers that guard it.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const supabase = process.env.SUPABASE_URL || 'http://127.0.0.1:*';

// The browser runs nothing but these files and talks to this site and to Supabase, to no one else.
const headers = `/*
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${supabase}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Permissions-Policy: camera=(), geolocation=(), microphone=()
`;

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await copyFile(join(here, 'src/index.html'), join(dist, 'index.html'));
await copyFile(join(here, 'src/style.css'), join(dist, 'style.css'));
await writeFile(join(dist, '_headers'), headers);
await esbuild.build({
  entryPoints: { app: join(here, 'src/main.ts') },
  outdir: dist,
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
});
