import { expect, test } from 'vitest';
import type { RecordingFailure } from './call-media.ts';
import { described } from './descriptions.fixture.ts';
import { NgFailure } from './ng-client.ts';
import { answer, offer, relayed, sdpIn, type Ask } from './relayed-media.fixture.ts';
import { RelayedMedia } from './relayed-media.ts';

/** Relayed media that are recorded. */

type Recorded = { readonly isWanted?: boolean; readonly canRecord?: boolean; readonly notice?: string | undefined };

/** The media of a call that is to be recorded, and what is known of its recording. */
function recordedMedia(answers?: Ask, { isWanted = true, canRecord = true, ...given }: Recorded = {}) {
  const { asked, faults, dependencies } = relayed(answers);
  const failures: RecordingFailure[] = [];
  const known = { begun: 0 };
  const media = new RelayedMedia('call_1', {
    ...dependencies,
    folder: canRecord ? '/recordings' : undefined,
    recording: {
      notice: 'notice' in given ? given.notice : 'beep.wav',
      isWanted: () => isWanted,
      metadata: ({ caller }) => `caller=${caller.join(',')}`,
      onBegin: () => void (known.begun += 1),
      onFailure: (reason) => void failures.push(reason),
    },
  });
  /** What the relay was asked for the recording. */
  const own = () =>
    asked
      .map(({ command }) => command)
      .filter(({ command }) => command === 'start recording' || command === 'play media');
  return { media, asked, own, faults, failures, known, dependencies };
}

/** The commands of a call that is to be recorded, and what is known of its recording. */
async function recorded(
  answers?: Ask,
  { spoken = answer.sdp, ...given }: Recorded & { readonly spoken?: string } = {},
) {
  const { media, own, faults, failures, known } = recordedMedia(answers, given);
  await media.pass(offer);
  expect(await media.pass({ ...answer, sdp: spoken })).toBe(spoken);
  await media.pass(offer);
  await media.pass(answer);
  return { own: own(), begun: known.begun, failures, faults };
}

const play = (tag: string, file = 'beep.wav') => ({
  command: 'play media',
  'call-id': 'call_1',
  'from-tag': tag,
  file: `/recordings/${file}`,
});
const [, port = ''] = /^m=audio (\d+)/m.exec(answer.sdp) ?? [];
const start = { command: 'start recording', 'call-id': 'call_1', metadata: `caller=${port}` };

test('a call is recorded from its first exchange on, once, and both parties hear the notice', async () => {
  expect(await recorded()).toEqual({
    own: [start, ...['b1', 'a'].map((tag) => play(tag))],
    begun: 1,
    failures: [],
    faults: [],
  });
});

test('a call without a notice is recorded in silence', async () => {
  expect(await recorded(undefined, { notice: undefined })).toMatchObject({ own: [start], begun: 1 });
});

test('early media are not recorded, and a phone hears no notice in them', async () => {
  const { media, own } = recordedMedia();
  await media.pass({ ...offer, sdp: described.rtp });
  await media.pass({ ...answer, isEarly: true });
  expect(own()).toEqual([]);
  await media.pass(answer);
  expect(own()).toEqual([start, play('b1'), play('a')]);
});

test('a browser hears the notice before early media, as it would not hear them after it', async () => {
  const { media, own } = recordedMedia();
  await media.pass(offer);
  await media.pass({ ...answer, isEarly: true });
  expect(own()).toEqual([play('a')]);
  await media.pass(answer);
  expect(own().slice(1)).toEqual([start, play('b1')]);
});

test('descriptions of a recorded call name no sources, as a browser plays no other ones', async () => {
  const sdp = `${described.webrtc}a=ssrc:1 cname:x\r\n`;
  for (const isWanted of [true, false]) {
    const { media, asked } = recordedMedia(undefined, { isWanted });
    await media.pass({ ...offer, sdp });
    expect(asked[0]?.command).toMatchObject({ sdp: isWanted ? described.webrtc : sdp });
  }
});

test('a browser that is held alone hears no notice and is not recorded until it is joined', async () => {
  const { media, own } = recordedMedia();
  await media.hold('a1', described.webrtc);
  expect(own()).toEqual([]);
  await media.pass({ ...offer, from: 'b1', to: 'a1', sdp: described.rtp });
  await media.pass({ ...answer, from: 'a1', to: 'b1', sdp: described.webrtc });
  expect(own().slice(1)).toEqual([play('a1'), play('b1')]);
});

