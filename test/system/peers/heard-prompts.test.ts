import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { eventually, past } from '../../support/eventually.ts';
import { TelephoneEvents } from '../../support/telephone-events.fixture.ts';
import { needs } from '../../support/tools.ts';
import { mediaLines, voices } from '../../support/voices.fixture.ts';
import { wavTone } from '../../support/wav.fixture.ts';
import { newLine, newNumber, newFlow } from '../calls.fixture.ts';
import { callIs, dial, newPhoneUser, phonePages } from '../phone-pages.fixture.ts';
import { sharedTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { untilTrusted } from '../softphones.fixture.ts';
import { uploadSound } from '../sounds.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName } from '../tenant.fixture.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { recorder, samplesIn, samplesOf, toneBlocks, type HeardTone } from './heard-samples.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import { playCall } from './played-call.ts';
import { temporaryFolder } from './program.ts';
import { ownAddress } from './sip-server.ts';
import { accept, answered, ask, callerSide, dialFromTrunk, part } from './sipp-dialog.ts';

/**
 * Prompts in what phones of others hear: all of them, in their order, and the last one until a digit. That they follow
 * each other without a pause is a rule of the clock of the sidecar, which its own tests move.
 */

needs('baresip', 'chromium', 'rtpengine', 'sipp');

/** Hertz of the prompts, which follow each other, and seconds of each: a digit cuts the last one. */
const prompts = [
  [700, 1.2],
  [1_000, 1.2],
  [1_500, 40],
] as const;
const frequencies = prompts.map(([frequency]) => frequency);
const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let task: TaskAddress;
let number: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [task] = cloud.tasks;
  const prompt = [];
  for (const [frequency, seconds] of prompts)
    prompt.push({ file: await uploadSound(cloud.tenant, wavTone(frequency, seconds)) });
  const id = await newFlow(cloud.tenant, {
    menu: { type: 'menu', prompt, choices: { 1: 'pause', 2: 'silence' } },
    pause: { type: 'pause', seconds: 2, next: 'end' },
    silence: { type: 'pause', seconds: 60, next: 'end' },
    end: { type: 'hangup' },
  });
  number = await newNumber(cloud.tenant, { type: 'flow', id }, cloud.operator);
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

/** The last prompt was cut: it is not the half of what plays without a digit. */
const expectCut = (heard: readonly HeardTone[]): void => expect(lengthOf(heard[2])).toBeLessThan(20_000);

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

describe('Chromium', () => {
  const { signedIn } = phonePages(() => cloud.cloud);

  test.each([
    ['Opus', '/opus|telephone-event/i'],
    ['PCMU', '/pcmu|telephone-event/i'],
  ])('%s', async (_, codecs) => {
    const { page } = await signedIn(await newPhoneUser(cloud.tenant, 'Eve', uniqueExtension()));
    await page.evaluate(recorder(codecs));
    await dial(page, number);
    await callIs(page, { name: number.slice(1), extension: number.slice(1) }, 'talking');
    const heard = async () => promptsIn(await samplesOf(page));
    await eventually(async () => expect(lengthOf((await heard())[2])).toBeGreaterThan(1_000), 20_000);
    await page.evaluate(`document.querySelector('#keypad button[value="2"]').click()`);
    // The flow is silent after the digit.
    const found = await eventually(async () => {
      const before = await heard();
      await past(500);
      const after = await heard();
      expect(lengthOf(after[2])).toBe(lengthOf(before[2]));
      return after;
    }, 20_000);
    // What plays before its keys are agreed is lost.
    expectPrompts(found, 0.9, 0.1);
    expectCut(found);
  });
});

describe('SIPp over a trunk', () => {
  needsMachineAddress();

  test.each(['PCMU', 'PCMA'] as const)('%s', async (name) => {
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
      await eventually(async () => {
        await voice.speak(200);
        expect(promptsIn(voice.samples.flat())).toHaveLength(3);
      }, 20_000);
      await voice.press('1');
      // The flow pauses, and ends the call.
      await eventually(async () => {
        const before = voice.heard.length;
        await past(500);
        expect(voice.heard.length).toBe(before);
      }, 20_000);
      const heard = promptsIn(voice.samples.flat());
      expectPrompts(heard, 0.95);
      expectCut(heard);
    };
    await Promise.all([playCall({ account, to: task, from: address, port, scenario }), hear()]);
  });
});
