import { describe, expect, test } from 'vitest';
import { formatsIn, phoneWith } from './descriptions.fixture.ts';
import { directMedia } from './media-service.ts';
import { offerAtRelay, peerAudioOf } from './peer-audio.ts';
import { relayed, sdpIn } from './relayed-media.fixture.ts';
import { RelayedMedia } from './relayed-media.ts';

/** What trunks and gateways say of their audio, in descriptions. 101 is events. */

const unacceptable = expect.objectContaining({ status: 488, hangupCause: 'INCOMPATIBLE_DESTINATION' }) as Error;
const inband = { codecs: ['G.711'], isInband: true } as const;

test('a trunk has its codecs, and tones if its mode is inband', () => {
  const codecs = ['G.729'] as const;
  expect(peerAudioOf({ codecs, dtmf_mode: 'inband' })).toEqual({ codecs, isInband: true });
  for (const settings of [
    { codecs },
    { codecs, dtmf_mode: 'info' as const },
    { codecs, dtmf_mode: 'rfc2833' as const },
  ])
    expect(peerAudioOf(settings)).toEqual({ codecs });
});

describe.each([
  ['with a relay', () => relayed().media],
  ['without a relay', () => directMedia()],
])('%s', (_, begin) => {
  const pass = async (formats: readonly number[], limit: (media: ReturnType<typeof begin>) => void) => {
    const media = begin();
    limit(media);
    return formatsIn(await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: phoneWith(formats) }));
  };

  test('an offer of a trunk without any of its codecs is rejected', async () => {
    const limit = (media: ReturnType<typeof begin>) => media.limitAudio('a', { codecs: ['G.729'] });
    await expect(async () => pass([0, 101], limit)).rejects.toThrow(unacceptable);
    expect(await pass([0, 18, 101], limit)).toEqual([18, 101]);
  });

  test('an offer to a trunk has its codecs only, in its order', async () => {
    const limit = (media: ReturnType<typeof begin>) =>
      media.limitAudio('b1', { codecs: ['G.711A', 'G.722', 'G.711U'] });
    expect(await pass([0, 9, 18, 8, 101], limit)).toEqual([8, 9, 0, 101]);
  });

  test('offers from and to a trunk with tones have no events', async () => {
    for (const leg of ['a', 'b1']) expect(await pass([0, 101], (media) => media.limitAudio(leg, inband))).toEqual([0]);
  });
});

test('what a trunk does not speak is transcoded by the relay, or rejected if that does not speak it', async () => {
  const { media, asked } = relayed(async (_relay, command) => ({
    result: 'ok',
    ...('sdp' in command ? { sdp: phoneWith([0, 18, 101]) } : {}),
  }));
  media.limitAudio('b1', { codecs: ['G.729', 'OPUS'] });
  const sent = { kind: 'offer', from: 'a', sdp: phoneWith([0, 101]) } as const;
  expect(formatsIn(await media.pass({ ...sent, to: 'b1' }))).toEqual([18, 101]);
  expect(asked.map(({ command }) => 'codec' in command && command.codec)).toEqual([{ transcode: ['G729'] }]);
  media.limitAudio('b2', { codecs: ['iLBC'] });
  await expect(media.pass({ ...sent, to: 'b2' })).rejects.toThrow(unacceptable);
  const direct = directMedia();
  direct.limitAudio('b1', { codecs: ['G.729'] });
  expect(() => direct.pass({ ...sent, to: 'b1' })).toThrow(unacceptable);
});

describe('digits between a trunk with tones and a phone with events', () => {
  const [withEvents, without] = [phoneWith([0, 101]), phoneWith([0])];

  test('of the phone come as tones: the relay gets the events that the trunk is not offered', () => {
    expect(offerAtRelay(withEvents, {}, { audio: inband })).toMatchObject({ turnsEvents: true, sdp: withEvents });
    expect(offerAtRelay(without, {}, { audio: inband })).toMatchObject({ turnsEvents: false });
  });

  test('of the trunk come as events, which the phone is offered', () => {
    const added = { transcode: ['telephone-event'], turnsEvents: false };
    expect(offerAtRelay(without, { audio: inband }, {})).toMatchObject(added);
    expect(offerAtRelay(without, { audio: inband }, { audio: { codecs: ['G.711'] } })).toMatchObject(added);
  });

  test('stay tones between two trunks with tones, and for applications', () => {
    const unchanged = { transcode: [], turnsEvents: false };
    expect(offerAtRelay(without, { audio: inband }, { audio: inband })).toMatchObject(unchanged);
    expect(offerAtRelay(without, { audio: inband }, { isApplication: true })).toMatchObject(unchanged);
    const own = offerAtRelay(withEvents, { isApplication: true }, { audio: inband });
    expect([own.turnsEvents, formatsIn(own.sdp)]).toEqual([false, [0]]);
  });
});

test('a task that goes on with a call limits later offers alike', async () => {
  const { media, dependencies } = relayed();
  media.limitAudio('b1', { codecs: ['G.711A'] });
  const exchange = { from: 'a', to: 'b1', sdp: phoneWith([8]) };
  await media.pass({ kind: 'offer', ...exchange });
  await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp: phoneWith([8]) });
  const stored = media.stored('a', 'b1');
  if (stored === undefined) throw new Error('there is nothing to go on with');
  const other = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b1' }, dependencies);
  expect(formatsIn(await other.pass({ kind: 'offer', ...exchange, sdp: phoneWith([0, 8]) }))).toEqual([8]);
});

test('answers pass as they are', async () => {
  const { media, asked } = relayed();
  media.limitAudio('b1', { codecs: ['G.729'] });
  await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: phoneWith([18]) });
  const sdp = phoneWith([0]);
  await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp });
  expect(asked.map(({ command }) => sdpIn(command)).at(-1)).toEqual({ sdp });
});
