import { Contention } from '#dynamodb/commit.ts';
import { consume, consumerDependencies, type Delivery } from '#runtime/consume.ts';
import type { DeadLetters } from '#queue/dead-letters.ts';
import { learnedPace, takeWithin, type Pace } from '#queue/work-budget.ts';
import { once } from '#concurrency/once.ts';
import { second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import { reportBalance } from '../charging/balance-steps.ts';
import {
  chargeReseller,
  fileNew,
  openOrganizationRun,
  readStored,
  type IngestContext,
  type IngestTools,
  type OrganizationRun,
  beginCounting,
} from './account-steps.ts';
import { readArrivals, roundsOf, type Arrival } from './arrival.ts';
import { unknownOrganization } from './rejection-reason.ts';
import type { CdrMessage } from './cdr-message.ts';
import { cdrIngest } from './contract.ts';
import { keyLimit } from './key-steps.ts';
import { versionOf, type StoredVersion } from './correction.ts';
import {
  failAll,
  failFiled,
  failWithoutProgress,
  filedIds,
  outcomeOfRepeat,
  rejectAll,
  screenArrivals,
  type Outcome,
  type SettledArrival,
} from './outcomes.ts';
import { endMessages, requeue } from './message-steps.ts';
import { changeStored } from './replacement-steps.ts';
import { tariffCache } from './tariff-cache.ts';

/** Organizations whose CDRs are filed at the same time. */
const maxOrganizations = 32;

const FILED: Outcome = { is: 'filed' };

/**
 * `redelivered`: ids of messages that were delivered before, so that some of their records may be filed already.
 * `begin`: counters of calls begin, at the latest.
 */
type RunTools = IngestTools & { readonly redelivered: ReadonlySet<string>; readonly begin: Begin };
type Begin = (context: IngestContext) => Promise<void>;

/** Settles an arrival whose identity is stored. @param stored versions of stored CDRs by id, in which it changes one */
async function settleRepeat(
  run: OrganizationRun,
  arrival: Arrival,
  present: StoredVersion,
  stored: Map<string, StoredVersion>,
): Promise<Outcome> {
  const outcome = outcomeOfRepeat(present, arrival);
  if (typeof outcome !== 'string') return outcome;
  if (run.context.clock().getTime() > run.deadline) return { is: 'deferred', by: 'deadline' };
  try {
    const settled = await changeStored(run, arrival);
    stored.set(arrival.cdr.id, settled.stored);
    return settled.outcome;
  } catch (error) {
    return error instanceof Contention ? { is: 'deferred', by: 'contention' } : { is: 'failed', error };
  }
}

/** Settles arrivals of different identities. @param stored versions of stored CDRs by id, to which it adds */
async function settleRound(
  run: OrganizationRun,
  round: readonly Arrival[],
  stored: Map<string, StoredVersion>,
): Promise<SettledArrival[]> {
  const result = await fileNew(
    run,
    round.filter(({ cdr }) => !stored.has(cdr.id)),
  );
  for (const [id, cdr] of result.stored) stored.set(id, cdr);
  const settled: SettledArrival[] = [];
  // One after the other, because changes of stored CDRs share the sums of a period.
  for (const arrival of round) {
    const { id } = arrival.cdr;
    const undecided = result.undecided.get(id);
    const present = stored.get(id);
    if (undecided === undefined && present === undefined) stored.set(id, versionOf(arrival));
    const outcome = undecided ?? (present === undefined ? FILED : await settleRepeat(run, arrival, present, stored));
    settled.push({ arrival, outcome });
  }
  return settled;
}

/** The work that follows filing. Repeated for a message that is delivered again, it changes nothing. */
async function followUp(run: OrganizationRun, settled: readonly SettledArrival[]): Promise<SettledArrival[]> {
  const ids = filedIds(settled);
  if (ids.length === 0) return [...settled];
  try {
    await reportBalance(run.account.organization, run.context);
    await chargeReseller(run, ids);
    return [...settled];
  } catch (error) {
    return failFiled(settled, error);
  }
}

async function settleOrganization(
  organization: number,
  arrivals: readonly Arrival[],
  tools: RunTools,
): Promise<SettledArrival[]> {
  const [run] = await Promise.all([openOrganizationRun(organization, arrivals, tools), tools.begin(tools.context)]);
  if (run === null) return rejectAll(arrivals, unknownOrganization(organizationText(organization)));
  const { timely, untimely } = screenArrivals(arrivals, {
    now: run.calendar.now,
    retention: run.account.retention,
  });
  const mayBeStored = timely.some(({ from }) => tools.redelivered.has(from.message));
  const stored = new Map<string, StoredVersion>(mayBeStored ? await readStored(run, timely) : []);
  const settled = [...untimely];
  for (const round of roundsOf(timely)) settled.push(...(await settleRound(run, round, stored)));
  return followUp(run, settled);
}

/** Settles the arrivals of all organizations, each independently of the others. */
async function settleAll(arrivals: readonly Arrival[], tools: RunTools): Promise<readonly SettledArrival[]> {
  const waiting = [...Map.groupBy(arrivals, ({ cdr }) => cdr.organization)];
  const settled: SettledArrival[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [organization, own] = next;
      settled.push(
        ...(await settleOrganization(organization, own, tools).catch((error: unknown) => failAll(own, error))),
      );
    }
  };
  await Promise.all(Array.from({ length: maxOrganizations }, work));
  return failWithoutProgress(settled);
}

