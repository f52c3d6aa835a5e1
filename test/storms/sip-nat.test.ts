import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { phoneBehindNat } from '../support/phone-behind-nat.fixture.ts';

const everything = new AsyncDisposableStack();
afterAll(() => everything.disposeAsync());

test('a phone behind NAT is reachable 30 s after it registered, whichever task gets the command', async () => {
  const { notify, nat, phone } = await phoneBehindNat(everything);
  const at = Date.now() + 31_000;
  await eventually(() => Date.now() > at, 32_000);
  expect([await notify(), await notify(), nat.rejected()]).toEqual([
    { kind: 'answered', response_code: 200 },
    { kind: 'answered', response_code: 200 },
    0,
  ]);
  expect(phone.notified.map(({ method }) => method)).toEqual(['NOTIFY', 'NOTIFY']);
});
