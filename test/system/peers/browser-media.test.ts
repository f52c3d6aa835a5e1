import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { samplesOfWav, timesHeard } from '#functions/media-relay/recordings/recording.fixture.ts';
import { wavHeaderLength } from '#functions/media-relay/recordings/wav.ts';
import { eventually } from '../../support/eventually.ts';
import { needs } from '../../support/tools.ts';
import { newLine, newNumber, useExtensions } from '../calls.fixture.ts';
import {
  callIs,
  dial,
  expectAudio,
  expectSilence,
  expectSound,
  lineOf,
  newPhoneUser,
  phonePages,
  pressIn,
  type PhonePage,
  type PhoneUser,
} from '../phone-pages.fixture.ts';
import { recordedWav } from '../recorded-calls.fixture.ts';
import { phoneAt, sharedTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { untilTrusted } from '../softphones.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName, type Body } from '../tenant.fixture.ts';
import type { Account } from './accounts.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { answer, callAndAwaitHangUp } from './call-scenarios.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import { playCall } from './played-call.ts';
import { temporaryFolder, type Program } from './program.ts';
import { ownAddress, peerPort } from './sip-server.ts';
import { accept, answered, ask, callerSide, dialFromTrunk, part } from './sipp-dialog.ts';
import { answerCalls, beginCalls, echoing } from './sipp.ts';

/** Chromium talks to other vendors' phones through rtpengine, which both hear: WebRTC at one side, RTP at the other. */

needs('chromium', 'baresip', 'sipp', 'rtpengine');

/** Hertz of what each of them says: Chromium's fake microphone beeps for 20 ms twice a second. */
const tones = { baresip: 1_000, chromium: 400 };
/** What `timesHeard` counts at least: in some beeps, and in a second of a tone. */
const someBeeps = 10;
const secondOfTone = 200;
/** Frames of 20 ms. */
const framesOfSecond = 50;

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let task: TaskAddress;
beforeAll(async () => {
  // It starts a relay of its own, as one is installed.
  cloud = await sharedTaskCloud();
  [task] = cloud.tasks;
});
afterAll(() => everything.disposeAsync());

const { signedIn } = phonePages(() => cloud.cloud);
let eve: PhonePage;
let extension = 301;
beforeEach(async () => {
  eve = await signedIn(await newPhoneUser(cloud.tenant, 'Eve', String(extension++)));
});

const partyOf = (number: string): PhoneUser => ({ id: '', username: '', name: number, extension: number });

/** Nothing is left of the calls. */
const expectNoCalls = () =>
  eventually(async () => expect((await cloud.tenant.ask('GET', '/Calls')).body).toMatchObject({ calls: [] }), 20_000);

/** Chromium hears itself, and nothing while its microphone is off. */
async function expectEcho(party: PhoneUser): Promise<void> {
  await callIs(eve.page, party, 'talking');
  await expectAudio(eve.page);
  await pressIn(eve.page, party, 'Mute');
  await expectSilence(eve.page);
  await pressIn(eve.page, party, 'Mute');
  await expectAudio(eve.page);
  await pressIn(eve.page, party, 'Hang up');
  await expectNoCalls();
}

describe('baresip', () => {
  const party = partyOf('201');
  const folder = everything.use(temporaryFolder());
  const from = ownAddress();
  let account: Account;
  let phone: Program;
  beforeAll(async () => {
    account = await newLine(cloud.tenant, party.extension);
    const tone = { frequency: tones.baresip, folder: folder.path };
    phone = await startRegisteredBaresip(account, { from, transport: 'udp', server: task, calls: true, tone });
    everything.use(phone);
  });

  const files = (): string[] => readdirSync(folder.path).filter((name) => name.endsWith('dec.wav'));
  let filesBefore: readonly string[];
  beforeEach(() => {
    filesBefore = files();
  });

  /** The samples of what it has heard in the test so far. */
  const heard = (): number[] =>
    files()
      .filter((name) => !filesBefore.includes(name))
      .flatMap((name) => {
        const bytes = readFileSync(join(folder.path, name)).subarray(wavHeaderLength);
        return Array.from({ length: Math.floor(bytes.length / 2) }, (_, at) => bytes.readInt16LE(at * 2));
      });

  /** Both hear each other, and baresip not itself. */
  async function expectTalk(): Promise<void> {
    await expectAudio(eve.page);
    await eventually(() => expect(timesHeard(tones.chromium, heard())).toBeGreaterThan(someBeeps), 20_000);
    expect(timesHeard(tones.baresip, heard())).toBe(0);
  }

  test('is called by Chromium, and both hear each other', async () => {
    await dial(eve.page, party.extension);
    await callIs(eve.page, party, 'talking');
    await expectTalk();
    await pressIn(eve.page, party, 'Hang up');
    await expectNoCalls();
  });

  test('calls Chromium, and both hear each other', async () => {
    await tellBaresip(from, 'dial', `sip:${eve.user.extension}@${account.domain}`);
    await callIs(eve.page, party, 'calls you');
    await pressIn(eve.page, party, 'Answer');
    await callIs(eve.page, party, 'talking');
    await expectTalk();
    await tellBaresip(from, 'hangup');
    await expectNoCalls();
  });

  /** Frames of audio in its call that it has decoded, beyond the first ones, which are waiting to be played. */
  const decoded = async (): Promise<number> =>
    Number(/ rx: .*? or (\d+), /s.exec(await tellBaresip(from, 'audio_debug'))?.[1] ?? 0);

  /**
   * The channels of the recording of a call that the API places, after some seconds of both. The file of what baresip
   * hears is not read: as a source it is held at first, upon which version 1.0.0 closes the file, and opens no other.
   */
  async function recorded(parties: Body): Promise<readonly [readonly number[], readonly number[]]> {
    const placed = await cloud.tenant.ask('POST', '/Calls', { ...parties, options: { record: true } });
    expect(outcome(placed)).toBe('201');
    await eve.page.getByRole('button', { name: 'Answer', exact: true }).click();
    await expectAudio(eve.page);
    await eventually(async () => expect(await decoded()).toBeGreaterThan(2 * framesOfSecond), 20_000);
    await eve.page.getByRole('button', { name: 'Hang up', exact: true }).click();
    await expectNoCalls();
    const wav = await recordedWav(cloud.tenant, (placed.body as { id: string }).id.replace('call_', 'file_'));
    return [samplesOfWav(wav, 0), samplesOfWav(wav, 1)];
  }

  const baresip = () => ({ type: 'device', id: account.device });
  const expectChannels = (ofBaresip: readonly number[], ofChromium: readonly number[]): void => {
    expect(timesHeard(tones.baresip, ofBaresip)).toBeGreaterThan(secondOfTone);
    expect(timesHeard(tones.chromium, ofChromium)).toBeGreaterThan(someBeeps);
    // Where a busy machine cuts a tone, a block or two sound as any other.
    const ofOthers = [timesHeard(tones.chromium, ofBaresip), timesHeard(tones.baresip, ofChromium)];
    expect(Math.max(...ofOthers)).toBeLessThan(someBeeps / 2);
  };

  test('is called for Chromium, and the recording has Chromium left and the tone right', async () => {
    const source = { type: 'line', username: await lineOf(cloud.tenant, eve.user) };
    const [left, right] = await recorded({ source, destination: baresip() });
    expectChannels(right, left);
  });

  test('is the source of a call to Chromium, and the recording has the tone left and Chromium right', async () => {
    const destination = { type: 'line', username: await lineOf(cloud.tenant, eve.user) };
    const [left, right] = await recorded({ source: baresip(), destination });
    expectChannels(left, right);
  });
});

describe('SIPp, which echoes RTP,', () => {
  test('is a carrier behind a gateway, over which Chromium calls a number and hears itself', async () => {
    const [name, host] = [uniqueName('carrier'), ownAddress()];
    const gateway = { name, host, port: peerPort, ping: { enabled: false } };
    expect(outcome(await cloud.tenant.ask('PUT', '/sipgateways/new', gateway))).toBe('201');
    const destination = `sofia/gateway/${name}/$1`;
    await useExtensions(cloud.tenant, { priority: 2, pattern: '^(07[0-9]{8})$', action: 'bridge', destination });
    await using _ = answerCalls(answer, { from: host, echoes: true });
    await dial(eve.page, '0701234567');
    await expectEcho(partyOf('0701234567'));
  });

  describe('as a trunk', () => {
    needsMachineAddress();

    test('calls a number, at which Chromium answers and hears itself', async () => {
      const [address, port] = [machineAddress, await freePort()];
      const trunk = await cloud.tenant.ask('PUT', '/siptrunk/carrier', {
        name: uniqueName('carrier'),
        host: address,
        port,
      });
      const ips = [{ address, port, type: 'both' }] as const;
      const id = texts(trunk)['id'] ?? '';
      expect(outcome(await trustAddresses(cloud.tenant, id, ips, cloud.operator))).toBe('201');
      const number = await newNumber(cloud.tenant, { type: 'user', id: eve.user.id }, cloud.operator);
      await untilTrusted(address, port, task);
      const caller = '46701234567';
      const scenario = part(dialFromTrunk(number), answered(), ask(callerSide, 'ACK', 1), accept('BYE'));
      const account = { username: caller, password: '', domain: task.address };
      const calling = { account, to: task, from: address, port, scenario, args: echoing(address) };
      const answering = async (): Promise<void> => {
        await callIs(eve.page, partyOf(caller), 'calls you');
        await pressIn(eve.page, partyOf(caller), 'Answer');
        await expectEcho(partyOf(caller));
      };
      await Promise.all([playCall(calling), answering()]);
    });
  });

  test('is called by Chromium, which hears itself', async () => {
    const { from } = await phoneAt(cloud, task, '401');
    await using _ = answerCalls(answer, { from, echoes: true });
    await dial(eve.page, '401');
    await expectEcho(partyOf('401'));
  });

  test('calls Chromium, which hears itself', async () => {
    const { account, from, to } = await phoneAt(cloud, task, '402');
    const call = callAndAwaitHangUp(eve.user.extension);
    await using calling = beginCalls(call, { accounts: [account], from, to, within: 120_000, echoes: true });
    await callIs(eve.page, partyOf('402'), 'calls you');
    await pressIn(eve.page, partyOf('402'), 'Answer');
    await expectEcho(partyOf('402'));
    await calling.ended();
  });
});

test('two pages of Chromium prefer Opus, but hear of a recording, and speak what is recorded', async () => {
  const ann = await signedIn(await newPhoneUser(cloud.tenant, 'Ann', String(extension++)));
  const ends = await Promise.all([eve, ann].map(({ user }) => lineOf(cloud.tenant, user)));
  const [source, destination] = ends.map((username) => ({ type: 'line', username }));
  const placed = await cloud.tenant.ask('POST', '/Calls', { source, destination, options: { record: true } });
  expect(outcome(placed)).toBe('201');
  for (const { page } of [eve, ann]) await page.getByRole('button', { name: 'Answer', exact: true }).click();
  // They hear the notice first, and one another after it.
  await Promise.all([eve, ann].map(({ page }) => expectSound(page)));
  for (const { page } of [eve, ann]) await expectAudio(page);
  await ann.page.getByRole('button', { name: 'Hang up', exact: true }).click();
  await expectNoCalls();
  const wav = await recordedWav(cloud.tenant, (placed.body as { id: string }).id.replace('call_', 'file_'));
  for (const channel of [0, 1] as const)
    expect(timesHeard(tones.chromium, samplesOfWav(wav, channel))).toBeGreaterThan(someBeeps);
});
