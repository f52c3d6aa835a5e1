/**
 * Writes types that follow from contracts: those of the API, `dist/openapi.d.ts`, from its own document, against which
 * the console is checked; and of events, `dist/event-types.d.ts`, against which code is that names events of others.
 * Nothing is done while the sources of contracts, or what follows from them, are the same. Each script that reads the
 * types begins with this one, as `node --run` runs no `pre` scripts.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contract, FunctionContract } from '#contract/resource.ts';
import { importGraph, loadedBy } from './check/import-graph.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const textOf = (name: string): string | undefined =>
  existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8') : undefined;

const [types, source, key] = ['dist/openapi.d.ts', 'dist/openapi-types.json', 'dist/openapi-types.sha256'];
const eventTypes = 'dist/event-types.d.ts';

/** What the document is made of: loading all contracts takes seconds, hashing their sources does not. */
function hashOfSources(): string {
  const sources = loadedBy(importGraph(fileOf('.')), [
    'functions/contracts.ts',
    'bin/openapi-types.ts',
    'shared/contract/event-catalogue.ts',
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

/** Written if they differ: the compiler checks again what imports a newer file. */
async function writeEventTypes(contracts: readonly Contract[]): Promise<void> {
  const { eventCatalogueOf } = await import('#contract/event-catalogue.ts');
  const { audited, state } = eventCatalogueOf(contracts);
  const names = [...audited, ...state].map((type) => `\n  | '${type}'`).join('');
  const text = `/** A type of event of the platform. */\nexport type CatalogueType =${names};\n`;
  if (textOf(eventTypes) !== text) await write(eventTypes, (file) => writeFileSync(file, text));
}

async function writeApiTypes(contracts: readonly FunctionContract[]): Promise<void> {
  const { openApi } = await import('#contract/openapi.ts');
  const { version } = await import('#version.ts');
  const document = JSON.stringify(openApi(contracts, version));
  if (textOf(types) !== undefined && textOf(source) === document) return;
  const generator = fileOf('node_modules/.bin/openapi-typescript');
  // The document gets its name after the types that are made from it.
  await write(source, async (input) => {
    writeFileSync(input, document);
    await write(types, (output) => promisify(execFile)(generator, [input, '-o', output]));
  });
}

const hash = hashOfSources();
if ([types, eventTypes].some((file) => textOf(file) === undefined) || textOf(key) !== hash) {
  const { contracts, services } = await import('#functions/contracts.ts');
  mkdirSync(fileOf('dist'), { recursive: true });
  await writeEventTypes([...contracts, ...services]);
  await writeApiTypes(contracts);
  await write(key, (file) => writeFileSync(file, hash));
}
