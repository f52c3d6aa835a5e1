/** `npm run forward-cdrs -- <folder> --url … --format …`: sends the CDRs that a switch writes into a folder. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { Format, submitCdrs } from '#functions/billing/cdr/contract.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { second } from '#schema/time.ts';
import { command, run, UsageError } from './command-line/command.ts';
import { Forwarder } from './forward-cdrs/forwarder.ts';

const flag = z.boolean().default(false);
const { timezone, legs, mapping } = submitCdrs.query;

export const tool = command({
  name: 'forward-cdrs',
  purpose:
    'Sends the CDRs that a switch appends to files of a folder, and goes on after an interruption. ' +
    'The access key is in TRUNKLINE_KEY.',
  arguments: { folder: z.string().describe('where the switch writes its CDRs') },
  options: {
    url: z.url().describe('the address of the API'),
    format: Format.describe('how the switch writes them'),
    files: z.string().default('*').describe('names of the files, with * for any text; default: all'),
    timezone: timezone.describe('the zone of local times, such as Europe/Berlin'),
    columns: z.string().optional().describe('names of the columns, if they are not the default'),
    mapping: mapping.describe('the id of the column mapping of CSV, whose columns it lists'),
    legs: legs.describe('which leg of a call is its CDR; default: a'),
    source: z.string().optional().describe('the name of the switch'),
    state: z.string().optional().describe('where the places in files are stored; default: .forwarded.json there'),
    once: flag.describe('ends when all that is there is sent'),
  },
});

if (import.meta.main)
  await run(tool, async ({ folder, url, files, once, state, columns, source, ...given }) => {
    const key = process.env['TRUNKLINE_KEY'] ?? '';
    if (key === '') throw new UsageError('TRUNKLINE_KEY must have an access key with the scope cdr:write');
    const stopping = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
    const query = definedFields({ ...given, columns, source });
    const settings = {
      ...{ folder, files, key, query },
      url: url.replace(/\/+$/, ''),
      isDocument: given.format === 'freeswitch',
      state: state ?? join(folder, '.forwarded.json'),
    };
    const forwarder = new Forwarder(settings, console.log, stopping.signal);
    while (!stopping.signal.aborted) {
      const hasSent = await forwarder.forward();
      if (once && !hasSent) return;
      if (!hasSent) await pause(second, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  });
