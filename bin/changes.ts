import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { ChangedTemplate } from '#infra/changes/changes.ts';
import { describeForbidden, forbiddenChanges } from '#infra/changes/forbidden.ts';
import { command, run } from './command-line/command.ts';
import { contextIn, ContextValue, templatesOf } from './templates-of.ts';

export const tool = command({
  name: 'changes',
  purpose:
    'Prints what a deployment would replace or remove of a stage, and exits with 1 if there is anything. The folder ' +
    'has a file <stack>.json for each stack that is deployed, of `aws cloudformation get-template`.',
  arguments: {
    folder: z.string().describe('of the deployed templates'),
    context: z.array(ContextValue).default([]).describe('a stage that has a file, or name=value: its settings'),
  },
});

if (import.meta.main)
  await run(tool, async ({ folder, context }) => {
    const deployed = new Map(
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .map((file) => [
          basename(file, '.json'),
          JSON.parse(readFileSync(join(folder, file), 'utf8')) as ChangedTemplate,
        ]),
    );
    const found = forbiddenChanges(deployed, await templatesOf(contextIn(context)));
    for (const change of found)
      console.log(`${change.confirmable ? 'confirm' : 'never  '} ${describeForbidden(change)}`);
    process.exitCode = found.length > 0 ? 1 : 0;
  });
