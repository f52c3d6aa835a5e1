/**
 * `node bin/erase-person.ts <stage> --org 1001 --number +4930123456 --report <file>`: writes what is stored about a
 * person, with the caller's AWS credentials; `--user usr_…` names a user instead. With `--erase` the person is erased
 * (functions/system/README.md, "Erasure of a person"): first delete the account of a user with `DELETE /users/{id}`.
 * `.local/outputs.json` as stage: the same on this machine, with the copies that its data directory has.
 *
 * The report has a line of JSON for each record, and one with the totals. Exit code 0: done; 1: it has failed, and the
 * report says what was erased; 2: wrong use, nothing was done.
 */
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
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
import { bucketNamesAt, stageAt } from './stage.ts';

const usage =
  'Use: node bin/erase-person.ts <stage or outputs.json> --org <number> --user <id> | --number <E.164> [--erase] ' +
  '--report <new file>';

function rejectUse(reason: string): never {
  console.error(`${reason}\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        org: { type: 'string' },
        user: { type: 'string' },
        number: { type: 'string' },
        erase: { type: 'boolean', default: false },
        report: { type: 'string' },
      },
    });
  } catch (error) {
    return rejectUse(error instanceof Error ? error.message : String(error));
  }
}

/** What is asked for. Ends the process if it is not well-formed. */
function readUse() {
  const { values, positionals } = readArguments();
  const { user, number, erase, report } = values;
  const [where] = positionals;
  if (where === undefined || positionals.length > 1) return rejectUse('Name one stage.');
  const organization = OrganizationId.safeParse(values.org);
  if (!organization.success) return rejectUse('--org must be the number of an organization.');
  if ((user === undefined) === (number === undefined)) return rejectUse('Name a user or a number.');
  const person = ErasedPerson.safeParse(user === undefined ? { number } : { user_id: user });
  if (!person.success) return rejectUse('--user must be an id, --number must be E.164, such as +4930123456.');
  if (report === undefined || existsSync(report)) return rejectUse('--report must name a new file.');
  return { where, organization: organization.data, person: person.data, erase, report };
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

const { where, organization, person, erase, report } = readUse();
const { names, options } = stageAt(where);
const [queues, objects] = [new SQSClient(options), new S3Client({ ...options, forcePathStyle: 'endpoint' in options })];

const { QueueUrl = '' } = await queues.send(new GetQueueUrlCommand({ QueueName: names.queue('jobs') }));
const Bucket = (await bucketNamesAt(where))('exports');

async function textAt(key: string): Promise<string | undefined> {
  try {
    const { Body } = await objects.send(new GetObjectCommand({ Bucket, Key: key }));
    return await Body?.transformToString();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const erasure_id = `erasure_${ulid()}`;
// Only its owner may read the report. The file exists before anything is erased.
const file = openSync(report, 'wx', 0o600);
const { body, group } = erasureMessage({ org_id: organization, erasure_id, person, erase });
await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body), MessageGroupId: group }));
console.log(`${erasure_id} was started.`);
let end: string | undefined;
while ((end = await textAt(erasureReportKey(organization, erasure_id))) === undefined) await pause(second);

const { failure, totals, event_log, rewritten_archives, parts } = Report.parse(JSON.parse(end));
const records: ReturnType<typeof recordsIn> = [];
for (const part of parts) {
  const text = await textAt(part);
  if (text === undefined) throw new Error(`${part} is missing`);
  writeSync(file, text);
  records.push(...recordsIn(text));
}
writeSync(file, `${JSON.stringify({ totals, event_log, rewritten_archives, erase, failure })}\n`);
closeSync(file);
for (const [of, states] of Object.entries(totals))
  for (const [state, count] of Object.entries(states)) console.log(`${of}: ${count} ${state}`);
if (Object.keys(totals).length === 0) console.log('There are no records about this person.');
if (event_log === 'held') console.log('A hold keeps the names in the event log.');
if (rewritten_archives > 0) console.log(`${rewritten_archives} archives were rewritten.`);
if (erase && where.endsWith('.json')) {
  const { removed, isOverwritten, left } = eraseLocalCopies(dirname(where), person, records);
  console.log(`outbox: ${removed} deleted`);
  if (!isOverwritten)
    console.error('The store is in use: what was deleted may be read in its file still. Run it again.');
  for (const name of left) console.log(`${name} names the person still.`);
}
if (!erase) console.log('Nothing was erased. With --erase the records have the states that the report names.');
if (failure !== null) console.error(failures[failure] ?? `The erasure has failed: ${failure}.`);
process.exitCode = failure === null ? 0 : 1;
