import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { SrtpParty, type SrtpSuite } from '#test/support/srtp.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { voices } from '#test/support/voices.fixture.ts';
import { newFlow, newLine, newNumber, useExtensions } from '../calls.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import type { Account } from '../peers/accounts.ts';
import { sharedCloud } from '../shared-clouds.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, expectReport, refer, type Conversation } from '../softphones.fixture.ts';
import { outcome, uniqueName } from '../tenant.fixture.ts';

/** Phones with SRTP by keys of their own, in calls with all kinds of parties: who hears whom, and where keys are. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let bob: ToneListener;
let flow: string;
let mailbox: string;

const kinds = {
  none: undefined,
  optional: { suite: 'AES_CM_128_HMAC_SHA1_80', isRequired: false },
  required: { suite: 'AEAD_AES_256_GCM', isRequired: true },
} as const satisfies Readonly<Record<string, { suite: SrtpSuite; isRequired: boolean } | undefined>>;
type Kind = keyof typeof kinds;

/** A phone, and its keys. */
type Phone = { readonly listener: ToneListener; readonly party: SrtpParty | undefined; readonly account: Account };
const phones = new Map<Kind, Phone>();
const phoneOf = (kind: Kind): Phone => phones.get(kind) ?? expect.fail(`there is no phone with ${kind}`);

async function newPhone(kind: Kind, extension: string): Promise<Phone> {
  const { tenant, tasks } = cloud;
  const account = await newLine(tenant, extension);
  const wanted = kinds[kind];
  const party = wanted && new SrtpParty(wanted.suite);
  const srtp = wanted && party && { party, isRequired: wanted.isRequired };
  return { account, party, listener: everything.use(await ToneListener.of(account, tasks[0], voices.PCMU, srtp)) };
}

const ask = (method: string, path: string, body?: object) => cloud.tenant.ask(method, path, body);

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks, operator } = cloud;
  bob = everything.use(await ToneListener.register(tenant, tasks[0], '201'));
  for (const [at, kind] of (Object.keys(kinds) as Kind[]).entries())
    phones.set(kind, await newPhone(kind, String(211 + at)));
  const { welcome, menu, bye } = await uploadTones(tenant, { menu: 6 });
  const settings = { music_on_hold: welcome, prompts: { 'greeting-unavailable': welcome }, sip_trace: 'all' };
  expect(outcome(await ask('POST', '/orgs/me', { settings }))).toBe('200');
  flow = await newNumber(
    tenant,
    {
      type: 'flow',
      id: await newFlow(tenant, {
        welcome: { type: 'play', prompt: { file: welcome }, next: 'menu' },
        menu: { type: 'menu', prompt: [{ file: menu }], choices: { 5: 'bye' } },
        bye: { type: 'play', prompt: { file: bye }, next: 'end' },
        end: { type: 'hangup' },
      }),
    },
    operator,
  );
  expect(outcome(await ask('PUT', '/users', { username: uniqueName('ann'), extension: '299' }))).toBe('201');
  expect(outcome(await ask('PUT', '/voicemailprefs/299', {}))).toMatch(/^20[01]$/);
  mailbox = await newNumber(tenant, { type: 'voicemail', id: '299' }, operator);
});
afterAll(() => everything.disposeAsync());

/** While the other one speaks with a tone of 1,000 Hz. */
const expectTalk = (speaker: ToneListener, listener: ToneListener): Promise<void> =>
  eventually(async () => {
    const before = listener.voice.heard.length;
    await Promise.all([speaker.voice.speak(600, 1_000), listener.voice.speak(600)]);
    expect(listener.tonesSince(before)).toContain('menu');
  }, 20_000);

async function expectConversation({ caller, callee }: Conversation, from: ToneListener, to = bob): Promise<void> {
  from.voice.sendTo(caller.remote);
  to.voice.sendTo(callee.remote);
  await expectTalk(from, to);
  await expectTalk(to, from);
}

/** The answer to a phone with keys has one, in its profile; and that to another one has none. */
function expectAnswer(remote: string, kind: Kind): void {
  noteKeys(remote);
  expect(remote.match(/^a=crypto:/gm) ?? []).toHaveLength(kind === 'none' ? 0 : 1);
  expect(remote).toMatch(kind === 'required' ? /^m=audio \d+ RTP\/SAVP /m : /^m=audio \d+ RTP\/AVP /m);
}

/** Keys that the relay has sent to phones. */
const relayKeys = new Set<string>();
const noteKeys = (remote: string): void => {
  for (const [, key = ''] of remote.matchAll(/inline:([^\s|]+)/g)) relayKeys.add(key);
};

const messages = async (): Promise<readonly unknown[]> =>
  ((await ask('GET', '/voicemail?mailbox=299')).body as { data: readonly unknown[] }).data;

const ended = ({ call }: HeardCall) => expectEnd(call, 'ended by peer');

