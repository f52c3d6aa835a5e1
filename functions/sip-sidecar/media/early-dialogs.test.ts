import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { startRtpEngine, type RtpEngine } from '#test/system/peers/rtpengine.ts';
import { formatsIn, phoneWith } from './descriptions.fixture.ts';
import { narrowingRelay, type Ask } from './relayed-media.fixture.ts';
import type { NgCommand } from './ng-message.ts';
import { RelayedMedia } from './relayed-media.ts';

/** Several answers to one offer, as those of early dialogs and of the 2xx, with the real rtpengine. */

needs('rtpengine');

let engine: RtpEngine;
beforeAll(async () => {
  engine = await startRtpEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

let calls = 0;

/** Media of a call at a relay. */
function mediaAt(ask: Ask) {
  const relays = { choose: () => 'one', ask };
  const fault = (error: unknown) => expect.fail(String(error));
  calls += 1;
  return new RelayedMedia(`call_${calls}`, { relays, allowsPrivate: true, onRelay: () => undefined, fault });
}

const withEnd = (line: string): string => `${line}\r\n`;

/** The payload types that an offer, and then its answers, leave the relay with; null: an answer of no use. */
async function passed(ask: Ask, offered: readonly number[], answers: readonly (readonly number[])[]) {
  const media = mediaAt(ask);
  const pass = async (kind: 'offer' | 'answer', sdp: string) =>
    media
      .pass({ kind, from: kind === 'offer' ? 'a' : 'b1', to: kind === 'offer' ? 'b1' : 'a', sdp })
      .then(formatsIn, (error: unknown) => {
        expect(error).toMatchObject({ status: 488, hangupCause: 'INCOMPATIBLE_DESTINATION' });
        return null;
      });
  const outcome = [await pass('offer', phoneWith(offered))];
  for (const [index, answer] of answers.entries())
    outcome.push(await pass('answer', phoneWith(answer, 7_000 + index * 2)));
  await media.close();
  return outcome;
}

test.each<[string, readonly number[], readonly (readonly number[] | null)[], readonly (readonly number[])[]]>([
  [
    'the codec of the 2xx is another one',
    [0, 8, 101],
    [
      [0, 101],
      [8, 101],
    ],
    [
      [0, 101],
      [8, 101],
    ],
  ],
  [
    'G.722 comes first, then G.711',
    [9, 0, 8, 101],
    [
      [9, 101],
      [0, 101],
    ],
    [
      [9, 101],
      [0, 101],
    ],
  ],
  [
    'G.711 comes first, then G.722',
    [9, 8, 101],
    [
      [8, 101],
      [9, 101],
    ],
    [
      [8, 101],
      [9, 101],
    ],
  ],
  ['early dialogs take turns', [0, 8, 101], [[8], [0, 101], [8]], [[8], [0, 101], [8]]],
  [
    'an answer without a codec of the offer is of no use',
    [0, 8, 101],
    [null, [0, 101]],
    [
      [9, 101],
      [0, 101],
    ],
  ],
])('%s', async (_what, offered, expected, answers) => {
  const whole = [offered, ...expected];
  expect(await passed((_relay, command) => engine.ask(command), offered, answers)).toEqual(whole);
  expect(await passed(narrowingRelay(), offered, answers)).toEqual(whole);
});

test('early media of a gateway that then fails do not stick: the next one is offered all codecs', async () => {
  for (const ask of [(_relay: string, command: NgCommand) => engine.ask(command), narrowingRelay()]) {
    const media = mediaAt(ask);
    const offerTo = (to: string) => media.pass({ kind: 'offer', from: 'a', to, sdp: phoneWith([0, 8, 101]) });
    const answerOf = (from: string, formats: readonly number[], isEarly?: true) =>
      media.pass({
        ...{ kind: 'answer', from, to: 'a', sdp: phoneWith(formats, 7_000 + 2 * Number(from.slice(1))) },
        ...(isEarly && { isEarly }),
      });
    const passed = [await offerTo('b1'), await answerOf('b1', [0, 101], true)];
    passed.push(await offerTo('b2'), await answerOf('b2', [8, 101], true), await answerOf('b2', [8, 101]));
    await media.close();
    expect(passed.map(formatsIn)).toEqual([
      ...[
        [0, 8, 101],
        [0, 101],
      ],
      ...[
        [0, 8, 101],
        [8, 101],
        [8, 101],
      ],
    ]);
  }
});

/** The lines of a description that a party may not see change within a dialog: port, and keys of a browser. */
const linesKept = (sdp: string): readonly string[] => [
  ...sdp.matchAll(/^(?:m=audio \d+|a=(?:ice-ufrag|ice-pwd|fingerprint|candidate):.*)/gm).map(([line]) => line.trim()),
];

/** An offer of a browser with Opus, PCMU and PCMA. */
const browserOffer = phoneWith([96, 0, 8])
  .replace('m=audio 6000 RTP/AVP', 'm=audio 9 UDP/TLS/RTP/SAVPF')
  .concat(
    ...['a=ice-ufrag:abcd', `a=ice-pwd:${'p'.repeat(24)}`, 'a=setup:actpass', 'a=mid:0', 'a=rtcp-mux'].map(withEnd),
    withEnd(`a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'A5').join(':')}`),
  );

test('an answer that follows another one leaves the phone its port, and a browser its keys', async () => {
  const offers: string[] = [];
  const media = mediaAt(async (_relay, command) => {
    const reply = await engine.ask(command);
    if (command.command === 'offer') offers.push(reply.sdp ?? '');
    return reply;
  });
  await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: browserOffer });
  const early = await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp: phoneWith([0], 7_000) });
  const last = await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp: phoneWith([8], 7_002) });
  await media.close();
  expect(offers).toHaveLength(2);
  expect(linesKept(offers[1] ?? '')).toEqual(linesKept(offers[0] ?? ''));
  expect(linesKept(last)).toEqual(linesKept(early));
  expect(linesKept(last)).toHaveLength(5);
  expect([early, last].map(formatsIn)).toEqual([[0], [8]]);
});
