import fc from 'fast-check';
import { expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import type { SipMessage } from '#sip/message.ts';
import { hasCodecs } from '#sip/sdp/audio-codecs.ts';
import { sdpOf } from '#sip/session/body.ts';
import type { OfferOutcome, PeerOffer, Session } from '#sip/session/session.ts';
import { newPair, type Listener } from '#sip/session/sessions.fixture.ts';
import { formatsIn, phoneWith } from '../../media/descriptions.fixture.ts';
import { directMedia } from '../../media/media-service.ts';
import { newCall } from '../call/call.ts';
import { newListeningSession } from './application-session.fixture.ts';
import { PlainTargets } from './plain-targets.ts';
import { CallTraffic } from './traffic.ts';

/**
 * Offers of both sides that cross, at any time: re-INVITE with and without description, UPDATE without
 * one, and, before the answer, PRACK and UPDATE, also of two phones that ring at once. `CROSSINGS`: their number in
 * each of two tests.
 */

const wanted = process.env['CROSSINGS'];
/** The same ones each time, unless their number is given. */
const crossings = wanted === undefined ? { numRuns: 1_000, seed: 61 } : { numRuns: Number(wanted) };

type Pair = ReturnType<typeof newPair>;

/** What a phone does with an offer: it answers after a time in milliseconds, rejects it, or does nothing. */
const reaction = fc.oneof(
  { weight: 6, arbitrary: fc.nat(600) },
  { weight: 1, arbitrary: fc.constant('reject' as const) },
  { weight: 1, arbitrary: fc.constant('nothing' as const) },
);
type Reaction = number | 'reject' | 'nothing';

const formats = fc.shuffledSubarray([0, 8, 9], { minLength: 1 });
/** Undefined: without an offer. */
const offered = fc.option(formats, { nil: undefined });
const step = fc.record({
  who: fc.constantFrom('alice', 'bob'),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('offer' as const), formats: offered }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('refresh' as const), formats: fc.constant(undefined) }) },
  ),
  /** Milliseconds until the next one. */
  wait: fc.oneof(fc.nat(40), fc.nat(900)),
});

const everything = [0, 8, 9] as const;

/** The answer to an offer: one codec of it. */
const answerTo = (sdp: string | undefined): string =>
  phoneWith(sdp === undefined ? everything : formatsIn(sdp).slice(0, 1));

type Clock = Pick<Pair['clock'], 'setTimer'>;

/** Lets a phone react to offers, one after the other. */
function reactWith(listener: Listener, clock: Clock, reactions: readonly Reaction[]): void {
  let count = 0;
  const onOffer = ({ sdp, respond }: PeerOffer): void => {
    const next = reactions[count % reactions.length] ?? 0;
    count += 1;
    if (next === 'reject') respond({ status: 488 });
    else if (next !== 'nothing') clock.setTimer(next, () => respond({ sdp: answerTo(sdp) }));
  };
  Object.assign(listener, { onOffer });
}

/** An offer of a phone, and what came of it. */
type Made = { readonly formats: readonly number[] | undefined; outcome?: OfferOutcome };

function offerOf(session: Session, wanted: readonly number[] | undefined): Made {
  const made: Made = { formats: wanted };
  void session.offer(wanted === undefined ? undefined : phoneWith(wanted)).then((outcome) => {
    made.outcome = outcome;
    if (wanted === undefined && 'sdp' in outcome) session.acknowledge(answerTo(outcome.sdp));
  });
  return made;
}

