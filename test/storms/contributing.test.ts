import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/**
 * Adds the resource of `test/support/newcomer/serials` to a copy of the project, step by step as "Add an endpoint" of
 * .github/CONTRIBUTING.md says: every file and every command comes from that page.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const fixture = join(root, 'test/support/newcomer/serials');
const [area, folder, noun] = ['functions/system', 'functions/system/serials', 'serial'];
const copy = mkdtempSync(join(tmpdir(), 'trunkline-copy-'));

const page = readFileSync(join(root, '.github/CONTRIBUTING.md'), 'utf8');
const section = /^## Add an endpoint\n(.*?)^## /ms.exec(page)?.[1] ?? '';
const steps = section.split(/^\d+\. /m).slice(1);
/** What is in backticks: names of files, commands, and words of the code. */
const codesOf = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
/** The steps end with the first paragraph that is not indented. */
const codes = steps.flatMap((step) => codesOf(step.split(/\n\n(?! )/)[0] ?? ''));

/** Runs a command in the copy. @throws Error with what it printed, if it fails */
function run(command: string): void {
  const settings = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST') && name !== 'NODE_ENV');
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command.replace(/^npm run/, 'node --run')], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...Object.fromEntries(settings), NO_COLOR: '1', PATH: `${root}/node_modules/.bin:${process.env['PATH']}` },
  });
  if (status !== 0) throw new Error(`${command} failed:\n${stdout}${stderr}`);
}

const inCopy = (file: string): string => readFileSync(join(copy, file), 'utf8');

/** The files of a resource, which the page names in the words of any. */
const resourceFiles = new Map(
  readdirSync(fixture).map((file) => [file.replace(new RegExp(`^${noun}(?=\\.)`), '<noun>'), file]),
);

const placed: string[] = [];
function place(file: string): void {
  mkdirSync(join(copy, folder), { recursive: true });
  copyFileSync(join(fixture, file), join(copy, folder, file));
  placed.push(file);
}

/** Adds the resource to the list of its area: an import and a line. */
function list(file: string): void {
  const text = inCopy(file);
  const listed = text
    .replace(/^import /m, `import { serials } from './serials/contract.ts';\nimport `)
    .replace(/^( {2})(?=\.\.\.systemConsumers)/m, '$1serials,\n$1');
  expect(listed.length).toBeGreaterThan(text.length + 50);
  writeFileSync(join(copy, file), listed);
}

/** Lists the endpoints among those of the inventory. */
function expectEndpoints(file: string): void {
  const text = inCopy(file);
  const entry = "  ...endpoints('system', { 'system:write': ['PUT|POST /serial/{name}'] }),\n";
  writeFileSync(join(copy, file), text.replace(/(?<=^export const additions.*\n)/m, entry));
  expect(inCopy(file).length).toBe(text.length + entry.length);
}

const vocabulary = globSync('shared/{errors,contract/*}.ts', { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

/** Does what a step says by a name in backticks. */
function follow(code: string): void {
  const file = resourceFiles.get(code);
  if (file !== undefined) place(file);
  else if (code === 'contracts.ts') list(`${area}/${code}`);
  else if (code === 'test/infra/inventory.ts') expectEndpoints(code);
  else if (code === 'README.md') appendFileSync(join(copy, area, code), '\n## Serial numbers\n');
  else if (code === 'CHANGELOG.md') appendFileSync(join(copy, code), '\n- Serial numbers\n');
  else if (code.startsWith('npm run ')) run(code);
  // The area has consumers, this resource is none; all tests are what this test stands for.
  else if (code === 'consumers.ts') expect(globSync(`${area}/{,consumers/}${code}`, { cwd: copy })).toHaveLength(1);
  else if (code !== 'npm test') expect(vocabulary).toMatch(new RegExp(`\\b${code.replace(/\W.*$/, '')}\\b`));
}

beforeAll(() => {
  const outputs = new Set(['node_modules', '.git', 'dist', 'cdk.out', '.local', 'coverage']);
  for (const name of readdirSync(root))
    if (!outputs.has(name)) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const code of codes) follow(code);
});
afterAll(() => rmSync(copy, { recursive: true }));

test('the page names every file of a resource', () => {
  expect(steps.length).toBeGreaterThan(5);
  expect(placed.toSorted()).toEqual(readdirSync(fixture).toSorted());
});

test('the files that the page refers to exist', () => {
  const links = [...section.matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => join('.github', link));
  const paths = codesOf(section).filter((code) => /^(functions|test|shared)\/[\w./-]+$/.test(code));
  expect([...links, ...paths].length).toBeGreaterThan(2);
  expect([...links, ...paths].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('the resource compiles with its contract', () => {
  const settings = { extends: './tsconfig.json', include: [folder, `${area}/contracts.ts`] };
  writeFileSync(join(copy, 'tsconfig.serials.json'), JSON.stringify(settings));
  // As `npm run types` does.
  run('node bin/openapi-types.ts');
  run('node node_modules/typescript-7/bin/tsc --noEmit --incremental false -p tsconfig.serials.json');
});

test('the snapshots show its endpoints and its function', () => {
  expect(inCopy('test/authorization/matrix.txt')).toMatch(/PUT +\/serial\/\{name\}/);
  expect(inCopy('test/infra/templates.txt')).toContain('serials');
});

test('the proofs of all endpoints pass', () => {
  const proofs = [
    ...['checks/descriptions', 'checks/small-files', 'checks/endpoint-proofs', 'checks/event-catalogue'],
    'infra/access-patterns',
  ];
  run(`node --run test:unit -- ${folder} ${proofs.map((name) => `test/${name}.test.ts`).join(' ')}`);
  expect(globSync(`${copy}/${folder}/*.test.ts`).map((file) => basename(file))).toEqual([`${noun}.test.ts`]);
});
