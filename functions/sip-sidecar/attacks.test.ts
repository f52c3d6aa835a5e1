import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack } from '../../test/support/attacked-sidecar.fixture.ts';
import { attackNames } from '../../test/support/sip-attacks.fixture.ts';
import { startSidecarProcess, type SidecarProcess } from '../../test/support/sidecar-process.fixture.ts';
import { startStore, type TestStore } from '../../test/support/store.fixture.ts';

/** `npm run soak -- sip` attacks for ten minutes each. */
const [seconds, rate] = [2, 100];

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

test.each(attackNames)('phones register beside %s', async (name) => {
  const { registrations, lost, amplification } = await attack(store, sidecar, { name, seconds, rate });
  expect(registrations).toBeGreaterThan(0);
  expect(lost / registrations).toBeLessThanOrEqual(0.05);
  expect(amplification).toBeLessThanOrEqual(name.startsWith('REGISTER') ? 3 : 1.5);
});
