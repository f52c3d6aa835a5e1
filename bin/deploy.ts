import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import { assertNothingLocal, deployStage } from '#infra/deployment/deploy.ts';
import { assertNoContext, stageNamed } from '#infra/deployment/stage-file.ts';
import { accountAt } from '#infra/preflight/account.ts';
import { command, run } from './command-line/command.ts';
import { accountAccess } from './stage/access.ts';
import { assemble, templatesOf, withFolder } from './templates-of.ts';

const flag = z.boolean().default(false);
const several = z.array(z.string()).default([]);

export const tool = command({
  name: 'deploy',
  purpose:
    'Deploys the stage that infra/stages/<stage>.json describes. Checks the account, compares with what is deployed, ' +
    'shows `cdk diff`, and asks.',
  arguments: {
    stage: z
      .string({
        error:
          'name the stage that infra/stages/<stage>.json describes; npm run new-stage writes it. ' +
          'A stage for tests without a file: npx cdk deploy --all -c stage=test …',
      })
      .describe('its name'),
  },
  options: {
    remove: several.describe('a setting that vanishes, or deletes or replaces resources'),
    context: several.describe('is not accepted: settings are in the file').meta({ short: 'c' }),
    adopt: flag.describe('takes over a stage that has not recorded its settings'),
    yes: flag.describe('deploys without a question, as in CI'),
    concurrency: z.coerce.number().int().min(1).default(1).describe('stacks that are deployed side by side'),
    'outputs-file': z.string().optional().describe('where the outputs are written; default: outputs.<stage>.json'),
    'import-existing-resources': flag.describe('that of `cdk deploy`'),
  },
});

async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

if (import.meta.main)
  await run(tool, async ({ stage: name, context, remove, adopt, yes, concurrency, ...given }) => {
    assertNoContext(
      name,
      context.map((each) => each.split('=')[0] ?? ''),
    );
    assertNothingLocal(process.env);
    const options = {
      ...{ remove, adopt, yes, concurrency },
      outputsFile: given['outputs-file'] ?? `outputs.${name}.json`,
      importsExisting: given['import-existing-resources'],
    };
    const stage = stageNamed(name);
    const { region } = stage;
    const account = accountAt(await accountAccess(region));
    const cdk = async (commandLine: readonly string[]): Promise<number> => {
      const child = spawn(join(import.meta.dirname, '../node_modules/.bin/cdk'), commandLine, {
        stdio: 'inherit',
        env: { ...process.env, AWS_REGION: region, AWS_DEFAULT_REGION: region },
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      return code ?? 1;
    };
    process.exitCode = await withFolder(async (folder) =>
      deployStage(stage, options, {
        account,
        cdk,
        assemble: async (settings) => ({ folder, templates: await assemble(settings, folder) }),
        synthesize: templatesOf,
        ask: process.stdin.isTTY ? confirmed : undefined,
        print: console.log,
      }),
    );
  });
