import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { phoneBehindNat } from '../support/phone-behind-nat.fixture.ts';

const everything = new AsyncDisposableStack();
afterAll(() => everything.disposeAsync());

const answered = { kind: 'answered', response_code: 200 };

test('a phone behind NAT is notified at 130 s; its owner killed, it is unreachable until its next keep-alive, which comes within 90 s', async () => {
  const { notify, state, nat, owner, other, phone } = await phoneBehindNat(everything);
  const at = Date.now() + 130_000;
  await eventually(() => Date.now() > at, 140_000);
  expect([await notify(), nat.rejected()]).toEqual([answered, 0]);
  // Within two minutes it was asked by OPTIONS, too.
  expect(await state()).toMatchObject({ network_quality: 'excellent' });
  await owner.stop('SIGKILL');
  nat.lead(other.bound.udp);
  expect(await notify()).toEqual({ kind: 'unreachable' });
  await eventually(async () => expect(await notify()).toEqual(answered), 90_000);
  expect(phone.notified.length).toBeGreaterThanOrEqual(2);
});
