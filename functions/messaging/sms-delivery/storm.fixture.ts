import { readShards } from '#dynamodb/index-shards.ts';
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, testDependencies, type ManualClock } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { duePartition, dueRow, type DueItem } from '#dynamodb/rows/due.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { tableFor } from '#dynamodb/table.ts';
import { firstIdAt } from '#dynamodb/ulid.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { money } from '#schema/money.ts';
import type { Sms } from '#schema/sms.ts';
import { minute, second } from '#schema/time.ts';
import { TemporaryFault, type SmsProvider } from '#sms/provider.ts';
import { balanceOf, type Balance } from '../../billing/schema/balance.ts';
import { newProfile } from '../../billing/schema/billing-profile.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { creditRow, ledgerDayRow } from '../../billing/charging/row.ts';
import { smsHandler } from '../sms/handler.ts';
import { smsReportsHandler } from '../sms-reports/handler.ts';
import { smsMessage } from './contract.ts';
import { smsDeliveryHandler } from './handler.ts';
import { nextOrganization } from './sender.fixture.ts';
import { start } from './sms.fixture.ts';

/**
 * Sends many SMS through the real handlers, with a manual clock, a queue that repeats messages, a provider that fails,
 * and consumers that are killed anywhere.
 */

/** Shares of calls and deliveries. */
const chances = { temporary: 0.3, timeout: 0.05, killed: 0.1, repeated: 0.05, reported: 0.5 };
/** Seconds for which a message is hidden that a consumer did not end. */
const visibility = 120;
const senders = ['Acme', 'Bravo', 'Cargo', 'Delta', 'Echo'];

/**
 * Uniform numbers from 0 to 1, each by its name: the faults do not depend on the order in which consumers that run at
 * the same time draw them.
 */
const numbersFrom =
  (seed: number) =>
  (name: string): number =>
    createHash('sha256').update(`${seed} ${name}`).digest().readUInt32BE() / 2 ** 32;

/** What the carrier got, and of what it gave no answer; by the id of the message. */
type Carrier = {
  /** The number of calls of the provider. */
  readonly calls: Map<string, number>;
  /** The consumers that handed the message over. */
  readonly got: Map<string, readonly number[]>;
  /** The last time that the carrier accepted it without an answer: by which consumer, and whether a receipt came. */
  readonly unanswered: Map<string, { readonly consumer: number; readonly isReported: boolean }>;
};

/** @param consumer number of the consumer @param report takes a receipt */
function failingProvider(
  { carrier, random }: Pick<Storm, 'carrier' | 'random'>,
  consumer: number,
  report: (receipt: unknown) => void,
): SmsProvider {
  return {
    name: 'eum',
    send: async ({ id, organization, to }) => {
      const call = (carrier.calls.get(id) ?? 0) + 1;
      carrier.calls.set(id, call);
      const chance = random(`call ${call} for ${to}`);
      if (chance < chances.temporary) throw new TemporaryFault('busy');
      const times = [...(carrier.got.get(id) ?? []), consumer];
      carrier.got.set(id, times);
      const messageId = `carrier-${id}-${times.length}`;
      if (chance >= chances.temporary + chances.timeout) return { provider_message_id: messageId };
      const isReported = random(`receipt of call ${call} for ${to}`) < chances.reported;
      carrier.unanswered.set(id, { consumer, isReported });
      if (isReported)
        report({ eventType: 'TEXT_SENT', messageId, context: { message_id: id, organization: `org_${organization}` } });
      throw new Error('timed out');
    },
  };
}

type Storm = {
  readonly store: Store;
  readonly organization: number;
  readonly random: (name: string) => number;
  readonly clock: ManualClock;
  readonly carrier: Carrier;
  /** Messages of the queue, and receipts; `at`: when they become visible (Unix milliseconds). */
  readonly queue: { readonly body: unknown; readonly at: number; readonly isReceipt?: true }[];
  readonly notes: string[];
  consumers: number;
  /** Consumers that were killed. */
  readonly killed: Set<number>;
};

/** After so many calls of the store and the provider the consumer is dead: nothing that it awaits ever ends. */
function mortal({ random }: Storm, consumer: number) {
  const dies = random(`death of consumer ${consumer}`) < chances.killed;
  let left = dies ? Math.floor(random(`calls of consumer ${consumer}`) * 40) : Infinity;
  let die = (): void => undefined;
  const death = new Promise<'killed'>((resolve) => {
    die = () => resolve('killed');
  });
  const living = <T>(work: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left > 0) return work();
    die();
    return new Promise<T>(() => undefined);
  };
  return { death, living };
}

