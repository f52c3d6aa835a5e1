import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '#infra/local/free-port.ts';
import { eventually, past } from '../../support/eventually.ts';
import { TelephoneEvents } from '../../support/telephone-events.fixture.ts';
import { needs } from '../../support/tools.ts';
import { mediaLines, voices } from '../../support/voices.fixture.ts';
import { wavTone } from '../../support/wav.fixture.ts';
import { newLine, newNumber } from '../calls.fixture.ts';
import { callIs, dial, newPhoneUser, phonePages } from '../phone-pages.fixture.ts';
import { startTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { untilTrusted } from '../softphones.fixture.ts';
import { uploadSound } from '../sounds.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName } from '../tenant.fixture.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { block, recorder, samplesIn, samplesOf, toneBlocks, type HeardTone } from './heard-samples.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import { playCall } from './played-call.ts';
import { temporaryFolder } from './program.ts';
import { ownAddress } from './sip-server.ts';
import { accept, answered, ask, callerSide, dialFromTrunk, part } from './sipp-dialog.ts';

/** Prompts in what phones of others hear: all of them, how closely they follow each other, and until which digit. */

needs('baresip', 'chromium', 'rtpengine', 'sipp');

/** Hertz of the prompts, which follow each other, and seconds of each: a digit cuts the last one. */
const prompts = [
  [700, 1.2],
  [1_000, 1.2],
  [1_500, 40],
] as const;
const frequencies = prompts.map(([frequency]) => frequency);
/** Milliseconds of silence between two prompts, and of a prompt after a digit. */
const most = 150;
/** A machine that is busy with other tests leaves a longer silence now and then: one call of three must have none. */
const calls = { retry: 2 } as const;

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let task: TaskAddress;
let number: string;

beforeAll(async () => {
  cloud = await startTaskCloud(1, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  [task] = cloud.tasks as [TaskAddress];
  const prompt = [];
  for (const [frequency, seconds] of prompts)
    prompt.push({ file: await uploadSound(cloud.tenant, wavTone(frequency, seconds)) });
  const made = await cloud.tenant.ask('PUT', '/callflows/new', {
    name: uniqueName('prompts'),
    start: 'menu',
    steps: {
      menu: { type: 'menu', prompt, choices: { 1: 'pause', 2: 'silence' } },
      pause: { type: 'pause', seconds: 2, next: 'end' },
      silence: { type: 'pause', seconds: 60, next: 'end' },
      end: { type: 'hangup' },
    },
  });
  expect(outcome(made)).toBe('201');
  number = await newNumber(cloud.tenant, { type: 'flow', id: texts(made)['id'] ?? '' }, cloud.operator);
});
afterAll(() => everything.disposeAsync());

/** The prompts in samples: blocks of a tone without a longer pause within it. */
function promptsIn(samples: readonly number[]): readonly HeardTone[] {
  const heard: HeardTone[] = [];
  for (const tone of toneBlocks(samples, frequencies)) {
    const last = heard.at(-1);
    if (last?.frequency === tone.frequency) heard[heard.length - 1] = { ...tone, from: last.from };
    else heard.push(tone);
  }
  return heard;
}

const lengthOf = (prompt: HeardTone | undefined): number => (prompt === undefined ? 0 : prompt.to - prompt.from);

/**
 * All prompts in their order, the first ones whole.
 * @param share of their length, as jitter buffers stretch time @param first that of the first one
 */
function expectPrompts(heard: readonly HeardTone[], share: number, first = share): void {
  expect(heard.map(({ frequency }) => frequency)).toEqual(frequencies);
  for (const [at, [, seconds]] of prompts.slice(0, 2).entries()) {
    expect(lengthOf(heard[at])).toBeGreaterThan((at === 0 ? first : share) * 1_000 * seconds);
    expect(lengthOf(heard[at])).toBeLessThan(1.5 * 1_000 * seconds);
  }
}

/** Milliseconds of the longest silence between two prompts. */
const gapIn = (heard: readonly HeardTone[]): number =>
  Math.max(...heard.slice(1).map(({ from }, at) => from - (heard[at]?.to ?? 0)));

describe('baresip', () => {
  test.each(['PCMU', 'PCMA', 'opus'] as const)('%s', async (codec) => {
    using folder = temporaryFolder();
    const [account, from] = [await newLine(cloud.tenant, uniqueExtension()), ownAddress()];
    const tone = { frequency: 440, folder: folder.path };
    const telephone = { from, transport: 'udp', server: task, calls: true, tone, codec } as const;
    await using _ = await startRegisteredBaresip(account, telephone);
    await tellBaresip(from, 'dial', `sip:${number}@${account.domain}`);
    await eventually(() => expect(promptsIn(samplesIn(folder.path))).toHaveLength(3), 20_000);
    await tellBaresip(from, 'sndcode', '1');
    await eventually(() => expect(_.printed()).toMatch(/Call with .* terminated/i), 20_000);
    // The file has what is decoded, without the pauses between packets.
    expectPrompts(promptsIn(samplesIn(folder.path)), 0.95);
  });
});

let extension = 401;
const uniqueExtension = (): string => String(extension++);

/** When a page got its last packet, in Unix milliseconds: what it plays ends later, by its jitter buffer. */
const lastPacket = (page: Page): Promise<number> =>
  page.evaluate<number>(`(async () => {
    const stats = await globalThis.connections.at(-1).getStats();
    return [...stats.values()].find(({ type }) => type === 'inbound-rtp').lastPacketReceivedTimestamp;
  })()`);

/** Milliseconds of a digit of Chromium (W3C WebRTC §11.4). */
const digitLength = 100;

describe('Chromium', () => {
  const { signedIn } = phonePages(() => cloud.cloud);

  test.each([
    ['Opus', '/opus|telephone-event/i'],
    ['PCMU', '/pcmu|telephone-event/i'],
  ])('%s', calls, async (_, codecs) => {
    const { page } = await signedIn(await newPhoneUser(cloud.tenant, 'Eve', uniqueExtension()));
    await page.evaluate(recorder(codecs));
    await dial(page, number);
    await callIs(page, { name: number.slice(1), extension: number.slice(1) }, 'talking');
    const heard = async () => promptsIn(await samplesOf(page));
    await eventually(async () => expect(lengthOf((await heard())[2])).toBeGreaterThan(1_000), 20_000);
    const pressed = await page.evaluate<number>(
      `document.querySelector('#keypad button[value="2"]').click(), performance.timeOrigin + performance.now()`,
    );
    await past(1_500);
    const found = await heard();
    // What plays before its keys are agreed is lost.
    expectPrompts(found, 0.9, 0.1);
    expect(gapIn(found)).toBeLessThanOrEqual(most);
    // A call that is over has no statistics.
    const cut = (await lastPacket(page)) - pressed - digitLength;
    expect(cut).toBeLessThanOrEqual(most);
  });
});

describe('SIPp over a trunk', () => {
  needsMachineAddress();

  test.each(['PCMU', 'PCMA'] as const)('%s', calls, async (name) => {
    const [address, port, media] = [machineAddress, await freePort(), await freePort()];
    const trunk = await cloud.tenant.ask('PUT', '/siptrunk/carrier', {
      ...{ name: uniqueName('carrier'), host: address, port },
    });
    const ips = [{ address, port, type: 'both' }] as const;
    expect(outcome(await trustAddresses(cloud.tenant, texts(trunk)['id'] ?? '', ips, cloud.operator))).toBe('201');
    await untilTrusted(address, port, task);
    using voice = await TelephoneEvents.open(address, media, voices[name]);
    const body = [
      ...['v=0', 'o=sipp 1 1 IN IP4 [local_ip]', 's=-', `c=IN IP4 ${address}`, 't=0 0'],
      ...mediaLines(voices[name], media),
    ];
    const scenario = part(dialFromTrunk(number, { body }), answered(), ask(callerSide, 'ACK', 1), accept('BYE'));
    const account = { username: '46701234567', password: '', domain: task.address };
    const hear = async (): Promise<void> => {
      await eventually(() => expect(voice.heard.length).toBeGreaterThan(0), 20_000);
      voice.sendBack();
      await voice.speak(4_000);
      expect(promptsIn(voice.samples.flat())).toHaveLength(3);
      await voice.press('1');
      const pressed = performance.now();
      await past(1_000);
      const cut = (voice.times.at(-1)?.at ?? 0) - pressed;
      const stamps = voice.times.map(({ stamp }) => stamp);
      const gap = Math.max(...stamps.slice(1).map((stamp, at) => (stamp - (stamps[at] ?? stamp)) / 8 - block));
      expect(gap).toBeLessThanOrEqual(most);
      expect(cut).toBeLessThanOrEqual(most);
      expectPrompts(promptsIn(voice.samples.flat()), 0.95);
    };
    await Promise.all([playCall({ account, to: task, from: address, port, scenario }), hear()]);
  });
});
