import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

/** ReDoc asks a CDN for its maker's logo; a page of ours asks nobody: the name stands there instead. */
const foreignLogo = 'https://cdn.redoc.ly/redoc/logo-mini-full.svg';
const ownLogo =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%2252%22 height=%2214%22%3E%3Ctext y=%2211%22 font-family=%22sans-serif%22 font-size=%2212%22 fill=%22%23868e96%22%3ERedocly%3C/text%3E%3C/svg%3E';

const withoutForeignLogo: Plugin = {
  name: 'without-foreign-logo',
  setup: ({ onLoad }) => {
    onLoad({ filter: /redoc\.standalone\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll(foreignLogo, ownLogo)
        .replaceAll(foreignLogo.replace('-full', ''), ownLogo),
      loader: 'js',
    }));
  },
};

/**
 * Bundles scripts and style sheets for browsers. Each becomes `<name>-<hash of its content>.<js or css>.gz`
 * in `folder`: compressed once, here. Licences stay with what they license.
 */
export async function bundleForBrowsers(entryPoints: readonly string[], folder: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [...entryPoints],
    outdir: folder,
    write: false,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    legalComments: 'eof',
    logLevel: 'error',
    plugins: [withoutForeignLogo],
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles)
    writeFileSync(join(folder, `${basename(path)}.gz`), gzipSync(contents, { level: 9 }));
}
