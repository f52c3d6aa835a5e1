import { afterAll, beforeAll, expect, test } from 'vitest';
import { lampOf } from '#functions/sip-sidecar/line-states.fixture.ts';
import { eventually } from '../../support/eventually.ts';
import { newPhone, type Phone } from '../../support/sip-phone.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newLine } from '../calls.fixture.ts';
import { newPhoneUser, type PhoneUser } from '../phone-pages.fixture.ts';
import { liveCalls, startTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';
import type { Account } from './accounts.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { startLinphone } from './linphone.ts';
import { playCall } from './played-call.ts';
import { ownAddress } from './sip-server.ts';
import { accept, answered, ask, callerSide, dial as dials, part, provenSequence } from './sipp-dialog.ts';

/** Codes that phones of others dial for one user, and a key that shows what they set. */

needs('baresip', 'linphonec', 'rtpengine', 'sipp');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let task: TaskAddress;
let user: PhoneUser;
let schedule: string;
let key: Phone;

let extension = 411;
/** The account of a further phone of the user. */
const newAccount = (): Promise<Account> => newLine(cloud.tenant, String(extension++), { user_id: user.id });

beforeAll(async () => {
  cloud = await startTaskCloud(2, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const [here, there] = cloud.tasks as [TaskAddress, TaskAddress];
  task = here;
  user = await newPhoneUser(cloud.tenant, 'Eve', '401');
  const office = { name: uniqueName('office'), time_zone: 'Europe/Berlin' };
  schedule = `schedule/${texts(await cloud.tenant.ask('PUT', '/schedules/new', office))['id']}`;
  expect(outcome(await cloud.tenant.ask('POST', `/users/${user.id}`, { roles: ['admin'] }))).toBe('200');
  // It is at the other task.
  key = await newPhone(there, await newAccount(), { from: ownAddress() });
  everything.defer(() => key.close());
  for (const target of ['dnd', 'forward', schedule])
    expect((await key.subscribe({ target, event: 'dialog' })).status).toBe(200);
});
afterAll(() => everything.disposeAsync());

const handling = async (): Promise<Body> =>
  ((await cloud.tenant.ask('GET', `/users/${user.id}/callhandling`)).body as { readonly data: Body }).data;
const idle = () => eventually(async () => expect(await liveCalls(cloud)).toEqual([]), 30_000);

const [on, off] = ['recipient confirmed', 'terminated'];
const forwardedTo = (condition: string, to: string | null) => ({
  forward: expect.objectContaining({ [condition]: to }) as unknown,
});

/** Codes, what a key shows after each, and what the user has set. */
const changes = {
  '*78': ['dnd', on, { do_not_disturb: true }],
  '*79': ['dnd', off, { do_not_disturb: false }],
  '*72300': ['forward', on, forwardedTo('always', '300')],
  '*73': ['forward', off, forwardedTo('always', null)],
  '*90300': ['forward', on, forwardedTo('busy', '300')],
  '*91': ['forward', off, forwardedTo('busy', null)],
  '*92300': ['forward', on, forwardedTo('no_answer', '300')],
  '*93': ['forward', off, forwardedTo('no_answer', null)],
} as const;

/** Dials codes, and expects what each sets, that it is shown, and that the call ends when it was said. */
async function expectChanges(
  dialCode: (code: string) => Promise<unknown>,
  ...codes: readonly (keyof typeof changes)[]
) {
  for (const code of codes) {
    const [target, lamp, set] = changes[code];
    const dialed = dialCode(code);
    await eventually(() => expect([code, lampOf(key, target)]).toEqual([code, lamp]), 20_000);
    expect(await handling()).toMatchObject(set);
    await dialed;
    await idle();
  }
}

/** Dials codes whose calls are answered, and go on until they are hung up. */
async function expectAnswers(dialCode: (code: string) => Promise<unknown>, ...codes: readonly string[]) {
  for (const code of codes) {
    await dialCode(code);
    await eventually(async () => {
      const live = await liveCalls(cloud);
      expect([code, live.map(({ status }) => status)]).toEqual([code, ['answered']]);
    }, 20_000);
    for (const { id } of await liveCalls(cloud)) await cloud.tenant.ask('DELETE', `/Calls/${String(id)}`);
    await idle();
  }
}

test('baresip', async () => {
  const [account, from] = [await newAccount(), ownAddress()];
  await using _ = await startRegisteredBaresip(account, { from, transport: 'udp', server: task, calls: true });
  const dialCode = (code: string) => tellBaresip(from, 'dial', `sip:${code}@${account.domain}`);
  await expectChanges(dialCode, '*78', '*79', '*72300', '*73', '*90300', '*91', '*92300', '*93');
  await expectAnswers(dialCode, '*43', '*65', '*97', '*98');
});

test('Linphone', async () => {
  const [account, from] = [await newAccount(), ownAddress()];
  await using phone = await startLinphone(account, from, task);
  const dialCode = async (code: string) => phone.tell(`call sip:${code}@${account.domain}`);
  await expectChanges(dialCode, '*78', '*79', '*90300', '*91');
});

test('SIPp', async () => {
  const [account, from] = [await newAccount(), ownAddress()];
  const body = [
    ...['v=0', 'o=sipp 1 1 IN IP4 [local_ip]', 's=-', 'c=IN IP4 [media_ip]', 't=0 0'],
    'm=audio [media_port] RTP/AVP 0',
  ];
  const dialCode = (code: string) => {
    const scenario = part(dials(code, { body }), answered(), ask(callerSide, 'ACK', provenSequence), accept('BYE'));
    return playCall({ account, to: task, from, scenario, args: ['-mi', from] });
  };
  await expectChanges(dialCode, '*72300', '*73', '*92300', '*93');
  for (const lamp of [on, off]) {
    await dialCode('*28');
    await eventually(() => expect(lampOf(key, schedule)).toBe(lamp), 20_000);
  }
  // It has no call to park, and hears that.
  await dialCode('*85');
});
