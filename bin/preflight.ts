import { Resolver } from 'node:dns/promises';
import * as z from 'zod';
import { comparisonFinding, settingsOf } from '#infra/deployment/deploy.ts';
import { stageNamed } from '#infra/deployment/stage-file.ts';
import { accountAt, type AccountAccess } from '#infra/preflight/account.ts';
import { afterFindings, type Outside } from '#infra/preflight/after.ts';
import { findingLine } from '#infra/preflight/finding.ts';
import { findingsOf, needList } from '#infra/preflight/preflight.ts';
import { second } from '#schema/time.ts';
import { command, run } from './command-line/command.ts';
import { accountAccess } from './stage/access.ts';
import { contextIn, ContextValue, templatesOf } from './templates-of.ts';

export const tool = command({
  name: 'preflight',
  purpose:
    'Asks the account whether a deployment fits, by calls that change nothing; without credentials, prints the needs.',
  arguments: {
    context: z.array(ContextValue).default([]).describe('a stage that has a file, or name=value: its settings'),
  },
  options: { after: z.boolean().default(false).describe('checks what is left to do after, and during, a deployment') },
});

const resolver = new Resolver({ timeout: 5 * second, tries: 2 });
const outside: Outside = {
  addresses: async (name) => resolver.resolve4(name),
  services: async (name) =>
    (await resolver.resolveSrv(name)).map((of) => [of.priority, of.weight, of.port, of.name].join(' ')),
  get: async (url) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(10 * second) });
    return { status: response.status, json: await response.json().catch(() => undefined) };
  },
};

/** The access to the account, if there is one. */
async function accessTo(region: string | undefined): Promise<AccountAccess | undefined> {
  try {
    return await accountAccess(region);
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

if (import.meta.main)
  await run(tool, async ({ context: given, after }) => {
    const name = given.find((argument) => !argument.includes('='));
    const stage = name === undefined ? undefined : stageNamed(name);
    const access = await accessTo(stage?.region);
    const context = contextIn(given);
    const [byStack, settings] = [await templatesOf(context), settingsOf(context)];
    const templates = [...byStack.values()];
    if (access === undefined) {
      console.log('Without credentials and a region (AWS_PROFILE, AWS_REGION), this is what the deployment needs:');
      for (const need of needList(templates, settings)) console.log(`  ${need}`);
      return;
    }
    const account = accountAt(access);
    const findings = after
      ? await afterFindings([...byStack.keys()], settings, { account, outside })
      : await findingsOf(templates, settings, { account, region: access.region });
    if (stage !== undefined && !after)
      findings.push(await comparisonFinding({ ...stage, context }, byStack, { account, synthesize: templatesOf }));
    for (const finding of findings) console.log(findingLine(finding));
    process.exitCode = findings.some(({ verdict }) => verdict === 'blocks') ? 1 : 0;
  });
