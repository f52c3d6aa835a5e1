import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { SrtpParty } from '../../support/srtp.fixture.ts';
import { needs } from '../../support/tools.ts';
import { voices } from '../../support/voices.fixture.ts';
import { wavTone } from '../../support/wav.fixture.ts';
import { newFlow, newLine, newNumber } from '../calls.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { expectAudio, newPhoneUser, phonePages } from '../phone-pages.fixture.ts';
import { sharedCloud } from '../shared-clouds.ts';
import { sharedTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { uploadSound } from '../sounds.fixture.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { recordedSamples, samplesIn, toneBlocks } from './heard-samples.ts';
import { startLinphone } from './linphone.ts';
import { temporaryFolder } from './program.ts';
import { ownAddress } from './sip-server.ts';

/** Phones of others with SRTP (SDES): they are called over TLS, and call. */

needs('baresip', 'linphonec', 'rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let task: TaskAddress;
let bob: ToneListener;
let number: string;
let secure: { readonly server: TaskAddress; readonly authority: string };

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [task] = cloud.tasks;
  const { cloud: shared } = await sharedCloud('sip');
  const [address = '', port = ''] = (shared.outputs['SipTlsAddress'] ?? '').split(':');
  secure = { server: { address, port: Number(port) }, authority: join(shared.dataDir, 'sip-tls-certificate.pem') };
  bob = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  const id = await newFlow(cloud.tenant, {
    menu: {
      type: 'menu',
      prompt: [{ file: await uploadSound(cloud.tenant, wavTone(700, 40)) }],
      choices: { 5: 'end' },
    },
    end: { type: 'hangup' },
  });
  number = await newNumber(cloud.tenant, { type: 'flow', id }, cloud.operator);
});
afterAll(() => everything.disposeAsync());

let extension = 301;

/** baresip with a tone of 440 Hz at the device of an extension. */
async function newBaresip(media_encryption: string, srtp?: 'srtp' | 'srtp-mand') {
  const called = String((extension += 1));
  const [account, from] = [await newLine(cloud.tenant, called, { media_encryption }), ownAddress()];
  const folder = everything.use(temporaryFolder());
  const tone = { frequency: 440, folder: folder.path };
  const telephone = { from, transport: 'tls', ...secure, calls: true, tone, ...(srtp && { srtp }) } as const;
  const phone = everything.use(await startRegisteredBaresip(account, telephone));
  const hears = (frequency: number) => toneBlocks(samplesIn(folder.path), [frequency]).length;
  return { account, from, called, phone, hears };
}

/** Both hear each other: baresip a tone of 1,000 Hz, and the other one that of baresip. */
async function expectTalk({ called, phone, hears }: Awaited<ReturnType<typeof newBaresip>>): Promise<void> {
  const call = bob.phone.call(called);
  await eventually(() => expect(call.log.at(-1), phone.printed().slice(-6_000)).toBe('answered'), 20_000);
  bob.voice.sendTo(call.remote);
  const before = bob.voice.heard.length;
  await eventually(async () => {
    await bob.voice.speak(600, 1_000);
    const heard = bob.voice.samples.slice(before).flat();
    expect(hears(1_000)).toBeGreaterThan(10);
    expect(toneBlocks(heard, [440]).length).toBeGreaterThan(10);
  }, 20_000);
  call.hangUp();
}

test('baresip that demands SRTP is called over TLS, and calls', async () => {
  const baresip = await newBaresip('require', 'srtp-mand');
  await expectTalk(baresip);
  await tellBaresip(baresip.from, 'dial', `sip:${number}@${baresip.account.domain}`);
  await eventually(() => expect(baresip.hears(700)).toBeGreaterThan(30), 20_000);
  await tellBaresip(baresip.from, 'sndcode', '5');
  await eventually(() => expect(baresip.phone.printed()).toMatch(/Call with .* terminated/i), 20_000);
}, 120_000);

test('baresip without SRTP rejects it, and is called again without', async () => {
  const baresip = await newBaresip('prefer');
  await expectTalk(baresip);
  await expectTalk(baresip);
  const offers = () => [...baresip.phone.printed().matchAll(/^m=audio \d+ (\S+)/gm)].map(([, profile]) => profile);
  expect(baresip.phone.printed()).toContain('488');
  expect(offers().filter((profile) => profile === 'RTP/SAVP')).toHaveLength(1);
}, 120_000);

test('Linphone that demands SRTP calls, hears and types', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'heard.wav');
  const [account, from] = [await newLine(cloud.tenant, String((extension += 1))), ownAddress()];
  await using linphone = await startLinphone(account, from, { ...task, srtp: true });
  linphone.tell(`record ${file}`);
  linphone.tell(`call sip:${number}@${account.domain}`);
  await eventually(() => {
    expect(toneBlocks(recordedSamples(file), [700]).length, linphone.printed().slice(-1_500)).toBeGreaterThan(30);
  }, 10_000);
  linphone.tell('5');
  await eventually(() => expect(linphone.printed()).toMatch(/Call .*(?:ended|terminated)/i), 10_000);
}, 120_000);

describe('Chromium', () => {
  needs('chromium');
  const { signedIn } = phonePages(() => cloud.cloud);

  test('and a phone that demands SRTP hear each other', async () => {
    const party = new SrtpParty('AEAD_AES_128_GCM');
    const account = await newLine(cloud.tenant, String((extension += 1)));
    using phone = await ToneListener.of(account, task, voices.PCMU, { party, isRequired: true });
    const eve = await newPhoneUser(cloud.tenant, 'Eve', String((extension += 1)));
    const { page } = await signedIn(eve);
    const call = phone.phone.call(eve.extension);
    await page.getByRole('button', { name: 'Answer', exact: true }).click();
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    phone.voice.sendTo(call.remote);
    const before = phone.voice.heard.length;
    await Promise.all([phone.voice.speak(8_000, 1_000), expectAudio(page)]);
    // The microphone beeps.
    const loudest = Math.max(...phone.voice.samples.slice(before).flat().map(Math.abs));
    expect([party.isEncrypted, loudest > 1_000]).toEqual([true, true]);
    call.hangUp();
  }, 60_000);
});
