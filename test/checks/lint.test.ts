import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';

/** A file, its text, and the rule that the text breaks; no rule if it is correct. */
const planted: readonly (readonly [file: string, text: string, rule?: string])[] = [
  ['shared/a.ts', 'export const first = (all: readonly string[]): string | undefined => all[0];'],
  [
    'shared/b.ts',
    'export const grow = async (): Promise<void> => { await Promise.resolve(); };\n' +
      'export const begin = (): void => { grow(); };',
    'typescript(no-floating-promises)',
  ],
  [
    'shared/c.ts',
    'export const first = (all: readonly string[]): string => all[0]!;',
    'typescript(no-non-null-assertion)',
  ],
  ['shared/c.test.ts', 'export const first = (all: readonly string[]): string => all[0]!;'],
  ['shared/d.ts', 'export const rate = 1 as unknown as string;', 'syntax(rejected)'],
  ['shared/e.ts', 'export const data = 1;', 'syntax(rejected)'],
  ['shared/f.ts', 'export const double = (info: number): number => 2 * info;', 'syntax(rejected)'],
  ['shared/g.ts', 'export type TrunkInfo = { readonly id: string };', 'syntax(rejected)'],
  ['shared/h.ts', 'export class TrunkManager { readonly id = 1; }', 'syntax(rejected)'],
  ['shared/i.ts', 'export const textOf = ({ data }: { readonly data: string }): string => data;'],
  ['shared/j.ts', 'export const say = (): void => { console.log(1); };', 'eslint(no-console)'],
  ['bin/a.ts', 'console.log(1);\nexport {};'],
  [
    'shared/k.ts',
    'export const five = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;',
    'eslint(max-params)',
  ],
  ['shared/l.ts', 'export const now = (): Date => new Date();'],
  ['functions/telephony/toys/toy.ts', 'export const now = (): Date => new Date();', 'syntax(rejected)'],
  ['functions/telephony/toys/chance.ts', 'export const draw = (): number => Math.random();', 'syntax(rejected)'],
  [
    'functions/telephony/toys/world.ts',
    "export const home = (): string | undefined => process.env['HOME'];",
    'eslint(no-restricted-globals)',
  ],
  ['functions/telephony/toys/handler.ts', "export const home = (): string | undefined => process.env['HOME'];"],
  [
    'functions/telephony/toys/toy.test.ts',
    'export const rest = (): Promise<void> => new Promise((done) => { setTimeout(done, 9); });',
    'syntax(rejected)',
  ],
  [
    'functions/telephony/toys/wait.test.ts',
    "export { setTimeout as rest } from 'node:timers/promises';",
    'eslint(no-restricted-imports)',
  ],
];

const Report = z.object({ diagnostics: z.array(z.object({ filename: z.string(), code: z.string() })) });

test('a planted violation of a style rule is found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-lint-'));
  try {
    for (const file of ['oxlint.config.ts', 'oxlint.syntax.ts', 'tsconfig.json'])
      copyFileSync(file, join(folder, file));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    for (const [file, text] of planted) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${text}\n`);
    }
    const { stdout } = spawnSync(
      process.execPath,
      [resolve('node_modules/oxlint/bin/oxlint'), '--format=json', 'bin', 'functions', 'shared'],
      { cwd: folder, encoding: 'utf8' },
    );
    const found = Report.parse(JSON.parse(stdout)).diagnostics.map(({ filename, code }) => `${filename} ${code}`);
    expect(found.toSorted()).toEqual(
      planted.flatMap(([file, , rule]) => (rule === undefined ? [] : [`${file} ${rule}`])).toSorted(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('no comment silences the linter', () => {
  const files = globSync(['*.ts', '{bin,functions,infra,shared,test}/**/*.ts']);
  expect(files.length).toBeGreaterThan(1_000);
  expect(
    files.filter(
      (file) => /(es|ox)lint-(disable|enable)/.test(readFileSync(file, 'utf8')) && !file.endsWith('lint.test.ts'),
    ),
  ).toEqual([]);
});
