import { describe, expect, test } from 'vitest';
import { described } from './descriptions.fixture.ts';
import { NgFailure } from './ng-client.ts';
import type { NgReply } from './ng-message.ts';
import { answer, offer, relayed, sdpIn, type Ask } from './relayed-media.fixture.ts';
import { RelayedMedia } from './relayed-media.ts';

const failure = (status: number, hangupCause: string) => expect.objectContaining({ status, hangupCause }) as Error;

test('offer and answer name the leg that offers first, and have the form of who gets them', async () => {
  const { media, asked, lines, chosen } = relayed();
  media.expect('b1', 'udp');
  expect(await media.pass(offer)).toBe(offer.sdp);
  expect(await media.pass(answer)).toBe(answer.sdp);
  expect(lines()).toEqual(['one offer a>b1', 'one answer a>b1']);
  expect(asked.map(({ command }) => 'ICE' in command && command.ICE)).toEqual(['remove', 'force']);
  expect(chosen).toEqual(['one']);
});

test('media of a party behind NAT go to where its SIP comes from, and never into private networks', async () => {
  const { media, asked } = relayed(undefined, false);
  media.expect('a', 'udp', '8.8.8.8');
  await media.pass({ ...offer, sdp: described.rtp });
  expect(asked[0]?.command).toMatchObject({
    flags: ['SIP-source-address', 'endpoint-learning-heuristic'],
    'received-from': ['IP4', '8.8.8.8'],
  });
  expect(['a', 'b1'].map((leg) => media.learnsPlaceOf(leg))).toEqual([true, false]);
  await expect(media.pass(answer)).rejects.toThrow(failure(488, 'INCOMPATIBLE_DESTINATION'));
  expect(asked).toHaveLength(1);
});

test('candidates at private addresses reach the relay only where media may go to those', async () => {
  const candidate = (address: string) => `a=candidate:1 1 udp 2122260223 ${address} 46154 typ host\r\n`;
  const browser = `${described.webrtc.replaceAll('192.0.2.1', '0.0.0.0')}a=ice-options:trickle\r\n`;
  const sdp = browser + candidate('10.0.0.5') + candidate('8.8.8.8');
  for (const allowsPrivate of [false, true]) {
    const { media, asked } = relayed(undefined, allowsPrivate);
    await media.pass({ ...offer, sdp });
    await media.pass({ ...answer, sdp });
    const kept = allowsPrivate ? sdp : sdp.replace(candidate('10.0.0.5'), '');
    expect(asked.map(({ command }) => sdpIn(command))).toEqual([{ sdp: kept }, { sdp: kept }]);
  }
});

test('commands of a call are sent one after the other', async () => {
  let inProgress = 0;
  const { media } = relayed(async (_relay, command) => {
    inProgress += 1;
    await new Promise((resolve) => setImmediate(resolve));
    expect(inProgress).toBe(1);
    inProgress -= 1;
    return { result: 'ok', ...sdpIn(command) };
  });
  await Promise.all(['b1', 'b2', 'b3'].map((to) => media.pass({ ...offer, to })));
});

test('a call uses the next relay if one does not answer or has no room', async () => {
  const failures: Ask[] = [() => Promise.reject(new NgFailure('')), async () => ({ result: 'load limit' })];
  for (const failing of failures) {
    const { media, lines, chosen } = relayed(async (relay, command) =>
      relay === 'one' ? failing(relay, command) : { result: 'ok', ...sdpIn(command) },
    );
    expect(await media.pass(offer)).toBe(offer.sdp);
    await media.pass(answer);
    // One that does not answer may have begun a session.
    const late = failing === failures[0] ? ['one delete'] : [];
    expect(lines()).toEqual(['one offer a>b1', ...late, 'two offer a>b1', 'two answer a>b1']);
    expect(chosen).toEqual(['two']);
  }
});

test('without any relay the call is rejected', async () => {
  const { media, chosen } = relayed(() => Promise.reject(new NgFailure('')));
  await expect(media.pass(offer)).rejects.toThrow(failure(503, 'MEDIA_RELAY_UNAVAILABLE'));
  expect(chosen).toEqual([]);
});

test('a relay that does not answer in a call is lost', async () => {
  let isGone = false;
  const { media } = relayed(async (_relay, command) => {
    if (isGone) throw new NgFailure('');
    return { result: 'ok', ...sdpIn(command) };
  });
  await media.pass(offer);
  isGone = true;
  await expect(media.pass(answer)).rejects.toThrow(failure(503, 'MEDIA_RELAY_LOST'));
});

