import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '#contract/openapi.ts';
import { contracts } from '#functions/contracts.ts';
import { version } from '#version.ts';

/**
 * Public generators make clients from the document alone, which compile. Two of them come with 130 packages that
 * nothing else needs: they are installed here, in their locked versions, from the registry of npm's configuration.
 */

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
mkdirSync(join(root, 'dist'), { recursive: true });
const folder = mkdtempSync(join(root, 'dist/generated-clients-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tool = (name: string): string => join(folder, 'node_modules/.bin', name);

beforeAll(async () => {
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(import.meta.dirname, 'generated-clients', name), join(folder, name));
  copyFileSync(join(root, '.npmrc'), join(folder, '.npmrc'));
  await run('npm', ['ci', '--ignore-scripts'], { cwd: folder });
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApi(contracts, version)));
});

/** Compiles a file and what it imports, as strictly as a client may. @throws with the errors of the compiler */
async function compile(file: string): Promise<void> {
  const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--target', 'es2023'];
  const modules = ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2023,dom,dom.iterable'];
  const compiler = join(root, 'node_modules/typescript-7/bin/tsc');
  await run(process.execPath, [compiler, ...options, ...modules, '--types', '', join(folder, file)]).catch(
    (error: unknown) => expect.fail((error as { readonly stdout: string }).stdout.slice(0, 4_000)),
  );
}

test.each([
  ['orval', ['--input', 'openapi.json', '--output', 'orval/client.ts', '--client', 'fetch'], 'orval/client.ts'],
  [
    'openapi-ts',
    ['--input', 'openapi.json', '--output', 'hey-api', '--client', '@hey-api/client-fetch'],
    'hey-api/index.ts',
  ],
])('a client of %s compiles', async (name, given, file) => {
  await run(tool(name), given, { cwd: folder });
  await compile(file);
});

test('types of openapi-typescript compile', async () => {
  const generator = join(root, 'node_modules/.bin/openapi-typescript');
  await run(generator, [join(folder, 'openapi.json'), '-o', join(folder, 'types.ts')]);
  await compile('types.ts');
});
