import { addAccount, ingestionOn, messageOf, record } from '../functions/cdr-ingest/ingest.fixture.ts';
import { cdrHandler } from '../functions/cdr/handler.ts';
import { call, handClock, testOutside } from './accounts.fixture.ts';
import { startStore } from './store.fixture.ts';
import { keptQueues } from './outside.fixture.ts';
import { noon, tenantsIn } from './tenants.fixture.ts';
const { store, stop } = await startStore();
const tenants = await tenantsIn(store);
const token = await tenants.join(2001);
await addAccount(store, 2001);
const { deliver } = ingestionOn(store, { clock: () => new Date() });
const N = 20000;
const callOf = (at: number) => record(`call-${at}`, { callee: `+1415555${String(1_000 + (at % 2_000))}`, caller: `+1212555${String(1_000 + (at % 500))}`, trunk_id: `trunk_${at % 7}`, user_id: `usr_${at % 50}`, start_time: new Date(noon.getTime() - at * 60_000).toISOString(), end_time: new Date(noon.getTime() - at * 60_000 + 30000).toISOString() });
const t0 = performance.now();
for (let at = 0; at < N; at += 100) await deliver(Object.fromEntries(Array.from({ length: 100 }, (_, p) => [`m${at + p}`, messageOf(2001, [callOf(at + p)])])));
console.log('inserted', N, 'in', performance.now() - t0);
const handler = cdrHandler({ ...testOutside(store, { clock: handClock(noon.toISOString()) }), queues: keptQueues() });
const start = new Date(noon.getTime() - 80 * 86400e3).toISOString();
for (const [name, query] of Object.entries<Record<string, string>>({ number: { number: '+12125551100', start }, callee: { callee: '+14155551500', start }, trunk: { trunk_id: 'trunk_3', start }, user: { user_id: 'usr_7', start }, day: {}, all: { start }, busy: { disposition: 'BUSY', start } })) {
  const times: number[] = []; let total: unknown;
  for (let i = 0; i < 30; i += 1) { const b = performance.now(); const r = await call(handler, 'GET /cdr', { token, query }); times.push(performance.now() - b); total = (r.body as any).total + ' ' + (r.body as any).data?.length; }
  times.sort((a, b) => a - b);
  console.log(name, 'p50', times[15]?.toFixed(1), 'max', times[29]?.toFixed(1), 'total/len', total);
}
await stop();