test.each<[string, NgReply, number]>([
  ['has no description', { result: 'ok' }, 503],
  ['has a description that is none', { result: 'ok', sdp: 'v=1' }, 503],
  ['has one that is too large', { result: 'ok', sdp: described.rtp + 'a=x\r\n'.repeat(10_000) }, 503],
  ['is an error of its own', { result: 'error', 'error-reason': 'Ran out of ports' }, 503],
  ['is something else', { result: 'pong' }, 503],
  ['rejects the description', { result: 'error', 'error-reason': 'Failed to parse SDP' }, 488],
])('an answer that %s fails the call, and the session is deleted', async (_what, reply, status) => {
  const { media, lines } = relayed(async (_relay, { command }) => (command === 'delete' ? { result: 'ok' } : reply));
  await expect(media.pass(offer)).rejects.toThrow(expect.objectContaining({ status }) as Error);
  void media.close();
  await expect.poll(lines).toEqual(['one offer a>b1', 'one delete']);
});

test('the end of a call deletes its session after what is in progress; without session nothing', async () => {
  const { media, lines } = relayed();
  const passing = media.pass(offer);
  void media.close();
  await passing;
  await expect.poll(lines).toEqual(['one offer a>b1', 'one delete']);
  const other = relayed();
  await other.media.close();
  expect(other.lines()).toEqual([]);
});

test('what passes after the end of a call begins no session', async () => {
  const { media, lines, faults } = relayed();
  await media.pass(offer);
  await media.pass(answer);
  await media.close();
  await expect(media.pass(offer)).rejects.toThrow(failure(503, 'MEDIA_RELAY_LOST'));
  media.reject('a');
  await media.close();
  expect(lines().slice(2)).toEqual(['one delete', 'one delete']);
  expect(faults).toEqual([]);
});

test('a leg that rejects an offer has its former partner again', async () => {
  const { media, lines } = relayed();
  await media.pass(offer);
  await media.pass(answer);
  await media.pass({ kind: 'offer', from: 'c1', to: 'a', sdp: described.rtp });
  media.reject('a');
  await expect.poll(() => lines().slice(3)).toEqual(['one offer a>b1', 'one answer a>b1']);
});

test('another task goes on with the tags and kinds of the connected legs', async () => {
  const { media, dependencies, lines, asked } = relayed();
  await media.pass(offer);
  await media.pass(answer);
  const stored = media.stored('a', 'b1');
  expect(stored).toEqual({
    relay: 'one',
    source: { tag: 'a', kind: 'webrtc', port: expect.any(Number) as number },
    destination: { tag: 'b1', kind: 'rtp', port: expect.any(Number) as number },
    agreed: { from: 'source', offer: offer.sdp, answer: answer.sdp },
  });
  if (stored === undefined) throw new Error('nothing is stored');
  const resumed = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b' }, dependencies);
  await resumed.pass({ kind: 'offer', from: 'b', to: 'a', sdp: described.rtp });
  await resumed.pass({ kind: 'offer', from: 'b1', to: 'a', sdp: described.rtp });
  expect(lines().slice(2)).toEqual(['one offer b1>a', 'one offer b1+>a']);
  expect(asked.at(-1)?.command).toMatchObject({ ICE: 'force' });
});

test('a leg that rejects an offer in another task has its former partner again', async () => {
  const { media, dependencies, lines, asked } = relayed();
  await media.pass(offer);
  await media.pass(answer);
  const stored = media.stored('a', 'b1');
  if (stored === undefined) throw new Error('nothing is stored');
  const resumed = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b' }, dependencies);
  await resumed.pass({ kind: 'offer', from: 'c1', to: 'a', sdp: described.rtp });
  resumed.reject('a');
  await expect.poll(() => lines().slice(3)).toEqual(['one offer a>b1', 'one answer a>b1']);
  expect(asked.slice(3).map(({ command }) => sdpIn(command))).toEqual([{ sdp: offer.sdp }, { sdp: answer.sdp }]);
});

