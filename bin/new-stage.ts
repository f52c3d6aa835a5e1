import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import { newStage, questions, reportLines } from '#infra/deployment/new-stage.ts';
import { stagePath } from '#infra/deployment/stage-file.ts';
import { accountAt, type AccountAccess } from '#infra/preflight/account.ts';
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

if (import.meta.main)
  await run(tool, async (given) => {
    const found = await known();
    const terminal = process.stdin.isTTY
      ? createInterface({ input: process.stdin, output: process.stdout })
      : undefined;
    try {
      const stage = await newStage(given, {
        account: found?.account,
        region: found?.access.region ?? process.env['AWS_REGION'],
        ask: terminal === undefined ? undefined : async (question) => terminal.question(question),
        print: console.log,
      });
      console.log(`\nWrote ${stagePath(stage.name)}. Keep it: it has all settings of the stage, and no secret.`);
      const { context, region } = stage;
      const account = found === undefined ? undefined : accountAt({ ...found.access, region });
      await withTemplates(context, async (templates) => {
        for (const line of await reportLines(stage, templates, account)) console.log(line);
      });
      console.log(`\nNext: npm run deploy -- ${stage.name} (infra/README.md, "Deployment", lists all steps)`);
    } finally {
      terminal?.close();
    }
  });
