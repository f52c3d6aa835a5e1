import { describe, expect, test } from 'vitest';
import { described } from './descriptions.fixture.ts';
import type { FaxSetting } from './fax.ts';
import { directMedia } from './media-service.ts';
import { relayed, sdpIn } from './relayed-media.fixture.ts';
import { RelayedMedia } from './relayed-media.ts';

const fax = described.rtp.replace('m=audio 6000 RTP/AVP 0', 'm=image 6002 udptl t38');
const both = `${described.rtp}m=image 6002 udptl t38\r\n`;
const withoutFax = both.replace('m=image 6002', 'm=image 0');
const rejected = expect.objectContaining({ status: 488, hangupCause: 'INCOMPATIBLE_DESTINATION' }) as Error;

const offer = (sdp: string) => ({ kind: 'offer', from: 'a', to: 'b1', sdp }) as const;

/** What passes of a fax alone, and of one beside audio; null: 488. */
const settings: readonly (readonly [FaxSetting, string | null, string | null])[] = [
  ['t38', fax, both],
  ['audio', null, withoutFax],
  ['reject', null, null],
];

describe.each([
  ['by a relay', () => relayed().media],
  ['without a relay', () => directMedia()],
])('%s', (_how, newMedia) => {
  test('a leg that has to be encrypted takes no fax, which would be in clear', async () => {
    const media = newMedia();
    media.expect('b1', 'tls');
    media.encrypt('b1', 'require');
    await expect(Promise.resolve().then(() => media.pass(offer(fax)))).rejects.toThrow(rejected);
  });

  test.each(settings)(
    'a fax passes as the setting %s of its sender or receiver says',
    async (setting, alone, beside) => {
      for (const limited of ['a', 'b1']) {
        const media = newMedia();
        media.expect('b1', 'udp');
        media.limitFax(limited, setting);
        for (const [sdp, passes] of [
          [fax, alone],
          [both, beside],
          [described.rtp, described.rtp],
        ] as const) {
          const passed = Promise.resolve().then(() => media.pass(offer(sdp)));
          if (passes === null) await expect(passed).rejects.toThrow(rejected);
          else expect(await passed).toBe(passes);
        }
      }
    },
  );
});

test.each([
  ['an application', (media: RelayedMedia) => media.expectApplication('b1')],
  ['a browser', (media: RelayedMedia) => media.expect('b1', 'ws')],
])('%s gets no fax, and the relay is not asked', async (_who, expectParty) => {
  const { media, asked } = relayed();
  expectParty(media);
  await expect(media.pass(offer(fax))).rejects.toThrow(rejected);
  expect(asked).toEqual([]);
  await media.pass(offer(both));
  expect(asked.map(({ command }) => sdpIn(command))).toEqual([{ sdp: withoutFax }]);
});

test('the setting moves to another task with the call', async () => {
  const { media, dependencies } = relayed();
  media.limitFax('b1', 'audio');
  media.limitFax('a', 't38');
  await media.pass(offer(described.rtp));
  const stored = media.stored('a', 'b1');
  expect([stored?.source, stored?.destination]).toEqual([
    expect.not.objectContaining({ fax: expect.anything() }),
    expect.objectContaining({ fax: 'audio' }),
  ]);
  if (stored === undefined) throw new Error('nothing is stored');
  const resumed = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b1' }, dependencies);
  await expect(resumed.pass(offer(fax))).rejects.toThrow(rejected);
});

test('while a fax is sent, a party is heard when the other one is', async () => {
  const streams = (packets: number) => ({
    medias: [{ streams: [{ 'last packet': packets, stats: { packets, bytes: 0 } }] }],
  });
  const { media } = relayed(async (_relay, command) => ({
    result: 'ok',
    ...sdpIn(command),
    ...(command.command === 'query' && { tags: { a: streams(1_000), b1: streams(2_000) } }),
  }));
  const heardAt = async (sdp: string) => {
    await media.pass(offer(sdp));
    await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp });
    const heard = await media.heard('a', 'b1');
    return [heard?.source.at, heard?.destination.at];
  };
  expect(await heardAt(described.rtp)).toEqual([1_000_500, 2_000_500]);
  expect(await heardAt(fax)).toEqual([2_000_500, 2_000_500]);
});
