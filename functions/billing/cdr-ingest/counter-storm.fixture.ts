import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Sender, Store } from '#dynamodb/client.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { tableFor } from '#dynamodb/table.ts';
import { miscountedIn } from '#test/system/operations/call-counters.fixture.ts';
import { callsOf, messagesOf, randomGenerator, shuffle } from '#test/system/cdr-chaos-calls.fixture.ts';
import { correctedCalls, correctionMessages } from '#test/system/operations/cdr-corrections.fixture.ts';
import { runWholesale } from '../cdr-wholesale/wholesale.fixture.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { addAccount, startIngestion } from './ingest.fixture.ts';
import { cdrRow, readCdrs } from './row.ts';

/**
 * A storm of records in this process: repeated, corrected and voided, by consumers that are killed before or after they
 * commit. It waits for no clock, so that a busy machine only makes it slower. A storm in a cloud is in `test/system`.
 */

const clock = (): Date => new Date();

/** A store that is lost before or after some transactions commit, as if the function was killed. */
const losing =
  (random: () => number) =>
  (client: Sender): Sender => ({
    send: (async (command: Parameters<Sender['send']>[0]) => {
      const isLost = command instanceof TransactWriteItemsCommand && random() < 0.2;
      if (isLost && random() < 0.5) throw new Error('lost before');
      const answer = await client.send(command);
      if (isLost) throw new Error('lost after');
      return answer;
    }) as Sender['send'],
  });

type Through = (client: Sender) => Sender;

/** Messages that a consumer has at a time. */
const batch = 20;

/** Delivers messages to new consumers until all are settled, some at a time. @returns what they send on */
async function deliverAll(store: Store, bodies: readonly string[], through: Through): Promise<unknown[]> {
  const sent: unknown[] = [];
  let waiting = bodies.map((body, at): readonly [string, string] => [`m${at}`, body]);
  for (let round = 0; waiting.length > 0; round += 1) {
    // Each batch is delivered a few times.
    if (round > 100 + bodies.length) throw new Error(`${waiting.length} messages are not settled`);
    const taken = waiting.slice(0, batch);
    const consumer = startIngestion(store, { clock, through });
    const again = new Set(await consumer.deliver(Object.fromEntries(taken)));
    const bodiesTo = (wanted: string) =>
      consumer.queues.sent.filter(({ queue }) => queue === wanted).map(({ message }) => message.body);
    sent.push(...bodiesTo('cdr-wholesale'));
    waiting = [
      ...waiting.slice(batch),
      ...taken.filter(([id]) => again.has(id)),
      ...bodiesTo('cdr-backlog').map((body, at) => [`b${round}-${at}`, JSON.stringify(body)] as const),
    ];
  }
  return sent;
}

/** Messages about CDRs to charge that a consumer has at a time. */
const charged = 500;

async function chargeResellers(store: Store, bodies: readonly unknown[], through: Through): Promise<void> {
  let waiting = [...bodies];
  for (let round = 0; waiting.length > 0; round += 1) {
    if (round > 50 + bodies.length) throw new Error(`${waiting.length} messages are not settled`);
    const taken = waiting.slice(0, charged);
    const { failed, requeued } = await runWholesale(store, taken, { clock, through });
    waiting = [...waiting.slice(charged), ...(failed > 0 ? taken : []), ...requeued];
  }
}

async function filedIn(store: Store, organization: number): Promise<FiledCdr[]> {
  const table = tableFor<'cdr' | 'cdr@GSI1'>(store, organization);
  const items = await readToEnd((after) => table.queryIndex(cdrRow, 'GSI1', [String(organization)], after));
  return readCdrs(
    table,
    items.map(({ id }) => id),
  );
}

/**
 * Runs a storm for three new organizations: a reseller, a customer with calls, and one with corrected calls.
 * @param family the number of the reseller; the customers have the next two
 */
export async function runCounterStorm(
  store: Store,
  { family, seed, calls, corrected }: Readonly<Record<'family' | 'seed' | 'calls' | 'corrected', number>>,
) {
  const random = randomGenerator(seed);
  const [reseller, customer, changing] = [family, family + 1, family + 2] as const;
  await addAccount(store, reseller, { type: 'reseller' });
  for (const each of [customer, changing]) await addAccount(store, each, { parent_id: reseller });
  const draw = { longest: 600, random };
  const corrections = correctionMessages(correctedCalls(corrected, draw), `org_${changing}`, {
    random,
    shuffle: (all) => shuffle(all, random),
  });
  const plain = messagesOf(callsOf(calls, draw).calls, `org_${customer}`, random);
  const through = losing(random);
  const sent = await deliverAll(store, shuffle([...plain.bodies, ...corrections.bodies], random), through);
  await chargeResellers(store, sent, through);
  const [own, changed] = [await filedIn(store, customer), await filedIn(store, changing)];
  const miscounted = [
    ...(await miscountedIn(store, `org_${customer}`, { own, sold: [] })),
    ...(await miscountedIn(store, `org_${changing}`, { own: changed, sold: [] })),
    ...(await miscountedIn(store, `org_${reseller}`, { own: [], sold: [...own, ...changed] })),
  ];
  return { filed: own.length, changed: changed.length, voided: changed.some(({ void: isVoid }) => isVoid), miscounted };
}
