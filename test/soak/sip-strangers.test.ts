import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack } from '../support/attacked-sidecar.fixture.ts';
import { attackNames } from '../support/sip-attacks.fixture.ts';
import { startSidecarProcess, type SidecarProcess } from '../support/sidecar-process.fixture.ts';
import { startStore, type TestStore } from '../support/store.fixture.ts';

/** `npm test` attacks for two seconds each. */
const seconds = Number(process.env['SIP_ATTACK_SECONDS'] ?? 600);
/** Packets a second. */
const rate = 500;
/** Bytes in use that an attack may leave behind: the tables of fixed size are part of the process before it. */
const growth = 16 * 1024 * 1024;

let store: TestStore;
let sidecar: SidecarProcess;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  store = await startStore();
  everything.defer(() => store.stop());
  sidecar = await startSidecarProcess(store);
  everything.defer(() => sidecar.stop());
});
afterAll(() => everything.disposeAsync());

test.each(attackNames)('phones lose at most 5 percent of their registrations beside %s', async (name) => {
  const damage = await attack(store, sidecar, { name, seconds, rate });
  process.stdout.write(`${name}: ${JSON.stringify(damage)}\n`);
  expect(damage.lost / damage.registrations).toBeLessThanOrEqual(0.05);
  expect(damage.growth).toBeLessThanOrEqual(growth);
  expect(damage.amplification).toBeLessThanOrEqual(name.startsWith('REGISTER') ? 3 : 1.5);
});
