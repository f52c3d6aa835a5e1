import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { cdrsOf, newLine, useExtensions } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { newSoftphones } from '../softphones.fixture.ts';
import type { AdministeredTenant } from '../tenant.fixture.ts';
import { newPeerTenant } from './accounts.ts';
import type { BrowserCall, BrowserPhone } from './browser-phone.ts';
import { jsSipPhone, provideWebRtc } from './jssip-phone.ts';
import { sipJsPhone } from './sipjs-phone.ts';

/** Calls of browser phones over WebSocket (RFC 7118), by what their libraries report. */

const url = connect().outputs['WebSocketUrl'] ?? '';
const libraries = { JsSIP: jsSipPhone, 'SIP.js': sipJsPhone };
type Library = keyof typeof libraries;

provideWebRtc();

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
});

let extensions = 300;

/** A registered phone with an extension of its own. */
async function newPhone(library: Library): Promise<{ phone: BrowserPhone; extension: string }> {
  extensions += 1;
  const extension = String(extensions);
  return { phone: await libraries[library]({ ...(await newLine(tenant, extension)), url }), extension };
}

const sees = (call: BrowserCall, text: string): Promise<boolean> =>
  eventually(() => call.seen.includes(text)).catch((error: unknown) => {
    throw new Error(`expected ${text}, seen: ${call.seen.join(', ')}`, { cause: error });
  });

/** The first call that a phone gets. */
const firstCallOf = ({ incoming }: BrowserPhone): Promise<BrowserCall> =>
  eventually(() => incoming[0] ?? false).then((call) => call as BrowserCall);

/** A call that rings. */
async function ringing(caller: Library, callee: Library) {
  const [from, to] = [await newPhone(caller), await newPhone(callee)];
  const call = from.phone.call(to.extension);
  const taken = await firstCallOf(to.phone);
  await sees(call, 'ringing');
  return {
    call,
    taken,
    extension: to.extension,
    [Symbol.dispose]: () => {
      from.phone[Symbol.dispose]();
      to.phone[Symbol.dispose]();
    },
  };
}

/** A call that is answered. */
async function connected(caller: Library, callee: Library) {
  const running = await ringing(caller, callee);
  running.taken.answer();
  await sees(running.call, 'answered');
  await sees(running.taken, 'answered');
  return running;
}

describe.each([
  ['JsSIP', 'SIP.js'],
  ['SIP.js', 'JsSIP'],
] as const)('%s calls %s', (caller, callee) => {
  test('digits, hold and resume of both sides reach the other one, and the caller hangs up', async () => {
    using running = await connected(caller, callee);
    const { call, taken, extension } = running;
    for (const [here, there] of [
      [call, taken],
      [taken, call],
    ] as const) {
      here.press('5');
      await sees(there, 'digit 5');
      here.hold();
      await sees(there, 'held');
      here.resume();
      await sees(there, 'resumed');
    }
    call.hangUp();
    await sees(taken, 'hung up');
    const cdrs = async () => (await cdrsOf(tenant, 1)).find((cdr) => cdr['callee'] === extension);
    await eventually(async () => (await cdrs()) !== undefined, 30_000);
    expect(await cdrs()).toMatchObject({ direction: 'internal', disposition: 'ANSWERED' });
  });

  test('the callee hangs up', async () => {
    using running = await connected(caller, callee);
    running.taken.hangUp();
    await sees(running.call, 'hung up');
  });

  test('the callee is busy', async () => {
    using running = await ringing(caller, callee);
    running.taken.reject(486);
    await sees(running.call, 'rejected 486');
  });

  test('the caller gives up', async () => {
    using running = await ringing(caller, callee);
    running.call.hangUp();
    await sees(running.taken, 'cancelled');
  });
});

describe('without a media relay', () => {
  test('a browser and a phone do not ring each other: 488 says why', async () => {
    const [made] = await newSoftphones(tenant, ['290']);
    using phone = made.phone;
    const { phone: browser, extension } = await newPhone('JsSIP');
    using _ = browser;
    const call = browser.call('290');
    await sees(call, 'rejected 488');
    const back = phone.call(extension);
    await eventually(() => back.log.includes('failed 488'), 20_000);
    expect([phone.calls, browser.incoming]).toEqual([[], []]);
  });
});
