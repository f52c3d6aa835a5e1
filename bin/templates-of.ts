import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { buildApp } from '#infra/app.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import type { DeclaredTemplate } from '#infra/declared.ts';

/** The values that arguments of the form `name=value` give. */
export const contextIn = (of: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    of.map((argument) => {
      const [name = '', ...value] = argument.split('=');
      return [name, value.join('=')];
    }),
  );

/** Synthesizes the app with a context for a tool that reads its templates, and removes them after. */
export async function withTemplates(
  context: Readonly<Record<string, string>>,
  use: (templates: readonly DeclaredTemplate[], app: App) => void | Promise<void>,
): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'trunkline-templates-'));
  process.env['CDK_VALIDATION'] = 'false';
  try {
    const app = buildApp({ outdir, bundles: await bundledFunctions(), context, checks: false });
    const { stacks } = app.synth();
    const templates = stacks.map(
      ({ templateFullPath }) => JSON.parse(readFileSync(templateFullPath, 'utf8')) as DeclaredTemplate,
    );
    await use(templates, app);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