/** One consumer takes up to ten messages, and may die. */
async function consumeSome(storm: Storm, bodies: readonly unknown[]): Promise<void> {
  const { store, clock, queue } = storm;
  const consumer = (storm.consumers += 1);
  const { death, living } = mortal(storm, consumer);
  const provider = failingProvider(storm, consumer, (body) => {
    queue.push({ body, at: clock.now().getTime() + minute, isReceipt: true });
  });
  const send: Store['client']['send'] = (command) => living(() => store.client.send(command));
  const dependencies = Object.assign(testDependencies({ ...store, client: { send } }, { clock }), {
    // The answer of the provider is lost, too, if the consumer dies while it waits for it.
    sms: { ...provider, send: (sms) => living(() => provider.send(sms)).then((by) => living(async () => by)) },
  } satisfies { sms: SmsProvider });
  const result = await Promise.race([smsDeliveryHandler(dependencies)(batchOf(bodies)), death]);
  storm.notes.push(...dependencies.notes);
  const now = clock.now().getTime();
  for (const { message } of dependencies.queues.sent)
    queue.push({ body: message.body, at: now + (message.delay ?? 0) * second });
  if (result === 'killed') storm.killed.add(consumer);
  const failed =
    result === 'killed'
      ? bodies
      : result.batchItemFailures.map(({ itemIdentifier }) => bodies[Number(itemIdentifier.slice(1))]);
  for (const body of failed) queue.push({ body, at: now + visibility * second });
}

/** One receipt is taken. */
async function report({ store, clock, queue }: Storm, receipt: unknown): Promise<void> {
  const dependencies = testDependencies(store, { clock });
  const body = { Type: 'Notification', Timestamp: clock.now().toISOString(), Message: JSON.stringify(receipt) };
  expect(await smsReportsHandler(dependencies)(batchOf([body]))).toEqual({ batchItemFailures: [] });
  for (const { message } of dependencies.queues.sent) queue.push({ body: message.body, at: clock.now().getTime() });
}

/** Queues what events and due pointers start, as the sealer and the sweeper do. */
function starters(storm: Storm) {
  const { store, organization, clock, queue } = storm;
  const events = tableFor<'event'>(store, organization);
  const due = tableFor<'due' | 'due@GSI2'>(store, 0);
  const queuedDue = new Set<string>();
  const sealed = new Set<string>();
  const add = (id: string): void =>
    void queue.push({ body: smsMessage({ org_id: organization, id }).body, at: clock.now().getTime() });
  return {
    seal: async (): Promise<void> => {
      // Events of earlier times are sealed: the clock stands while any are made.
      const between = [firstIdAt('evt', clock.now().getTime()), 'evt_~'] as const;
      const items = await readToEnd((after) => events.query(eventRow, {}, { order: 'asc', between, ...after }));
      for (const { id, type, entity } of items) {
        if (sealed.has(id) || (type !== 'sms.accepted' && type !== 'sms.queued')) continue;
        sealed.add(id);
        add(entity.id);
      }
    },
    /** @returns when the next pointer is due */
    sweep: async (): Promise<number> => {
      const shards = readShards.map((at) => duePartition(at));
      const slices = await Promise.all(shards.map((shard) => due.queryIndex(dueRow, 'GSI2', shard, { order: 'asc' })));
      const own = slices
        .flatMap(({ items }): readonly DueItem[] => items)
        .filter(({ org_id, id }) => org_id === organization && !queuedDue.has(id));
      for (const { id, at, subject } of own) {
        if (Date.parse(at) > clock.now().getTime()) continue;
        queuedDue.add(id);
        add(subject);
      }
      return Math.min(...own.filter(({ id }) => !queuedDue.has(id)).map(({ at }) => Date.parse(at)));
    },
  };
}

/** Delivers until nothing waits any more. */
async function drain(storm: Storm): Promise<void> {
  const { queue, clock, random } = storm;
  const { seal, sweep } = starters(storm);
  let deliveries = 0;
  const isRepeated = (): boolean => random(`repetition of delivery ${(deliveries += 1)}`) < chances.repeated;
  for (;;) {
    await seal();
    const now = clock.now().getTime();
    const visible = queue.filter(({ at }) => at <= now).slice(0, 30);
    if (visible.length > 0) {
      for (const each of visible) queue.splice(queue.indexOf(each), 1);
      for (const { body } of visible.filter(({ isReceipt }) => isReceipt)) await report(storm, body);
      const messages = visible.filter(({ isReceipt }) => isReceipt === undefined);
      const bodies = messages.flatMap(({ body }) => (isRepeated() ? [body, body] : [body]));
      const shares = [0, 1, 2].map((consumer) => bodies.filter((_body, at) => at % 3 === consumer));
      await Promise.all(shares.filter((share) => share.length > 0).map((share) => consumeSome(storm, share)));
      continue;
    }
    const next = Math.min(await sweep(), ...queue.map(({ at }) => at));
    if (queue.some(({ at }) => at <= now)) continue;
    if (next === Infinity) return;
    clock.set(new Date(next));
  }
}

