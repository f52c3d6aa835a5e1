/**
 * `npm run imports [file …]`: checks imports by the rules of `.dependency-cruiser.mjs`, of all files or of those named.
 * A rule finds nothing in files that it does not see, so this also proves that each of these files was checked.
 */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const rules = fileURLToPath(new URL('../.dependency-cruiser.mjs', import.meta.url));
const folders = ['bin', 'functions', 'infra', 'shared', 'test'];

/** The result for a project: one line per violation, and the numbers of checked modules and imports. */
export type Findings = { readonly lines: readonly string[]; readonly modules: number; readonly imports: number };

async function cruiseOf(project: string, start: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(start, { ...(await extractOptions(rules)), baseDir: project });
  if (typeof output === 'string') throw new TypeError('dependency-cruiser returned text instead of its result');
  return output;
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
  const { modules, summary } = await cruiseOf(
    project,
    named.length > 0 ? [...named] : globSync(folders, { cwd: project }),
  );
  const reasons = new Map(summary.ruleSetUsed?.forbidden?.map(({ name, comment }) => [name, comment]));
  const seen = new Set(modules.map(({ source }) => source));
  const lines = [
    ...summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}. ${reasons.get(rule.name) ?? ''}`),
    ...files.filter((file) => !seen.has(file)).map((file) => `${file} was not checked`),
  ];
  return { lines, modules: files.length, imports: summary.totalDependenciesCruised ?? 0 };
}

if (import.meta.main) {
  const { lines, modules, imports } = await judgeImports(process.cwd(), process.argv.slice(2));
  for (const line of lines) console.error(line);
  console.log(`${modules} modules, ${imports} imports`);
  process.exitCode = lines.length > 0 || modules === 0 ? 1 : 0;
}
