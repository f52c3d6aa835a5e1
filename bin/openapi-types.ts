/**
 * Writes the types of the API, `dist/openapi.d.ts`, from its own document: the console is checked against them. Nothing
 * is done while the document is the same. Each script that reads them begins with it, as `node --run` runs no `pre`
 * scripts.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { contracts } from '#functions/contracts.ts';
import { openApi } from '#contract/openapi.ts';
import { version } from '#version.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

const [types, source] = [fileOf('dist/openapi.d.ts'), fileOf('dist/openapi-types.json')];
const document = JSON.stringify(openApi(contracts, version));
const isCurrent = existsSync(types) && existsSync(source) && readFileSync(source, 'utf8') === document;

if (!isCurrent) {
  mkdirSync(fileOf('dist'), { recursive: true });
  // Checks run side by side, and each may be the first: a file is complete when it gets its name.
  const [newSource, newTypes] = [`${source}.${process.pid}`, `${types}.${process.pid}`];
  writeFileSync(newSource, document);
  await promisify(execFile)(fileOf('node_modules/.bin/openapi-typescript'), [newSource, '-o', newTypes]);
  renameSync(newTypes, types);
  renameSync(newSource, source);
}
