import { afterAll, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '../support/eventually.ts';
import { phoneBehindNat } from '../support/phone-behind-nat.fixture.ts';

const everything = new AsyncDisposableStack();
afterAll(() => everything.disposeAsync());

const answered = { kind: 'answered', response_code: 200 };

/** Milliseconds: longer than a load balancer keeps the flow of a UDP client that is silent (120 s). */
const silence = 130 * second;
/** Milliseconds in which the phone's next keep-alive arrives. */
const keepAliveTimeout = 90 * second;

test('a phone behind NAT is notified after 130 s, and again after its owner died and its next keep-alive', async () => {
  const { notify, state, nat, owner, other, phone } = await phoneBehindNat(everything);
  const end = Date.now() + silence;
  await eventually(() => Date.now() >= end, silence);
  expect([await notify(), nat.rejected()]).toEqual([answered, 0]);
  // The sidecar has sent it OPTIONS in these two minutes.
  expect(await state()).toMatchObject({ network_quality: 'excellent' });
  await owner.stop('SIGKILL');
  nat.routeTo(other.bound.udp);
  expect(await notify()).toEqual({ kind: 'unreachable' });
  await eventually(async () => expect(await notify()).toEqual(answered), keepAliveTimeout);
  expect(phone.notified.length).toBeGreaterThanOrEqual(2);
});
