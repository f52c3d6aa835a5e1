import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import * as z from 'zod';
import { buildApp } from '#infra/stacks/app.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import type { DeclaredTemplate } from '#infra/declared.ts';
import { stageNamed } from '#infra/deployment/stage-file.ts';

type Context = Readonly<Record<string, string>>;

/** An argument of the form `name=value`, or the name of a stage that has a file. */
export const ContextValue = z.string().regex(/^[A-Za-z]\w*(?:=|$)/, 'must be a stage, or have the form name=value');

/** The context that arguments give: `name=value`, or the name of a stage that has a file. @throws StageError */
export const contextIn = (of: readonly string[]): Record<string, string> =>
  Object.assign(
    {},
    ...of.map((argument) => {
      if (!argument.includes('=')) return stageNamed(argument).context;
      const [name = '', ...value] = argument.split('=');
      return { [name]: value.join('=') };
    }),
  ) as Record<string, string>;

/** As the CDK command line synthesizes: `cdk diff` names resources by these paths. */
const commandLine: Context = { 'aws:cdk:enable-path-metadata': 'true', 'aws:cdk:enable-asset-metadata': 'true' };

/** Synthesizes a stage into a folder, with all checks, as CDK does. @returns the templates by the names of stacks */
export async function assemble(context: Context, outdir: string): Promise<Map<string, DeclaredTemplate>> {
  const app = buildApp({
    ...{ outdir, bundles: await bundledFunctions(), checks: true },
    context: { ...commandLine, ...context },
  });
  return templatesIn(app);
}

const templatesIn = (app: App): Map<string, DeclaredTemplate> =>
  new Map(
    app
      .synth()
      .stacks.map(({ stackName, templateFullPath }) => [
        stackName,
        JSON.parse(readFileSync(templateFullPath, 'utf8')) as DeclaredTemplate,
      ]),
  );

/** Calls a function with a temporary folder, and removes it after. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-templates-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The templates of a context by the names of their stacks, without checks. */
export const templatesOf = async (context: Context): Promise<Map<string, DeclaredTemplate>> =>
  withFolder(async (outdir) => {
    const bundles = await bundledFunctions();
    process.env['CDK_VALIDATION'] = 'false';
    try {
      return templatesIn(buildApp({ outdir, bundles, context, checks: false }));
    } finally {
      delete process.env['CDK_VALIDATION'];
    }
  });

/** Synthesizes the app with a context for a tool that reads its templates, and removes them after. */
export async function withTemplates(
  context: Context,
  use: (templates: readonly DeclaredTemplate[]) => void | Promise<void>,
): Promise<void> {
  await use([...(await templatesOf(context)).values()]);
}
