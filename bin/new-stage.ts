import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import { dollarsOf, idleMonth, priceList } from '#infra/cost/cost.ts';
import { settingsOf } from '#infra/deployment/deploy.ts';
import { newStage, questions } from '#infra/deployment/new-stage.ts';
import { stagePath, type Stage } from '#infra/deployment/stage-file.ts';
import { accountAt, type AccountAccess } from '#infra/preflight/account.ts';
import { findingsOf, needList } from '#infra/preflight/preflight.ts';
import { command, run } from './command-line/command.ts';
import { accountAccess } from './stage/access.ts';
import { withTemplates } from './templates-of.ts';

export const tool = command({
  name: 'new-stage',
  purpose:
    'Asks for the settings of a stage, and writes infra/stages/<name>.json; it never overwrites a file. Prints the ' +
    'price of an idle month, and what the account lacks. Where no one can answer, what is not given has its default.',
  options: Object.fromEntries(
    questions.map(({ option, text }) => [option, z.string().optional().describe(`answers: ${text}`)]),
  ),
});

/** The account of the credentials, if AWS answers. */
async function known(): Promise<{ readonly account: string; readonly access: AccountAccess } | undefined> {
  try {
    const access = await accountAccess();
    return { account: await accountAt(access).id(), access };
  } catch {
    return undefined;
  }
}

async function report({ name, region, context }: Stage, access: AccountAccess | undefined): Promise<void> {
  const list = priceList();
  await withTemplates(context, async (templates) => {
    const dollars = dollarsOf(idleMonth(templates, list)).toFixed(2);
    console.log(`\nAn idle month costs about ${dollars} US dollars (${list.region}): npm run cost -- ${name}`);
    const settings = settingsOf(context);
    const lines =
      access === undefined
        ? needList(templates, settings)
        : (await findingsOf(templates, settings, { account: accountAt({ ...access, region }), region }))
            .filter(({ verdict }) => verdict !== 'fits')
            .map(({ verdict, text }) => `${verdict.padEnd(8)} ${text}`);
    console.log(access === undefined ? '\nThe deployment needs (no credentials):' : '\nThe account lacks:');
    for (const line of lines) console.log(`  ${line}`);
  });
}

await run(tool, async (given) => {
  const found = await known();
  const terminal = process.stdin.isTTY ? createInterface({ input: process.stdin, output: process.stdout }) : undefined;
  try {
    const stage = await newStage(given, {
      account: found?.account,
      region: found?.access.region ?? process.env['AWS_REGION'],
      ask: terminal === undefined ? undefined : async (question) => terminal.question(question),
      print: console.log,
    });
    console.log(`\nWrote ${stagePath(stage.name)}. Keep it: it has all settings of the stage, and no secret.`);
    await report(stage, found?.access);
    console.log(`\nNext: npm run deploy -- ${stage.name} (infra/README.md, "Deployment", lists all steps)`);
  } finally {
    terminal?.close();
  }
});
