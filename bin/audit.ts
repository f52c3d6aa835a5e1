/**
 * `npm run audit`: checks that every package has a licence that permits its use, and asks npm's registry for known
 * vulnerabilities. A registry that does not answer such questions is skipped with a word.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '#infra/esbuild-options.ts';
import { argumentsOf, command } from './command-line/command.ts';
import { auditOutcome } from './audit/outcome.ts';
import { licenceProblems } from './audit/licences.ts';

export const tool = command({
  name: 'audit',
  purpose: 'Checks the licences of all packages, and asks the registry for known vulnerabilities.',
});

if (import.meta.main) {
  argumentsOf(tool);
  const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const licences = licenceProblems(lock);
  for (const problem of licences) console.error(problem);
  if (licences.length === 0) console.log('licences: all packages have one of the list');

  const { stdout } = spawnSync('npm', ['audit', '--json', '--audit-level=high'], { cwd: root, encoding: 'utf8' });
  const { line, isVulnerable } = auditOutcome(stdout);
  console.log(`vulnerabilities: ${line}`);
  process.exitCode = licences.length > 0 || isVulnerable ? 1 : 0;
}
