/**
 * `npm run imports`: checks imports by the rules of `.dependency-cruiser.mjs`. A rule finds nothing in files that it
 * does not see, so this also proves that every TypeScript file of the project was checked.
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

async function cruiseOf(project: string): Promise<ICruiseResult> {
  const present = globSync(folders, { cwd: project });
  const { output } = await cruise(present, { ...(await extractOptions(rules)), baseDir: project });
  if (typeof output === 'string') throw new TypeError('dependency-cruiser returned text instead of its result');
  return output;
}

/** Checks the imports of the project in the folder `project` (absolute path). */
export async function judgeImports(project: string): Promise<Findings> {
  const { modules, summary } = await cruiseOf(project);
  const reasons = new Map(summary.ruleSetUsed?.forbidden?.map(({ name, comment }) => [name, comment]));
  const seen = new Set(modules.map(({ source }) => source));
  const files = globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: project },
  );
  const lines = [
    ...summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}. ${reasons.get(rule.name) ?? ''}`),
    ...files.filter((file) => !seen.has(file)).map((file) => `${file} was not checked`),
  ];
  return { lines, modules: files.length, imports: summary.totalDependenciesCruised ?? 0 };
}

if (import.meta.main) {
  const { lines, modules, imports } = await judgeImports(process.cwd());
  for (const line of lines) console.error(line);
  console.log(`${modules} modules, ${imports} imports`);
  process.exitCode = lines.length > 0 || modules === 0 ? 1 : 0;
}
