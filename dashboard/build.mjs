// Bundles the dashboard into dist/: node dashboard/build.mjs. SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY say whom it asks,
// SUPABASE_DISCORD_SIGN_IN=true that one can sign in with Discord.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { headers } from './headers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const { SUPABASE_URL: supabaseUrl = '', SUPABASE_PUBLISHABLE_KEY: publishableKey = '' } = process.env;
const discordSignIn = process.env.SUPABASE_DISCORD_SIGN_IN === 'true';

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await copyFile(join(here, 'src/index.html'), join(dist, 'index.html'));
await writeFile(join(dist, '_headers'), headers(supabaseUrl));
// On this machine the stack answers this address itself.
await writeFile(join(dist, 'config.json'), JSON.stringify({ supabaseUrl, publishableKey, discordSignIn }));
await esbuild.build({
  entryPoints: { app: join(here, 'src/main.tsx') },
  outdir: dist,
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
});
