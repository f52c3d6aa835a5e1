/**
 * `npm run erase-person -- <stage> --org 1001 --number +4930123456 --report <file>`: writes what is stored about a
 * person; `--user usr_…` names a user instead. With `--erase` the person is erased
 * (functions/system/erasures/README.md): first delete the account of a user with `DELETE /users/{id}`. On this machine
 * it also erases the copies that the data directory has.
 *
 * The report has a line of JSON for each record, and one with the totals. Exit code 0: done; 1: it has failed, and the
 * report says what was erased; 2: wrong use, nothing was done.
 */
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import * as z from 'zod';
import { erasureMessage } from '#functions/system/erasures/contract.ts';
import { ErasedPerson } from '#schema/erased-person.ts';
import { erasureReportKey } from '#schema/object-key.ts';
import { second } from '#schema/time.ts';
import { OrganizationId } from '#schema/values.ts';
import { eraseLocalCopies } from './erase-person/local-copies.ts';
import { command, CommandError, run, UsageError } from './command-line/command.ts';
import { bucketNamesAt, stageAt, where } from './stage/stage.ts';

export const tool = command({
  name: 'erase-person',
  purpose: 'Writes what is stored about a person into a report; with --erase it erases the person.',
  arguments: { stage: where },
  options: {
    org: OrganizationId.describe('number of the organization'),
    user: z.string().optional().describe('id of the user'),
    number: z.string().optional().describe('or the number of the person, E.164, such as +4930123456'),
    erase: z.boolean().default(false).describe('erases; first delete the account of a user with DELETE /users/{id}'),
    report: z
      .string()
      .refine((file) => !existsSync(file), 'must be a new file')
      .describe('new file: a line of JSON for each record, and one with the totals'),
  },
});

/** @throws UsageError unless one person is named */
function personOf({ user, number }: { readonly user?: string | undefined; readonly number?: string | undefined }) {
  if ((user === undefined) === (number === undefined)) throw new UsageError('name a person by --user or by --number');
  const person = ErasedPerson.safeParse(user === undefined ? { number } : { user_id: user });
  if (person.success) return person.data;
  throw new UsageError('--user must be an id, --number must be E.164, such as +4930123456');
}

/** The end of a report. */
const Report = z.object({
  failure: z.string().nullable(),
  totals: z.record(z.string(), z.record(z.string(), z.number())),
  event_log: z.enum(['forgotten', 'held']).nullable(),
  rewritten_archives: z.number(),
  parts: z.array(z.string()),
});

const ReportLine = z.object({ id: z.string(), state: z.string() });

/** The records in a part of a report. */
const recordsIn = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => ReportLine.parse(JSON.parse(line)));

const failures: Readonly<Record<string, string>> = {
  USER_EXISTS: 'The account of the user exists. Delete it first, with DELETE /users/{id}.',
};

/** Asks for a missing object. S3 says that it may not be read where a role may not list the bucket. */
const isMissing = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof Error && error.name === 'AccessDenied');

type Objects = { readonly client: S3Client; readonly Bucket: string };

async function textAt({ client, Bucket }: Objects, key: string): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
    return await Body?.transformToString();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Waits until an erasure has ended. @returns its end, and all parts of its report */
async function reportAt(objects: Objects, key: string) {
  let end: string | undefined;
  while ((end = await textAt(objects, key)) === undefined) await pause(second);
  const report = Report.parse(JSON.parse(end));
  const texts: string[] = [];
  for (const part of report.parts) {
    const text = await textAt(objects, part);
    if (text === undefined) throw new CommandError(`${part} is missing`);
    texts.push(text);
  }
  return { ...report, texts };
}

function printTotals({ totals, event_log, rewritten_archives }: z.output<typeof Report>): void {
  for (const [of, states] of Object.entries(totals))
    for (const [state, count] of Object.entries(states)) console.log(`${of}: ${count} ${state}`);
  if (Object.keys(totals).length === 0) console.log('There are no records about this person.');
  if (event_log === 'held') console.log('A hold keeps the names in the event log.');
  if (rewritten_archives > 0) console.log(`${rewritten_archives} archives were rewritten.`);
}

if (import.meta.main)
  await run(tool, async ({ stage, org: organization, erase, report, ...named }) => {
    const person = personOf(named);
    const { names, options } = stageAt(stage);
    const queues = new SQSClient(options);
    const client = new S3Client({ ...options, forcePathStyle: 'endpoint' in options });
    const { QueueUrl = '' } = await queues.send(new GetQueueUrlCommand({ QueueName: names.queue('jobs') }));
    const Bucket = (await bucketNamesAt(stage))('exports');

    const erasure_id = `erasure_${ulid()}`;
    // Only its owner may read the report. The file exists before anything is erased.
    const file = openSync(report, 'wx', 0o600);
    const { body, group } = erasureMessage({ org_id: organization, erasure_id, person, erase });
    await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body), MessageGroupId: group }));
    console.log(`${erasure_id} was started.`);
    const end = await reportAt({ client, Bucket }, erasureReportKey(organization, erasure_id));
    const { failure, totals, event_log, rewritten_archives, texts } = end;
    writeSync(file, texts.join(''));
    writeSync(file, `${JSON.stringify({ totals, event_log, rewritten_archives, erase, failure })}\n`);
    closeSync(file);
    printTotals(end);
    if (erase && stage.endsWith('.json')) {
      const { removed, isOverwritten, left } = await eraseLocalCopies(dirname(stage), person, texts.flatMap(recordsIn));
      console.log(`outbox: ${removed} deleted`);
      if (!isOverwritten)
        console.error('The store is in use: its file may still contain deleted data. Run this again.');
      for (const name of left) console.log(`${name} still names the person.`);
    }
    if (!erase) console.log('Nothing was erased. With --erase the records have the states that the report names.');
    if (failure !== null) console.error(failures[failure] ?? `The erasure has failed: ${failure}.`);
    process.exitCode = failure === null ? 0 : 1;
  });
