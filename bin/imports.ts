/**
 * `npm run imports [file …]`: checks imports by the rules of `.dependency-cruiser.mjs`, of all files or of those named,
 * and that no folders need each other. A rule finds nothing in files that it does not see, so this also proves that
 * each of these files was checked.
 */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import * as z from 'zod';
import { argumentsOf, command } from './command-line/command.ts';
import { circlesOfFolders, type Import } from './imports/folder-circles.ts';

const rules = fileURLToPath(new URL('../.dependency-cruiser.mjs', import.meta.url));
const folders = ['bin', 'functions', 'infra', 'shared', 'test'];

/** The result for a project: one line per violation, and the numbers of checked modules and imports. */
export type Findings = { readonly lines: readonly string[]; readonly modules: number; readonly imports: number };

async function cruiseOf(project: string, start: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(start, { ...(await extractOptions(rules)), baseDir: project });
  if (typeof output === 'string') throw new TypeError('dependency-cruiser returned text instead of its result');
  return output;
}

/** Product code; tests may import from any folder. */
const isProduct = (file: string): boolean =>
  /^(bin|functions|infra|shared)\//.test(file) && !/([.]test|[.-]fixture)[.]tsx?$/.test(file);

/** dependency-cruiser's own rule for folders counts a folder's files as those of every folder above. */
function folderProblems({ modules }: Pick<ICruiseResult, 'modules'>): string[] {
  const imports = modules
    .filter(({ source }) => isProduct(source))
    .flatMap(({ source, dependencies }) =>
      dependencies.flatMap(({ resolved }): Import[] => (isProduct(resolved) ? [{ from: source, to: resolved }] : [])),
    );
  return circlesOfFolders(imports).map((circle) => {
    const arrows = circle.map(({ from, to }) => `${from} → ${to}`).join(', ');
    return `folders: ${arrows}: no-circles-of-folders. What both need is below them, or they are one.`;
  });
}

/**
 * Checks imports of the project in the folder `project` (absolute path).
 * @param named files whose imports are checked, with those of what they import; none for all
 */
export async function judgeImports(project: string, named: readonly string[] = []): Promise<Findings> {
  const files =
    named.length > 0
      ? named
      : globSync(
          folders.map((folder) => `${folder}/**/*.ts`),
          { cwd: project },
        );
  const result = await cruiseOf(project, named.length > 0 ? [...named] : globSync(folders, { cwd: project }));
  const { modules, summary } = result;
  const reasons = new Map(summary.ruleSetUsed?.forbidden?.map(({ name, comment }) => [name, comment]));
  const seen = new Set(modules.map(({ source }) => source));
  const lines = [
    ...summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}. ${reasons.get(rule.name) ?? ''}`),
    ...folderProblems(result),
    ...files.filter((file) => !seen.has(file)).map((file) => `${file} was not checked`),
  ];
  return { lines, modules: files.length, imports: summary.totalDependenciesCruised ?? 0 };
}

export const tool = command({
  name: 'imports',
  purpose: 'Checks imports by the rules of .dependency-cruiser.mjs, and that no folders need each other.',
  arguments: { file: z.array(z.string()).default([]).describe('files to check; without one, all') },
});

if (import.meta.main) {
  const { file: files } = argumentsOf(tool);
  const { lines, modules, imports } = await judgeImports(process.cwd(), files);
  for (const line of lines) console.error(line);
  console.log(`${modules} modules, ${imports} imports`);
  process.exitCode = lines.length > 0 || modules === 0 ? 1 : 0;
}