describe('what the relay hears of the parties', () => {
  const tagsWith = (last: number): NgReply['tags'] => ({
    a: { medias: [{ streams: [last - 5, last].map((each) => ({ 'last packet': each, stats: { packets: 1 } })) }] },
    b1: { medias: [{ streams: [{ 'last packet': last - 30, stats: { packets: 1 } }] }] },
  });
  const unknown: NgReply = { result: 'error', 'error-reason': 'Unknown call-id' };
  const party = (at: number, packets = 1) => ({ at, packets, isExpected: true });
  const forgotten = { source: party(0, 0), destination: party(0, 0) };

  /** What is heard of them with each of these answers of the relay; null: it does not answer. */
  async function heardWith(...replies: readonly (NgReply | null)[]) {
    const queries = [...replies];
    const { media } = relayed(async (_relay, command) => {
      if (command.command !== 'query') return { result: 'ok', ...sdpIn(command) };
      const reply = queries.shift() ?? null;
      if (reply === null) throw new NgFailure('');
      return reply;
    });
    await media.pass({ ...offer, sdp: described.rtp });
    await media.pass(answer);
    const heard: unknown[] = [];
    for (let asked = 0; asked < replies.length; asked += 1) heard.push(await media.heard('a', 'b1'));
    return heard;
  }

  test('is the middle of the second of the last packet of any stream', async () => {
    const heard = { source: party(100_500), destination: party(70_500) };
    expect(await heardWith({ result: 'ok', tags: tagsWith(100) })).toMatchObject([heard]);
  });

  test('is what it was when the relay has forgotten the call, in which no one was heard for a minute', async () => {
    const heard = { source: party(100_500), destination: party(70_500) };
    const known = { source: party(100_500, 0), destination: party(70_500, 0) };
    expect(await heardWith({ result: 'ok', tags: tagsWith(100) }, unknown)).toMatchObject([heard, known]);
    expect(await heardWith(unknown)).toEqual([forgotten]);
  });

  test('is the RTP of their audio, and why nothing may come of them', async () => {
    const rtcp = [{ 'last packet': 101, stats: { packets: 1, bytes: 90 } }];
    const likely = async (heard: string, kind: 'udp' | 'ws', sdp: string, packets = 7) => {
      const streams = [{ 'last packet': 100, stats: { packets, bytes: 700 } }];
      const medias = [
        { type: 'audio', streams: [...streams, ...rtcp] },
        { type: 'video', streams },
      ];
      const { media } = relayed(async (_relay, command) => ({
        result: 'ok',
        ...sdpIn(command),
        ...(command.command === 'query' && { tags: { a: { medias }, b1: { medias } } }),
      }));
      media.expect('b1', kind, heard);
      await media.pass({ ...offer, sdp: described.rtp });
      await media.pass({ ...answer, sdp });
      return (await media.heard('a', 'b1'))?.destination.audio;
    };
    const agreedAt = expect.any(Number) as number;
    const counted = { packets: 7, bytes: 700, last: 100_500, agreedAt };
    expect(await likely('192.0.2.1', 'udp', described.rtp)).toEqual({ ...counted, likely: 'no_packets' });
    expect(await likely('192.0.2.9', 'udp', described.rtp)).toEqual({ ...counted, likely: 'no_packets' });
    const unheard = { ...counted, packets: 0, likely: 'wrong_address' };
    expect(await likely('192.0.2.9', 'udp', described.rtp, 0)).toEqual(unheard);
    expect(await likely('192.0.2.1', 'ws', described.webrtc)).toEqual({ ...counted, likely: 'no_ice' });
  });

  test('is not known of a relay that does not answer, fails, or does not have both parties', async () => {
    const { a } = tagsWith(100) ?? {};
    const failed = { result: 'error', 'error-reason': 'Out of memory' };
    expect(await heardWith(null, failed, { result: 'ok', tags: a === undefined ? {} : { a } })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test('another task knows where the parties are heard', async () => {
  const { media, dependencies, asked } = relayed(undefined, false);
  media.expect('a', 'udp', '8.8.8.8');
  media.expect('b1', 'udp', '8.8.4.4');
  await media.pass({ ...offer, sdp: described.rtp });
  await media.pass(answer);
  const stored = media.stored('a', 'b1');
  expect(stored).toMatchObject({ source: { heard: '8.8.8.8' }, destination: { heard: '8.8.4.4' } });
  if (stored === undefined) throw new Error('nothing is stored');
  const resumed = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b' }, dependencies);
  await resumed.pass({ kind: 'offer', from: 'b', to: 'a', sdp: described.rtp });
  expect(asked.at(-1)?.command).toMatchObject({ 'received-from': ['IP4', '8.8.4.4'] });
});

test('media that are held back are blocked from the answer on, not in early media, until opened', async () => {
  const { media, lines } = relayed();
  media.holdBack();
  await media.pass(offer);
  await media.pass({ ...answer, isEarly: true });
  expect(lines()).toEqual(['one offer a>b1', 'one answer a>b1']);
  await media.pass(answer);
  expect(lines().slice(2)).toEqual(['one block media', 'one answer a>b1']);
  media.open();
  await media.pass(answer);
  expect(lines().slice(4)).toEqual(['one unblock media', 'one answer a>b1']);
});

test('media that are opened before the answer are not blocked', async () => {
  const { media, lines } = relayed();
  media.holdBack();
  media.open();
  await media.pass(offer);
  await media.pass(answer);
  expect(lines()).toEqual(['one offer a>b1', 'one answer a>b1']);
});

describe('a party of Opus only', () => {
  const opusOffer = { kind: 'offer', from: 'a', to: 'b1', sdp: described.opus } as const;
  const clocks = (sdp: string): readonly string[] =>
    [...sdp.matchAll(/telephone-event\/(\d+)/g)].map(([, at = '']) => at);

  test('counts events by 8 kHz, and the relay by 48 kHz', async () => {
    const { media, asked } = relayed();
    expect(clocks(await media.pass(opusOffer))).toEqual(['48000']);
    // The relay answers with what it has got.
    expect(clocks(await media.pass({ ...answer, sdp: described.opus.replace('event/8000', 'event/48000') }))).toEqual([
      '8000',
    ]);
    expect(asked.map(({ command }) => clocks(sdpIn(command).sdp ?? ''))).toEqual([['48000'], ['48000']]);
  });

  test('is one for the next task, too', async () => {
    const { media, dependencies, asked } = relayed();
    media.expectApplication('b1');
    await media.pass(opusOffer);
    await media.pass(answer);
    const stored = media.stored('a', 'b1');
    expect(stored?.source).toMatchObject({ opus: { isOnly: true, events: 97 } });
    if (stored === undefined) throw new Error('nothing is stored');
    const resumed = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b1' }, dependencies);
    await resumed.pass({ kind: 'offer', from: 'c1', to: 'a', sdp: described.rtp });
    const [first, , last] = asked.map(({ command }) => 'codec' in command && command.codec);
    expect([first, last]).toEqual([{ mask: ['opus'], transcode: ['PCMU'] }, { transcode: ['opus'] }]);
  });
});

describe('a party that an application asks for an answer', () => {
  const asking = { kind: 'offer', from: 'b1', to: 'a', sdp: described.rtp } as const;

  /** Plays to a party while it is asked. @returns the commands so far */
  function played() {
    const { media, lines } = relayed();
    media.expectApplication('b1');
    const passing = media.pass(asking);
    const playing = media.play('a', { organization: 1_001, sha256: 'a' }).catch(() => undefined);
    return { media, lines, passing, playing };
  }

  test.each([
    ['it answers', (media: RelayedMedia) => void media.pass({ ...answer, from: 'a', to: 'b1' })],
    ['it rejects that', (media: RelayedMedia) => media.reject('a')],
    ['the call is over', (media: RelayedMedia) => void media.close()],
  ])('hears nothing until %s', async (_what, end) => {
    const { media, passing, playing } = played();
    let isOver = false;
    void playing.then(() => (isOver = true));
    await passing;
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    end(media);
    await playing;
    expect(isOver).toBe(true);
  });
});

test('digits are heard of a call whose first description is on its way to a relay', async () => {
  const { dependencies } = relayed();
  const heard: string[] = [];
  const applications = {
    ...{ play: async () => 0, stop: async () => undefined, digitPosition: () => undefined },
    onDigit: ({ relay }: { readonly relay: string }) => {
      heard.push(relay);
      return () => void heard.push('end');
    },
  };
  const media = new RelayedMedia('call_1', { ...dependencies, applications });
  const passing = media.pass(offer);
  const [end, endAtOnce] = [media.hearDigits('a', () => undefined), media.hearDigits('b1', () => undefined)];
  endAtOnce();
  await passing;
  await expect.poll(() => heard).toEqual(['one']);
  end();
  expect(heard).toEqual(['one', 'end']);
});

test('a ringing tone lasts as long as 20 parties ring in turn, for 300 s each', async () => {
  const { dependencies, asked } = relayed();
  const media = new RelayedMedia('call_1', { ...dependencies, folder: '/sounds' });
  await media.pass(offer);
  await media.ring('a');
  const played = asked.flatMap(({ command }) =>
    command.command === 'play media' ? [command['repeat-times'] ?? 1] : [],
  );
  expect(played.map((times) => times * 5)).toEqual([expect.toSatisfy((seconds: number) => seconds >= 20 * 300)]);
});

describe('an answer that rejects all media', () => {
  const nothing = described.rtp.replace('m=audio 6000', 'm=audio 0');
  const rejecting = { ...answer, sdp: nothing };

  test('is none of a call that begins, also after early media', async () => {
    for (const early of [[], [{ ...answer, isEarly: true }]]) {
      const { media } = relayed();
      await media.pass(offer);
      for (const each of early) await media.pass(each);
      await expect(media.pass(rejecting)).rejects.toThrow(failure(488, 'INCOMPATIBLE_DESTINATION'));
    }
  });

  test('passes in a call that is up, and to an offer without media', async () => {
    const { media } = relayed();
    await media.pass({ ...offer, sdp: nothing });
    expect(await media.pass(rejecting)).toBe(nothing);
    await media.pass(offer);
    await media.pass(answer);
    await media.pass(offer);
    expect(await media.pass(rejecting)).toBe(nothing);
  });
});
