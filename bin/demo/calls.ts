import { setTimeout as pause } from 'node:timers/promises';
import { sendAll } from './client.ts';
import type { DemoContext } from './ensure.ts';
import { callOf, callsOf, type MadeUser, type Tenant } from './plan.ts';

/** How much was done at a time. `at`: Unix milliseconds. */
type Progress = { readonly done: number; readonly at: number };

/** How long the rest takes at the same speed, such as `, 2 min left`; empty: nothing was done yet. */
export function leftText(from: Progress, now: Progress, wanted: number): string {
  const [done, time] = [now.done - from.done, now.at - from.at];
  if (done <= 0 || time <= 0) return '';
  const seconds = Math.ceil(((wanted - now.done) * time) / done / 1_000);
  return seconds < 90 ? `, ${seconds} s left` : `, ${Math.round(seconds / 60)} min left`;
}

/** Records of one message of the queue. */
const perMessage = 100;

/** Milliseconds between two looks at how many are filed. */
const interval = 2_000;

type Counts = { readonly received: number; readonly pending: number };

async function countsOf({ ask }: Pick<DemoContext, 'ask'>, { id, batch }: SentCalls): Promise<Counts> {
  const { data } = await ask('GET', `/cdr?batch_id=${batch}&org_id=${id}&limit=1`);
  const { received = 0, pending = 0 } = (data['batch'] ?? {}) as Partial<Counts>;
  return { received, pending };
}

/** The call records of a tenant that are in the queue, or filed. `id`: of the tenant. */
export type SentCalls = { readonly id: string; readonly batch: string; readonly count: number };

type Calls = {
  readonly id: string;
  readonly users: readonly MadeUser[];
  /** Unix milliseconds before which all end. */
  readonly newest: number;
};

/** Sends the call records of a tenant to the queue, as a producer does. Known ones are filed once. */
export async function sendCalls(
  context: DemoContext,
  tenant: Tenant,
  { id, users, newest }: Calls,
): Promise<SentCalls> {
  const { cloud, sizes } = context;
  const count = callsOf(tenant, sizes);
  const sent = { id, batch: `demo-${tenant.key}-${count}`, count };
  const { received } = await countsOf(context, sent);
  if (received >= count) return sent;
  const frame = { users, newest, days: sizes.days };
  const bodies = Array.from({ length: Math.ceil(count / perMessage) }, (_, at) =>
    JSON.stringify({
      ...{
        schema: 'cdr.v1',
        source: 'demo',
        sent_at: new Date(newest).toISOString(),
        batch_id: sent.batch,
        org_id: id,
      },
      records: Array.from({ length: Math.min(perMessage, count - at * perMessage) }, (_each, record) =>
        callOf(tenant, at * perMessage + record, frame),
      ),
    }),
  );
  await sendAll(cloud, bodies);
  return sent;
}

/** Waits until the calls are filed, and says how many are and how long the others take. */
export async function waitForCalls(context: DemoContext, sent: readonly SentCalls[]): Promise<void> {
  const wanted = sent.reduce((sum, { count }) => sum + count, 0);
  const filed = async (): Promise<number> => {
    const counts = await Promise.all(sent.map((each) => countsOf(context, each)));
    return counts.reduce(
      (sum, { received, pending }, at) => sum + Math.min(received - pending, sent[at]?.count ?? 0),
      0,
    );
  };
  const from = { done: await filed(), at: Date.now() };
  for (let done = from.done, said = 0; done < wanted; done = await filed()) {
    if (Date.now() - said >= 5 * interval) {
      context.say(`${done} of ${wanted} calls are filed and rated${leftText(from, { done, at: Date.now() }, wanted)}`);
      said = Date.now();
    }
    await pause(interval);
  }
  context.say(`${wanted} calls are filed and rated`);
}
