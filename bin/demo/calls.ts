import { setTimeout as pause } from 'node:timers/promises';
import { sendAll } from './client.ts';
import type { DemoContext } from './ensure.ts';
import { callOf, callsOf, type MadeUser, type Tenant } from './plan.ts';

/** Records of one message of the queue. */
const perMessage = 100;
/** Messages between two looks at how many are filed. */
const burst = 50;

type Counts = { readonly received: number; readonly pending: number };

async function countsOf({ ask }: DemoContext, batch: string): Promise<Counts> {
  const { data } = await ask('GET', `/cdr?batch_id=${batch}&limit=1`);
  const { received = 0, pending = 0 } = (data['batch'] ?? {}) as Partial<Counts>;
  return { received, pending };
}

type Calls = {
  readonly id: string;
  readonly users: readonly MadeUser[];
  /** Unix milliseconds before which all end. */
  readonly newest: number;
};

/** Sends the call records of a tenant to the queue, and waits until they are filed. Known ones are filed once. */
export async function fillCalls(context: DemoContext, tenant: Tenant, { id, users, newest }: Calls): Promise<void> {
  const { cloud, sizes, say } = context;
  const count = callsOf(tenant, sizes);
  const batch = `demo-${tenant.key}-${count}`;
  const { received } = await countsOf(context, `${batch}&org_id=${id}`);
  if (received >= count) return;
  const frame = { users, newest, days: sizes.days };
  const bodies = Array.from({ length: Math.ceil(count / perMessage) }, (_, at) =>
    JSON.stringify({
      ...{ schema: 'cdr.v1', source: 'demo', sent_at: new Date(newest).toISOString(), batch_id: batch, org_id: id },
      records: Array.from({ length: Math.min(perMessage, count - at * perMessage) }, (_each, record) =>
        callOf(tenant, at * perMessage + record, frame),
      ),
    }),
  );
  for (let at = 0; at < bodies.length; at += burst) {
    await sendAll(cloud, bodies.slice(at, at + burst));
    const wanted = Math.min(count, (at + burst) * perMessage);
    for (;;) {
      const counts = await countsOf(context, `${batch}&org_id=${id}`);
      if (counts.received - counts.pending >= wanted) break;
      await pause(500);
    }
    say(`${tenant.name}: ${wanted} of ${count} calls`);
  }
}