test.each(Object.keys(kinds) as Kind[])(
  'a phone with SRTP %s is heard by all, and hears them',
  async (kind) => {
    const { listener: ann, party } = phoneOf(kind);
    const call = await converse(ann.phone, bob.phone, '201');
    expectAnswer(call.caller.remote, kind);
    expect(call.callee.remote).not.toContain('a=crypto');
    await expectConversation(call, ann);
    expect(party?.isEncrypted).toBe(kind === 'none' ? undefined : true);

    // Held by the other one, it hears music, with the keys of before.
    const keys = call.caller.remote.match(/^a=crypto:.*/gm);
    await call.callee.offer('sendonly');
    const before = ann.voice.heard.length;
    await eventually(() => expect(ann.tonesSince(before)).toContain('welcome'), 20_000);
    await call.callee.offer('sendrecv');
    await expectConversation(call, ann);
    expect(call.caller.remote.match(/^a=crypto:.*/gm)).toEqual(keys);

    // Parked by the other one, it hears music, too.
    const { reports } = await refer(call.callee, '*85', { host: bob.phone.domain });
    await expectReport(reports, 200);
    const parked = ann.voice.heard.length;
    await eventually(() => expect(ann.tonesSince(parked)).toContain('welcome'), 20_000);
    call.caller.hangUp();

    const inFlow = await ann.call(flow);
    expectAnswer(inFlow.call.remote, kind);
    await eventually(() => expect(inFlow.tones()).toEqual(['welcome', 'menu']), 20_000);
    await ann.voice.press('5', { gap: 40 });
    await ended(inFlow);
    expect(inFlow.tones().at(-1)).toBe('bye');

    const known = (await messages()).length;
    const inMailbox = await ann.call(mailbox);
    await eventually(() => expect(inMailbox.tones().at(-1)).toBe('beep'), 20_000);
    await ann.voice.speak(2_500, 1_000);
    inMailbox.call.hangUp();
    await eventually(async () => expect(await messages()).toHaveLength(known + 1), 20_000);
  },
  90_000,
);

/** What a gateway is set to, whether it has SRTP, and the profiles that it is offered. */
const gateways = [
  ['none', false, ['RTP/AVP']],
  ['prefer', true, ['RTP/SAVP']],
  ['prefer', false, ['RTP/SAVP', 'RTP/AVP']],
  ['require', true, ['RTP/SAVP']],
] as const;

test.each(gateways)(
  'a gateway with media_encryption %s, whose SRTP is %s, is offered %j, and hears and is heard',
  async (encryption, isEncrypted, profiles) => {
    const party = isEncrypted ? new SrtpParty('AES_CM_128_HMAC_SHA1_80') : undefined;
    using gateway = await ToneListener.gateway(cloud.tasks[0], party);
    gateway.phone.answers = (call) => {
      const isTaken = isEncrypted === call.remote.includes('RTP/SAVP');
      party?.take(call.remote);
      if (isTaken) call.answer();
      else call.reject(488);
    };
    const { address: host, port } = gateway.phone.place;
    const name = uniqueName('srtp');
    const peer = { host, port, media_encryption: encryption, allow_clear_keys: true, ping: { enabled: false } };
    expect(outcome(await ask('PUT', '/sipgateways/new', { name, ...peer }))).toBe('201');
    const destination = `sofia/gateway/${name}/$1`;
    await useExtensions(cloud.tenant, { priority: 2, pattern: '^(07[0-9]{8})$', action: 'bridge', destination });

    const caller = bob.phone.call('0701234567');
    await eventually(() => expect(caller.log.at(-1)).toBe('answered'), 20_000);
    const offers = gateway.phone.calls.map(({ remote }) => /^m=audio \d+ (\S+)/m.exec(remote)?.[1]);
    expect(offers).toEqual(profiles);
    const callee = gateway.phone.calls.at(-1) ?? expect.fail('the gateway has no call');
    noteKeys(callee.remote);
    await expectConversation({ caller, callee }, bob, gateway);
    expect(party?.isEncrypted).toBe(isEncrypted ? true : undefined);
    expect(caller.remote).not.toContain('a=crypto');
    caller.hangUp();
  },
  60_000,
);

test('a gateway that requires SRTP, and is not sent keys, gets no call in clear', async () => {
  const name = uniqueName('clear');
  const peer = { host: '127.0.0.1', media_encryption: 'require', ping: { enabled: false } };
  expect(outcome(await ask('PUT', '/sipgateways/new', { name, ...peer }))).toBe('422 INSECURE_KEYS');
});

/** All files of the cloud: its store, its logs, and what is uploaded to it. */
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );

test('no key is in a trace, a log, or anything else that is written', async () => {
  const { cloud: shared } = await sharedCloud('sip');
  const keys = [...phones.values()].flatMap(({ party }) => (party === undefined ? [] : [party.key]));
  expect(relayKeys.size).toBeGreaterThan(3);
  const { body } = await ask('GET', '/Calls/history');
  const traces = await Promise.all(
    (body as { calls: { id: string }[] }).calls.map(async ({ id }) => ask('GET', `/Calls/${id}/trace`)),
  );
  const shown = JSON.stringify(traces);
  expect(shown).toContain('a=crypto:cut-out');
  const all = [...keys, ...relayKeys];
  expect(all.filter((key) => shown.includes(key))).toEqual([]);
  const files = filesIn(shared.dataDir);
  expect(files.some((file) => file.includes('logs'))).toBe(true);
  const found = files.filter((file) => {
    const bytes = readFileSync(file);
    return all.some((key) => bytes.includes(key));
  });
  expect(found).toEqual([]);
});

test('a device that requires SRTP rejects calls without, before anyone rings', async () => {
  const { tenant, tasks } = cloud;
  const account = await newLine(tenant, '215', { media_encryption: 'require' });
  const { phone } = everything.use(await ToneListener.of(account, tasks[0]));
  const before = bob.phone.calls.length;
  const call = phone.call('201');
  await eventually(() => expect(call.log.at(-1)).toBe('failed 488'), 20_000);
  // It is registered over UDP, where its keys would be in clear.
  const called = bob.phone.call('215');
  await eventually(() => expect(called.log.at(-1)).toBe('failed 488'), 20_000);
  expect([bob.phone.calls.length - before, phone.calls.length]).toEqual([0, 0]);
});
