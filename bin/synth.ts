import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '#infra/app.ts';
import { bundledFunctions } from '#infra/bundle.ts';

// `npm run synth`: the whole app, with what is off by default, with cdk-nag and offline template validation, into a
// temporary folder.
const outdir = mkdtempSync(join(tmpdir(), 'trunkline-synth-'));
try {
  const assembly = buildApp({
    outdir,
    bundles: await bundledFunctions(),
    context: { mediaRelay: 'true', release: 'canary' },
    checks: true,
  }).synth();
  console.log(`${assembly.stacks.length} stacks synthesized and checked`);
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
