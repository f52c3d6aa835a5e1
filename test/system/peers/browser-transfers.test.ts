import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { newLine, useExtensions } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { expectEnd, expectJoined, newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import type { AdministeredTenant } from '../tenant.fixture.ts';
import { newPeerTenant } from './accounts.ts';
import type { BrowserCall, BrowserPhone } from './browser-phone.ts';
import { jsSipPhone, provideWebRtc } from './jssip-phone.ts';
import { sipServer } from './sip-server.ts';
import { sipJsPhone } from './sipjs-phone.ts';

/**
 * Browser phones and phones over UDP, as far as signalling goes: without a media relay the phones describe their media
 * as browsers do, and call. A call of a browser to a phone over UDP is rejected before it rings.
 */

const url = connect().outputs['WebSocketUrl'] ?? '';

provideWebRtc();

let tenant: AdministeredTenant;
const open = new DisposableStack();
beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
});
afterAll(() => open.dispose());

let extensions = 300;
const newExtension = (): string => String((extensions += 1));

const sees = (call: BrowserCall, text: string): Promise<void> =>
  eventually(() => expect(call.seen).toContain(text), 20_000);

async function newPhones(count: number): Promise<RegisteredSoftphone[]> {
  const made = await newSoftphones(tenant, Array.from({ length: count }, newExtension), sipServer, { media: 'web' });
  for (const { phone } of made) open.use(phone);
  return made;
}

describe.each([
  ['JsSIP', jsSipPhone],
  ['SIP.js', sipJsPhone],
] as const)('%s and phones over UDP', (_name, newBrowserPhone) => {
  let browser: BrowserPhone;
  const extension = newExtension();
  beforeAll(async () => {
    browser = open.use(await newBrowserPhone({ ...(await newLine(tenant, extension)), url }));
  });

  /** A call of the first of some phones to the browser, which answers. */
  async function connected(count = 1) {
    const phones = await newPhones(count);
    const [bob] = phones as [RegisteredSoftphone];
    const before = browser.incoming.length;
    const taken = bob.phone.call(extension);
    const call = (await eventually(() => browser.incoming[before] ?? false, 20_000)) as BrowserCall;
    call.answer();
    await eventually(() => expect(taken.isUp).toBe(true), 20_000);
    await sees(call, 'answered');
    return { call, taken, phones, bob };
  }

  test('the browser holds, resumes, is held and hangs up', async () => {
    const { call, taken } = await connected();
    const hears = (direction: string): Promise<void> =>
      eventually(
        () =>
          expect([taken.media.split(' ')[1], call.seen, taken.log]).toEqual([
            direction,
            ['answered'],
            expect.any(Array),
          ]),
        20_000,
      );
    call.hold();
    await hears('sendonly');
    call.resume();
    await hears('sendrecv');
    expect(await taken.offer('sendonly')).toMatch(/recvonly$/);
    await sees(call, 'held');
    call.hangUp();
    await expectEnd(taken, 'ended by peer');
  });

  test('the browser refers a phone to another one', async () => {
    const { call, taken, phones, bob } = await connected(2);
    const [, carol] = phones as [RegisteredSoftphone, RegisteredSoftphone];
    call.transfer(carol.extension);
    const third = await carol.phone.nextCall();
    await sees(call, 'transferred');
    await expectJoined([bob.phone, taken], [carol.phone, third]);
    third.hangUp();
    await expectEnd(taken, 'ended by peer');
  });

  test('the browser hears that a transfer fails, and goes on talking', async () => {
    const { call, taken } = await connected();
    call.transfer('04711');
    await sees(call, 'not transferred');
    expect(taken.isUp).toBe(true);
    call.hangUp();
    await expectEnd(taken, 'ended by peer');
  });
});