test('a party that joins a recorded call later hears the notice alone', async () => {
  const { media, own } = recordedMedia();
  await media.pass(offer);
  await media.pass(answer);
  await media.pass({ ...offer, from: 'c1', to: 'a' });
  await media.pass({ ...answer, from: 'a', to: 'c1' });
  expect(own().slice(1)).toEqual(['b1', 'a', 'c1'].map((tag) => play(tag)));
});

test('who joins a recorded call of another task hears the notice, and who knows it does not', async () => {
  const { media, own, dependencies } = recordedMedia();
  await media.pass(offer);
  await media.pass(answer);
  const stored = media.stored('a', 'b1');
  if (stored === undefined) throw new Error('nothing is stored');
  const before = own().length;
  const notice = { ...dependencies, folder: '/recordings', notice: 'announcement-de.wav' };
  const resumed = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b' }, notice);
  for (const to of ['b', 'c1']) {
    await resumed.pass({ ...offer, from: to, to: 'a' });
    await resumed.pass({ ...answer, from: 'a', to });
  }
  expect(own().slice(before)).toEqual([play('c1', 'announcement-de.wav')]);
});

test('a call whose recording fails goes on without, and has none', async () => {
  const fails: Ask[] = [
    async (_relay, command) => ({ result: command.command === 'start recording' ? 'error' : 'ok', ...sdpIn(command) }),
    async (_relay, command) => {
      if (command.command === 'start recording') throw new NgFailure('late');
      return { result: 'ok', ...sdpIn(command) };
    },
  ];
  for (const fail of fails) {
    const { begun, failures, faults } = await recorded(fail);
    expect([begun, failures, faults.length]).toEqual([0, ['MEDIA_RELAY_FAILED'], 1]);
  }
});

test('a call whose notice is not played is recorded', async () => {
  const { begun, failures, faults } = await recorded(async (_relay, command) => ({
    result: command.command === 'play media' ? 'error' : 'ok',
    ...sdpIn(command),
  }));
  expect([begun, failures, faults.length]).toEqual([1, [], 1]);
});

test('a call that is to be recorded goes on where no relay records, which is told once', async () => {
  const outcome = await recorded(undefined, { canRecord: false });
  expect(outcome).toEqual({ own: [], begun: 0, failures: ['RECORDING_UNAVAILABLE'], faults: [] });
});

test('a call that is not to be recorded is not, which is no failure', async () => {
  const nothing = { own: [], begun: 0, failures: [], faults: [] };
  expect(await recorded(undefined, { isWanted: false })).toEqual(nothing);
  expect(await recorded(undefined, { isWanted: false, canRecord: false })).toEqual(nothing);
});

const g711Only = { strip: ['all'], except: ['PCMU', 'PCMA', 'telephone-event'] };
const g729Only = described.webrtc.replace('SAVPF 0', 'SAVPF 18');

/** What the relay strips of the offers of a call. */
async function codecsOf(offers: readonly string[], given: Parameters<typeof recordedMedia>[1] = {}) {
  const { media, asked } = recordedMedia(undefined, given);
  for (const sdp of offers) {
    await media.pass({ ...offer, sdp });
    await media.pass(answer);
  }
  return asked.flatMap(({ command }) => ('codec' in command ? [command.codec] : []));
}

test('offers of a recorded call keep the codecs that are recorded, and those without them keep all', async () => {
  expect(await codecsOf([offer.sdp, offer.sdp])).toEqual([g711Only, g711Only]);
  expect(await codecsOf([g729Only])).toEqual([]);
  expect(await codecsOf([offer.sdp], { isWanted: false })).toEqual([]);
  expect(await codecsOf([offer.sdp], { canRecord: false })).toEqual([]);
});

test('a call in which no codec is spoken that is recorded goes on, and has none', async () => {
  const { own, begun, failures } = await recorded(undefined, { spoken: g729Only });
  expect([own, begun, failures]).toEqual([[], 0, ['UNSUPPORTED_CODEC']]);
});

test('another task goes on with the codecs of a recorded call', async () => {
  const { media, asked, dependencies } = recordedMedia();
  await media.pass(offer);
  await media.pass(answer);
  const stored = media.stored('a', 'b1');
  expect(stored).toMatchObject({ recorded: true });
  if (stored === undefined) throw new Error('nothing is stored');
  const resumed = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b1' }, dependencies);
  await resumed.pass(offer);
  await resumed.pass(answer);
  expect(asked.slice(-2).map(({ command }) => ['codec' in command && command.codec, command.command])).toEqual([
    [g711Only, 'offer'],
    [false, 'answer'],
  ]);
});
