import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { organizationText } from '#schema/values.ts';
import type { IngestContext } from './account-steps.ts';
import { countsOfUnfiled, sumByBatch } from './batch-report.ts';
import { rejectedEvent, rejectionReportOf } from './batch-report.ts';
import type { CdrMessage } from './cdr-message.ts';
import type { DeadLetters } from '#queue/dead-letters.ts';
import { lostRecords } from './lost-records.ts';
import { isRequeued, reportsOf, unfiledRecords, type MessageReport, type SettledMessage } from './outcomes.ts';
import { batchCountWrites, rejectionReportWrite } from './row.ts';
import { termsStore } from './store.ts';

type Message = SettledMessage<CdrMessage>;

/** Reports in one transaction. Each takes at most three of its writes. */
const maxReports = 30;

/**
 * Stores the reports of one organization, each once; one that is stored already is left out. They share transactions,
 * because messages of a batch would otherwise wait for each other's counts.
 */
async function storeReports(
  owner: number,
  reports: readonly MessageReport[],
  { clock, recorderOf, tryCommit }: IngestContext,
): Promise<void> {
  for (let waiting = reports; waiting.length > 0;) {
    const group = waiting.slice(0, maxReports);
    const failed = await tryCommit(owner, [
      ...group.map((report) => rejectionReportWrite(rejectionReportOf(report.from, report, clock()))),
      ...batchCountWrites(sumByBatch(group.flatMap((report) => countsOfUnfiled(report.from, owner, report)))),
      ...group.flatMap(({ from, rejected }) =>
        rejected.length === 0 ? [] : [recorderOf(owner)('cdr.rejected', rejectedEvent(from, owner, rejected))],
      ),
    ]);
    const stored = new Set(failed.map(({ at }) => group[at]));
    waiting = failed.length === 0 ? waiting.slice(group.length) : waiting.filter((report) => !stored.has(report));
  }
}

/** Answers the organization, or the operator if there is no such organization. Reads each organization once. */
function existingOwners({ tableOf }: IngestContext): (organization: number) => Promise<number> {
  const terms = termsStore(tableOf);
  const owners = new Map<number, Promise<number>>();
  return (organization) => {
    const owner =
      owners.get(organization) ??
      terms.exists(organization).then((exists) => (exists ? organization : operatorOrganization));
    owners.set(organization, owner);
    return owner;
  };
}

/** A message that goes back to a queue. `unread`: no run has begun to file its records. */
type Returned = Pick<Message, 'identity' | 'message'> & { readonly unread: boolean };

/**
 * Sends copies of messages to the backlog, whose originals SQS deletes when the run ends. Only a copy has used up no
 * receive: one that is made visible again counts further. It keeps the identity of its original, so that none of both
 * is a duplicate if the run dies in between.
 */
export const requeue = (messages: readonly Returned[], { queues }: IngestContext): Promise<void> =>
  queues.send(
    'cdr-backlog',
    messages.map(({ identity, message, unread }) => ({
      body: { ...message, first_delivered_as: identity, unread },
      ...(typeof message.org_id === 'number' ? { group: organizationText(message.org_id) } : {}),
    })),
  );

type Ends = {
  readonly ownerOf: (organization: number) => Promise<number>;
  readonly deadLetters: DeadLetters;
};

/** The reports of a message that is done. @throws as `unfiledRecords`: then it is delivered again */
async function endMessage(message: Message, { ownerOf, deadLetters }: Ends): Promise<MessageReport[]> {
  const unfiled = unfiledRecords(message, operatorOrganization);
  const lost = lostRecords(message);
  if (lost !== undefined) await deadLetters(lost);
  return reportsOf(
    message.identity,
    await Promise.all(unfiled.map(async (record) => ({ ...record, owner: await ownerOf(record.owner) }))),
  );
}

/**
 * Ends the messages of a run: each is done, requeued, or fails and is delivered again.
 * @returns by identity, whether the message is done or requeued
 */
export async function endMessages(
  messages: readonly Message[],
  context: IngestContext,
  deadLetters: DeadLetters,
): Promise<ReadonlyMap<string, PromiseSettledResult<unknown>>> {
  const ends = { ownerOf: existingOwners(context), deadLetters };
  const results = new Map<string, PromiseSettledResult<unknown>>();
  const reports: MessageReport[] = [];
  const returned = messages.filter(isRequeued);
  const [requeued] = await Promise.allSettled([
    requeue(
      returned.map(({ identity, message }) => ({ identity, message, unread: false })),
      context,
    ),
  ]);
  for (const { identity } of returned) results.set(identity, requeued);
  await Promise.all(
    messages
      .filter((message) => !isRequeued(message))
      .map(async (message) => {
        const [result] = await Promise.allSettled([endMessage(message, ends)]);
        results.set(message.identity, result);
        if (result.status === 'fulfilled') reports.push(...result.value);
      }),
  );
  await Promise.all(
    [...Map.groupBy(reports, ({ owner }) => owner)].map(async ([owner, own]) => {
      const [result] = await Promise.allSettled([storeReports(owner, own, context)]);
      if (result.status === 'rejected') for (const { identity } of own) results.set(identity, result);
    }),
  );
  return results;
}