/** What a storm came to. */
export type StormResult = {
  readonly accepted: number;
  readonly messages: readonly Sms[];
  readonly balance: Balance;
  /** Charges of the ledger. */
  readonly ledger: bigint;
  readonly carrier: Carrier;
  readonly killed: ReadonlySet<number>;
  readonly doublesNoted: number;
};

/** @param count messages that are accepted */
export async function runSmsStorm(store: Store, seed: number, count: number): Promise<StormResult> {
  const organization = nextOrganization();
  const clock = manualClock(start.toISOString());
  const tenants = await tenantsIn(store);
  const settings = { sms: { sender_ids: senders } };
  const token = await tenants.join(organization, { organization: { settings } });
  const now = start.toISOString();
  const profile = newProfile({ id: 'bp_1', organization, billingName: 'Acme', currency: 'USD', now });
  await commit(store, organization, [
    create(billingProfileRow, { ...profile, parent: 1000 }),
    overwrite(creditRow, { credits: count * 7_500, currency: 'USD', fixed: true }),
  ]);
  const random = numbersFrom(seed);
  const accept = smsHandler(testDependencies(store, { clock }));
  const ids: number[] = [];
  for (let first = 0; first < count;) {
    const size = Math.min(count - first, 1 + Math.floor(random(`size of batch ${first}`) * 40));
    const to = Array.from({ length: size }, (_number, at) => `+1415${String(5_000_000 + first + at)}`);
    const body = {
      to,
      from: senders[Math.floor(random(`sender of batch ${first}`) * senders.length)],
      message: 'Hello',
    };
    expect((await call(accept, 'PUT /sms', { token, json: body })).status).toBe(200);
    ids.push(size);
    first += size;
  }
  const broke = await call(accept, 'PUT /sms', { token, json: { to: '+14155550123', from: 'Acme', message: 'Hi' } });
  expect(broke.status).toBe(402);
  const carrier: Carrier = { calls: new Map(), got: new Map(), unanswered: new Map() };
  const from = { store, organization, random, clock, carrier };
  const storm: Storm = { ...from, queue: [], notes: [], consumers: 0, killed: new Set() };
  await drain(storm);
  const table = tableFor<'sms' | 'balance' | 'chargeday'>(store, organization);
  const days = (await table.query(ledgerDayRow, {})).items;
  return {
    accepted: ids.reduce((sum, size) => sum + size, 0),
    messages: await readToEnd((after) => table.query(smsRow, {}, after)),
    balance: balanceOf((await table.query(creditRow, {})).items),
    ledger: days.reduce((sum, { charges = 0 }) => sum + BigInt(charges), 0n),
    carrier,
    killed: storm.killed,
    doublesNoted: storm.notes.filter((note) => note === 'sms handed over again').length,
  };
}

/** How often the carrier got a message again; only after the consumer died that had handed it over before. */
function doublesOf({ carrier, killed }: Pick<StormResult, 'carrier' | 'killed'>): number {
  const repeated = [...carrier.got.values()].map((consumers) => consumers.slice(0, -1));
  expect(repeated.flat().filter((consumer) => !killed.has(consumer))).toEqual([]);
  return repeated.flat().length;
}

/** A message that the carrier did not answer is sent if a receipt came, and has failed otherwise. */
function expectEndsOfUnanswered({ messages, carrier, killed }: StormResult): void {
  const ends = new Map(messages.map(({ id, status, error }) => [id, error?.code ?? status]));
  const missed = [...ends].filter(([, end]) => end === 'PROVIDER_TIMEOUT');
  expect(missed.filter(([id]) => carrier.unanswered.get(id)?.isReported !== false)).toEqual([]);
  // A consumer that dies may do so before it stores that there was no answer: its message is handed over again.
  const stored = [...carrier.unanswered].filter(([, { consumer }]) => !killed.has(consumer));
  expect(stored.map(([id]) => [id, ends.get(id)])).toEqual(
    stored.map(([id, { isReported }]) => [id, isReported ? 'sent' : 'PROVIDER_TIMEOUT']),
  );
}

/** Each accepted message has one end, and is charged once or not at all; the carrier got it twice only after deaths. */
export function expectSettled(result: StormResult): void {
  const { accepted, messages, balance, ledger, carrier, doublesNoted } = result;
  expect(messages).toHaveLength(accepted);
  const sent = messages.filter(({ status }) => status === 'sent');
  expect(messages.filter(({ status }) => !['sent', 'failed', 'expired'].includes(status))).toEqual([]);
  expect(sent.every(({ money: moved, id }) => moved === 'charged' && carrier.got.has(id))).toBe(true);
  expect(messages.every(({ status, money: moved }) => status === 'sent' || moved === 'returned')).toBe(true);
  const sum = money(BigInt(sent.length) * 7_500n);
  expect([balance.charges, ledger, balance.reservations]).toEqual([sum, sum, 0n]);
  expect(doublesOf(result)).toBeLessThanOrEqual(doublesNoted);
  expectEndsOfUnanswered(result);
}
