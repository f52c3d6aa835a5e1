import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { sourcesOf } from '#infra/bundle-manifest.ts';
import { root } from '#infra/esbuild-options.ts';

/** The files of the project that the templates are made from, relative to its folder. */
export async function templateSources(): Promise<ReadonlySet<string>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['infra/stacks/app.ts'],
    outdir: 'templates',
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return new Set([...sourcesOf(metafile).values()].flat());
}

/**
 * Synthesizes the present sources and compares the templates with those of a synthesized app.
 *
 * @param bundles folder of the bundles of that app: with the same code, templates differ by their declarations only
 * @returns names of the stacks whose templates differ
 * @throws Error with the output of the synthesis if it fails
 */
export async function changedStacks(assembly: string, bundles: string): Promise<readonly string[]> {
  const draft = mkdtempSync(join(tmpdir(), 'trunkline-templates-'));
  try {
    await synthesize(bundles, draft);
    const [before, after] = [templatesIn(assembly), templatesIn(draft)];
    const stacks = [...new Set([...before.keys(), ...after.keys()])];
    return stacks.filter((stack) => before.get(stack) !== after.get(stack));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function synthesize(bundles: string, outdir: string): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'synthesize.ts'), bundles, outdir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [, problem] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  if (child.exitCode !== 0) throw new Error(problem.trim());
}

const suffix = '.template.json';

const templatesIn = (assembly: string): ReadonlyMap<string, string> =>
  new Map(
    globSync(`*${suffix}`, { cwd: assembly }).map((file) => [
      file.slice(0, -suffix.length),
      readFileSync(join(assembly, file), 'utf8'),
    ]),
  );
