import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '#infra/stacks/app.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import { argumentsOf, command } from './command-line/command.ts';

// `npm run synth`: the whole app, with what is off by default, with cdk-nag and offline template validation, into a
// temporary folder.
export const tool = command({
  name: 'synth',
  purpose: 'Synthesizes the whole app into a temporary folder, with its checks: cdk-nag, and validation of templates.',
});

if (import.meta.main) {
  argumentsOf(tool);
  const outdir = mkdtempSync(join(tmpdir(), 'trunkline-synth-'));
  try {
    const assembly = buildApp({
      outdir,
      bundles: await bundledFunctions(),
      context: { mediaRelay: 'true', release: 'canary', traces: 'xray' },
      checks: true,
    }).synth();
    console.log(`${assembly.stacks.length} stacks synthesized and checked`);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
