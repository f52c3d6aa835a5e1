import { deferral, isTooLate } from '#schema/webhook/delivery.ts';
import { isSlow } from '#schema/webhook/pace.ts';
import { second } from '#schema/time.ts';
import type { Webhook } from '#schema/webhook/webhook.ts';
import { returnLease, takeLease } from '#schema/webhook/delivery-leases.ts';
import { attempt, type DeliveryContext, type Job, sendAttempt, skipAttempt } from './attempt-steps.ts';
import { deliveryStore, leasesWrite } from './store.ts';

/** The attempts of one batch to one receiver (functions/platform/webhook-delivery/README.md, "Two queues"). */

/** Milliseconds of a lease: longer than the consumer may run. */
const leaseTtl = 40 * second;

type Receiver = { readonly organization: number; readonly receiver: string };
type Lease = { readonly id: string; /** Attempts in flight. */ readonly attempts: number };

/** Takes a lease for attempts to a receiver: as many as are free. */
export async function takeAttempts(
  { organization, receiver }: Receiver,
  wanted: number,
  { nextId, clock, transact, tableOf, commitWithOthers }: DeliveryContext,
): Promise<Lease> {
  const id = nextId('lease');
  let attempts = 0;
  const decide = async () => {
    const before = await deliveryStore(tableOf(organization)).leases(receiver);
    const taken = takeLease(receiver, before, { id, attempts: wanted, ttl: leaseTtl }, clock());
    attempts = taken?.attempts ?? 0;
    return taken === undefined ? [] : [leasesWrite(before, taken.leases)];
  };
  await transact(organization, decide, commitWithOthers(receiver));
  return { id, attempts };
}

/** Returns a lease. */
export const returnAttempts = (
  { organization, receiver }: Receiver,
  { id }: Lease,
  { clock, transact, tableOf, commitWithOthers }: DeliveryContext,
): Promise<void> =>
  transact(
    organization,
    async () => {
      const before = await deliveryStore(tableOf(organization)).leases(receiver);
      return before === undefined ? [] : [leasesWrite(before, returnLease(before, id, clock()))];
    },
    commitWithOthers(receiver),
  );

/** Work on one message. Its promise is the outcome of the message. */
type Work = (job: Job) => Promise<unknown>;
export type Outcome = PromiseSettledResult<unknown>;

/** Milliseconds from the start of a batch in which attempts begin; each lasts up to 10 s. */
const beginsWithin = { 'webhook-deliver': 6 * second, 'webhook-retry': 15 * second } as const;

const settle = async (job: Job, work: Work): Promise<Outcome> => (await Promise.allSettled([work(job)]))[0];

/** Runs work on jobs, so many at a time, each by the first worker that is free. @returns outcomes by position */
async function inTurn(jobs: readonly Job[], workers: number, work: Work): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < jobs.length) {
      const at = next;
      next += 1;
      const job = jobs[at];
      if (job !== undefined) outcomes[at] = await settle(job, work);
    }
  };
  await Promise.all(Array.from({ length: workers }, run));
  return outcomes;
}

/** Attempts one after the other; those that would wait for a slow receiver go to the other queue. */
export function attemptQuickly(
  webhook: Webhook,
  jobs: readonly Job[],
  started: number,
  context: DeliveryContext,
): Promise<Outcome[]> {
  const end = started + beginsWithin['webhook-deliver'];
  let isQuick = webhook.pace.quick;
  return inTurn(jobs, 1, async (job) => {
    if (!isQuick || context.clock().getTime() > end) return sendAttempt(job.message, 0, context);
    isQuick = !isSlow(await attempt(webhook, job, context));
  });
}

/** An attempt for which none is free waits, or fails if the receiver does so anyway. */
async function defer(webhook: Webhook, job: Job, context: DeliveryContext): Promise<void> {
  const { message } = job;
  const { clock, random } = context;
  if (isTooLate(message.since, clock())) return skipAttempt(webhook, job, context, 'TOO_LATE');
  if (webhook.health.failing_since !== null) return skipAttempt(webhook, job, context);
  const wait = deferral(message.deferred, random());
  return sendAttempt({ ...message, deferred: message.deferred + 1 }, wait, context);
}

/** Attempts as far as few enough are in flight to the receiver, over all processes. */
export async function attemptPatiently(
  webhook: Webhook,
  jobs: readonly Job[],
  started: number,
  context: DeliveryContext,
): Promise<Outcome[]> {
  const end = started + beginsWithin['webhook-retry'];
  const receiver = { organization: webhook.org_id, receiver: webhook.id };
  const lease = await takeAttempts(receiver, jobs.length, context);
  if (lease.attempts === 0) return inTurn(jobs, jobs.length, (job) => defer(webhook, job, context));
  try {
    return await inTurn(jobs, lease.attempts, (job) =>
      context.clock().getTime() > end ? defer(webhook, job, context) : attempt(webhook, job, context),
    );
  } finally {
    // A lease that is not returned ends by itself.
    await returnAttempts(receiver, lease, context).catch((error: unknown) => {
      context.log.fault(error, webhook.id, 'a lease of attempts was not returned');
    });
  }
}
