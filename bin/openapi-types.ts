/**
 * Writes the types of the API, `dist/openapi.d.ts`, from its own document: the console is checked against them. Nothing
 * is done while the sources of the document, or the document, are the same. Each script that reads the types begins
 * with this one, as `node --run` runs no `pre` scripts.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { importGraph, loadedBy } from './check/import-graph.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const textOf = (name: string): string | undefined =>
  existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8') : undefined;

const [types, source, key] = ['dist/openapi.d.ts', 'dist/openapi-types.json', 'dist/openapi-types.sha256'];

/** What the document is made of: loading all contracts takes seconds, hashing their sources does not. */
function hashOfSources(): string {
  const sources = loadedBy(importGraph(fileOf('.')), [
    'functions/contracts.ts',
    'shared/contract/openapi.ts',
    'shared/version.ts',
    'package-lock.json',
  ]);
  const hash = createHash('sha256');
  for (const name of [...sources].toSorted()) hash.update(`${name}\n${textOf(name) ?? ''}\n`);
  return hash.digest('hex');
}

/** Checks run side by side, and each may be the first: a file is complete when it gets its name. */
async function write(name: string, content: (file: string) => unknown): Promise<void> {
  const incomplete = fileOf(`${name}.${process.pid}`);
  await content(incomplete);
  renameSync(incomplete, fileOf(name));
}

async function writeTypes(): Promise<void> {
  const { contracts } = await import('#functions/contracts.ts');
  const { openApi } = await import('#contract/openapi.ts');
  const { version } = await import('#version.ts');
  const document = JSON.stringify(openApi(contracts, version));
  if (textOf(types) !== undefined && textOf(source) === document) return;
  mkdirSync(fileOf('dist'), { recursive: true });
  const generator = fileOf('node_modules/.bin/openapi-typescript');
  // The document gets its name after the types that are made from it.
  await write(source, async (input) => {
    writeFileSync(input, document);
    await write(types, (output) => promisify(execFile)(generator, [input, '-o', output]));
  });
}

const hash = hashOfSources();
if (textOf(types) === undefined || textOf(key) !== hash) {
  await writeTypes();
  await write(key, (file) => writeFileSync(file, hash));
}
