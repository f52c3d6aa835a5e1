import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, past } from '../../support/eventually.ts';
import { needs } from '../../support/tools.ts';
import { startReceiver, type Receiver } from '../../support/webhook-receiver.fixture.ts';
import { wavTone } from '../../support/wav.fixture.ts';
import { newLine, newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { callIs, dial, newPhoneUser, phonePages } from '../phone-pages.fixture.ts';
import { sharedTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { uploadSound } from '../sounds.fixture.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { startLinphone } from './linphone.ts';
import { playCall } from './played-call.ts';
import { ownAddress } from './sip-server.ts';
import { accept, answered, ask, callerSide, dial as dials, part, provenSequence } from './sipp-dialog.ts';
import { pause } from './sipp-elements.ts';

/** Digits that phones of others type while a prompt plays: the flow gets each once. Two tasks carry the calls. */

needs('baresip', 'chromium', 'linphonec', 'rtpengine', 'sipp');

/** Some of them follow themselves. */
const typed = '112233445566';

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let task: TaskAddress;
let receiver: Receiver;
let number: string;

beforeAll(async () => {
  receiver = await startReceiver();
  everything.defer(() => receiver.stop());
  cloud = await sharedTaskCloud();
  [task] = cloud.tasks;
  const prompt = { file: await uploadSound(cloud.tenant, wavTone(700, 40)) };
  const steps = {
    digits: {
      type: 'collect',
      prompt,
      min: 12,
      max: 12,
      end_key: null,
      timeout_seconds: 8,
      into: 'typed',
      next: 'tell',
    },
    tell: { type: 'webhook', url: receiver.url('/typed'), send: ['typed'], next: 'more', failed: 'more' },
    // What has come twice would be found here.
    more: {
      type: 'collect',
      min: 1,
      max: 1,
      end_key: null,
      timeout_seconds: 2,
      into: 'typed',
      next: 'tell',
      timeout: 'end',
    },
    end: { type: 'hangup' },
  };
  const id = await newFlow(cloud.tenant, steps);
  number = await newNumber(cloud.tenant, { type: 'flow', id }, cloud.operator);
});
afterAll(() => everything.disposeAsync());

const reports = (): readonly string[] =>
  receiver.at('/typed').map(({ body }) => (JSON.parse(body) as { variables: { typed: string } }).variables.typed);

/** Expects that the flow gets the digits, and no other one. @param type types them in a call of the number */
async function expectTyped(type: () => Promise<unknown>, digits = typed): Promise<void> {
  const before = reports().length;
  await type();
  await eventually(() => expect(reports().length).toBeGreaterThan(before), 20_000);
  await eventually(
    async () => expect((await cloud.tenant.ask('GET', '/Calls')).body).toMatchObject({ calls: [] }),
    20_000,
  );
  expect(reports().slice(before)).toEqual([digits]);
}

let extension = 210;

describe('packets of RFC 4733', () => {
  const cases = {
    'of 80 ms each, without a pause': { milliseconds: 80 },
    'whose ends come six times': { milliseconds: 80, ends: 6, gap: 40 },
    'of whose ends two are lost': { milliseconds: 80, ends: 1, gap: 40 },
  };
  test.each(Object.entries(cases))('%s', async (_, typing) => {
    using ann = await ToneListener.register(cloud.tenant, task, String(extension++));
    await expectTyped(async () => {
      await ann.call(number);
      await ann.voice.press(typed, typing);
      await ann.voice.speak(1_000);
    });
  });
});

describe('tones in the audio, of a phone without telephone events', () => {
  test.each([60, 100])('of %i ms each', async (milliseconds) => {
    using ann = await ToneListener.withoutEvents(cloud.tenant, task, String(extension++));
    let id = '';
    await expectTyped(async () => {
      await ann.call(number);
      await eventually(async () => {
        const { calls } = (await cloud.tenant.ask('GET', '/Calls')).body as { calls: { id: string }[] };
        id = calls[0]?.id ?? '';
        expect(id).not.toBe('');
      });
      await ann.voice.sound(typed, { milliseconds, gap: 60 });
      await ann.voice.speak(1_000);
    });
    const ended = (await cloud.tenant.ask('GET', `/Calls/${id}`)).body;
    expect(ended).toMatchObject({ digits: [{ side: 'source', way: 'inband' }] });
  });
});

test.each([
  ['application/dtmf-relay', (digit: string) => `Signal=${digit}\r\nDuration=100\r\n`],
  ['application/dtmf', (digit: string) => digit],
])('INFO with %s', async (type, bodyOf) => {
  using ann = await ToneListener.register(cloud.tenant, task, String(extension++));
  await expectTyped(async () => {
    const { call } = await ann.call(number);
    for (const digit of typed) expect(await call.session.info(type, Buffer.from(bodyOf(digit)))).toBe(200);
  });
});

test('baresip', async () => {
  const [account, from] = [await newLine(cloud.tenant, String(extension++)), ownAddress()];
  await using _ = await startRegisteredBaresip(account, { from, transport: 'udp', server: task, calls: true });
  await expectTyped(async () => {
    await tellBaresip(from, 'dial', `sip:${number}@${account.domain}`);
    await eventually(() => expect(_.printed()).toMatch(/Call established/i), 20_000);
    for (const digit of typed) await tellBaresip(from, 'sndcode', digit);
  });
});

test('Linphone', async () => {
  const [account, from] = [await newLine(cloud.tenant, String(extension++)), ownAddress()];
  await using phone = await startLinphone(account, from, task);
  await expectTyped(async () => {
    phone.tell(`call sip:${number}@${account.domain}`);
    await eventually(() => expect(phone.printed()).toMatch(/Call answered|connected/i), 20_000);
    await past(500);
    for (const digit of typed) {
      phone.tell(digit);
      await past(250);
    }
  });
});

test("SIPp's captures", async () => {
  const [account, from] = [await newLine(cloud.tenant, String(extension++)), ownAddress()];
  const play = (capture: string): string =>
    `<nop><action><exec play_pcap_audio="/usr/share/sip-tester/${capture}.pcap"/></action></nop>`;
  // A capture that is played twice has the same timestamps, so that no receiver counts it twice.
  const digits = '1234567890*#';
  const names: Readonly<Record<string, string>> = { '*': 'star', '#': 'pound' };
  const body = [
    'v=0',
    'o=sipp 1 1 IN IP4 [local_ip]',
    's=-',
    'c=IN IP4 [media_ip]',
    't=0 0',
    'm=audio [media_port] RTP/AVP 8 101',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
  ];
  const scenario = part(
    dials(number, { body }),
    answered(),
    ask(callerSide, 'ACK', provenSequence),
    // The relay takes no digit that is the first packet of a stream: SIPp's capture of a voice is played before.
    play('g711a'),
    pause(9_000),
    ...Array.from(digits, (digit) => `${play(`dtmf_2833_${names[digit] ?? digit}`)}\n${pause(700)}`),
    accept('BYE'),
  );
  await expectTyped(() => playCall({ account, to: task, from, scenario, args: ['-mi', from] }), digits);
});

describe('Chromium', () => {
  const { signedIn } = phonePages(() => cloud.cloud);

  test('by the keypad of the phone page', async () => {
    const eve = await signedIn(await newPhoneUser(cloud.tenant, 'Eve', String(extension++)));
    await expectTyped(async () => {
      await dial(eve.page, number);
      await callIs(eve.page, { name: number.slice(1), extension: number.slice(1) }, 'talking');
      for (const digit of typed) await eve.page.locator(`#keypad button[value="${digit}"]`).click();
    });
  });
});