type CdrDelivery = Delivery<CdrMessage>;

const identityOf = ({ id, message }: CdrDelivery): string => message.first_delivered_as ?? id;

/** Whether a run may have filed records of the message. */
const wasBegun = ({ message, receives }: CdrDelivery): boolean =>
  receives > 1 || (typeof message.first_delivered_as === 'string' && message.unread !== true);

/** The messages of a batch. One that occurs twice in it is one message. */
const messagesIn = (deliveries: readonly CdrDelivery[]) =>
  [...Map.groupBy(deliveries, identityOf)].flatMap(([identity, own]) =>
    own.slice(0, 1).map(({ message }) => ({
      identity,
      message,
      begun: own.some(wasBegun),
      items: message.records.length,
      group: String(message.org_id),
    })),
  );

/**
 * Milliseconds of a run for one organization at the entrance. Messages of others wait while a run works on a large one:
 * what it does not finish in this time goes to the backlog, where no other organization waits.
 */
const share = second;

/** Whether messages come from producers. Those of the backlog are copies. */
const isEntrance = (deliveries: readonly CdrDelivery[]): boolean =>
  deliveries.some(({ message }) => typeof message.first_delivered_as !== 'string');

/** Milliseconds before the time-out after which no transaction begins, so that what follows them is in time. */
const safetyMargin = 1.5 * second;

/** Reads, settles and ends the messages that the run can finish, and requeues the others before. */
async function ingest(
  deliveries: readonly CdrDelivery[],
  {
    pace,
    deadLetters,
    ...tools
  }: IngestTools & { readonly pace: Pace; readonly begin: Begin; readonly deadLetters: DeadLetters },
): Promise<ReadonlyMap<string, PromiseSettledResult<unknown>>> {
  const { context, deadline } = tools;
  const now = (): number => context.clock().getTime();
  const { taken, rest } = takeWithin(messagesIn(deliveries), {
    ofRun: pace.itemsIn(deadline - now()),
    ofGroup: isEntrance(deliveries) ? pace.itemsIn(share) : Infinity,
  });
  const [requeued] = await Promise.allSettled([
    requeue(
      rest.map(({ begun, ...message }) => ({ ...message, unread: !begun })),
      context,
    ),
  ]);
  const began = now();
  const read = taken.map((message) => ({ ...message, ...readArrivals(message.message, message.identity) }));
  const arrivals = read.flatMap((message) => message.arrivals);
  const redelivered = new Set(taken.flatMap(({ identity, begun }) => (begun ? identity : [])));
  const outcomes = await settleAll(arrivals, { ...tools, redelivered });
  pace.learn(
    outcomes.filter(({ outcome }) => outcome.is !== 'deferred' && outcome.is !== 'failed').length,
    now() - began,
  );
  const settled = Map.groupBy(outcomes, ({ arrival }) => arrival.from.message);
  const ended = await endMessages(
    read.map((message) => ({ ...message, settled: settled.get(message.identity) ?? [] })),
    context,
    deadLetters,
  );
  return new Map([...ended, ...rest.map(({ identity }) => [identity, requeued] as const)]);
}

/** The handler of both consumers. @param dependencies what the function reaches outside; tests pass their own */
export const cdrIngestHandler = (dependencies = consumerDependencies()) => {
  const cache = tariffCache();
  const pace = learnedPace();
  const begin = once(beginCounting);
  const limitKeys = keyLimit();
  return consume(
    cdrIngest,
    async (deliveries, context, { end }) => {
      const results = await ingest(deliveries, {
        context,
        cache,
        limitKeys,
        pace,
        begin,
        deadLetters: dependencies.deadLetters,
        deadline: end - safetyMargin,
      });
      return deliveries.map(
        (delivery) => results.get(identityOf(delivery)) ?? { status: 'fulfilled', value: undefined },
      );
    },
    dependencies,
  );
};

export const handler = cdrIngestHandler();