/** Alice and Bob, or an application in place of Bob, whose sessions are joined. */
function joined(isApplication: boolean) {
  const [near, far] = [newPair(), newPair()];
  const first = { sdp: phoneWith(everything) };
  const [alice, bob] = [near.call(first), far.call(first)];
  const sessions: Readonly<Record<string, Session>> = {
    a: alice.callee.session,
    b1: isApplication ? newListeningSession() : bob.caller.session,
  };
  const media = { ...directMedia(), pass: async ({ sdp }: { readonly sdp: string }) => sdp };
  const traffic = new CallTraffic({
    media,
    plainTargets: new PlainTargets(),
    sessions: { get: (leg = '') => sessions[leg], targetOf: () => undefined },
    state: () => newCall(true),
    otherOf: (leg) => (leg === 'a' ? 'b1' : 'a'),
    dispatch: () => undefined,
    now: () => 0,
    onRefer: () => undefined,
    redirect: async () => [],
    fault: (error) => {
      throw error;
    },
    onSign: () => undefined,
    onAgreed: () => undefined,
    lastSign: async () => undefined,
  });
  for (const [leg, { listener }] of [
    ['a', alice.callee],
    ['b1', bob.caller],
  ] as const) {
    const { onOffer, onAcknowledge } = traffic.listenerOf(leg);
    Object.assign(listener, { onOffer, onAcknowledge });
  }
  const wait = async (milliseconds: number): Promise<void> => {
    const slice = Math.max(20, milliseconds / 20);
    for (let passed = 0; passed <= milliseconds; passed += slice) {
      for (const { clock } of [near, far]) clock.advance(Math.min(slice, milliseconds - passed));
      // What passes the media takes a turn of its own.
      for (let turns = 0; turns < 3; turns += 1) await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { near, far, parties: { alice: alice.caller, bob: bob.callee }, wait };
}

const isOffer = (message: SipMessage): boolean => ['INVITE', 'UPDATE', 'PRACK'].includes(message.cseq.method);

/** Statuses of rejected offers: RFC 3261 §14, RFC 3311 §5.2; where a phone does nothing, also those of its silence. */
const statusesWith = (reactions: readonly Reaction[]): ReadonlySet<number> =>
  new Set([488, 491, 500, ...(reactions.includes('nothing') ? [487, 504] : [])]);

/** Every rejection has a status that RFCs give it, and 500 says when to come again. */
function expectStatuses(pair: Pair, statuses: ReadonlySet<number>): void {
  for (const { message } of pair.sent) {
    if (message.kind !== 'response' || message.status < 300 || !isOffer(message)) continue;
    expect(statuses).toContain(message.status);
    if (message.status === 500) expect(message.headers.first(header.retryAfter)).toMatch(/^\d+$/);
  }
}

/** No answer leaves without a codec. */
function expectCodecs(pair: Pair): void {
  for (const { message } of pair.sent) {
    const sdp = sdpOf(message);
    if (sdp !== undefined) expect(hasCodecs(sdp)).toBe(true);
  }
}

const call = fc.record({
  isApplication: fc.boolean(),
  alice: fc.array(reaction, { minLength: 1, maxLength: 5 }),
  bob: fc.array(reaction, { minLength: 1, maxLength: 5 }),
  steps: fc.array(step, { minLength: 2, maxLength: 8 }),
});

test('each offer that crosses others comes to an end, with codecs that were offered or a status of RFCs', async () => {
  await fc.assert(
    fc.asyncProperty(call, async ({ isApplication, alice, bob, steps }) => {
      const { near, far, parties, wait } = joined(isApplication);
      reactWith(parties.alice.listener, near.clock, alice);
      reactWith(parties.bob.listener, far.clock, bob);
      const made: Made[] = [];
      const statuses = statusesWith([...alice, ...bob]);
      for (const { who, what, wait: time } of steps) {
        if (isApplication && who === 'bob') continue;
        const { session } = parties[who];
        if (what.kind === 'refresh') session.refreshTarget();
        else made.push(offerOf(session, what.formats));
        await wait(time);
      }
      // Eight attempts of both sides, or an offer that no one answers, for each of them.
      for (let rounds = 0; rounds < 40 && made.some(({ outcome }) => outcome === undefined); rounds += 1)
        await wait(20_000);
      for (const { formats: own, outcome } of made) {
        expect(outcome).toBeDefined();
        if (outcome === undefined || 'status' in outcome) expect(statuses).toContain(outcome?.status);
        else if (own !== undefined) expect(own).toEqual(expect.arrayContaining([...formatsIn(outcome.sdp)]));
      }
      for (const pair of [near, far]) {
        expectStatuses(pair, statuses);
        expectCodecs(pair);
      }
    }),
    crossings,
  );
});

const early = fc.record({
  rel100: fc.boolean(),
  forks: fc.boolean(),
  offers: fc.boolean(),
  alice: fc.array(reaction, { minLength: 1, maxLength: 3 }),
  bob: fc.array(reaction, { minLength: 1, maxLength: 3 }),
  steps: fc.array(
    fc.record({
      what: fc.constantFrom('ring', 'describe', 'alice offers', 'callee offers', 'answer'),
      isFork: fc.boolean(),
      wait: fc.oneof(fc.nat(40), fc.nat(900)),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

test('before and after an answer, with PRACK, UPDATE and forks, the same holds, and nothing is left', () => {
  fc.assert(
    fc.property(early, ({ rel100, forks, offers, alice, bob, steps }) => {
      const pair = newPair({ forks });
      const caller = pair.alice.invite({
        sdp: offers ? phoneWith(everything) : undefined,
        headers: rel100 ? Headers.none.append(header.require, '100rel') : Headers.none,
      });
      pair.clock.advance(100);
      const [callee, fork] = [pair.bob.incoming[0], pair.carol?.incoming[0]];
      if (callee === undefined || (fork === undefined) === forks) throw new Error('no INVITE came');
      reactWith(caller.listener, pair.clock, alice);
      for (const each of [callee, ...(fork === undefined ? [] : [fork])]) reactWith(each.listener, pair.clock, bob);
      const onAnswer = caller.listener.onAnswer;
      Object.assign(caller.listener, {
        onAnswer: (answer: { readonly sdp?: string }) => {
          onAnswer(answer);
          if (!offers) caller.session.acknowledge(answerTo(answer.sdp));
        },
      });
      const last = [false, true].map((isFork) => ({ what: 'answer', isFork, wait: 0 }));
      for (const { what, isFork, wait } of [...steps, ...last]) {
        const { session } = isFork ? (fork ?? callee) : callee;
        if (what === 'ring') session.progress(180);
        else if (what === 'describe') session.progress(183, answerTo(session.offered));
        else if (what === 'alice offers') void caller.session.offer(phoneWith([0]));
        else if (what === 'callee offers') void session.offer(phoneWith([8]));
        else session.answer(answerTo(session.offered));
        pair.clock.advance(wait);
      }
      pair.clock.advance(400_000);
      caller.session.end();
      pair.clock.advance(200_000);
      // 481: of the other phone, when one has answered.
      expectStatuses(pair, new Set([...statusesWith([...alice, ...bob]), 487, 504, ...(forks ? [481] : [])]));
      expectCodecs(pair);
      expect(caller.listener.calls.filter((each) => each.startsWith('answer')).length).toBeLessThanOrEqual(1);
      expect(pair.left()).toEqual([0, 0, 0, 0, 0]);
    }),
    crossings,
  );
});
