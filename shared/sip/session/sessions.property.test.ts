import fc from 'fast-check';
import { expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { newPair, sdp, type Listener } from './sessions.fixture.ts';

type Pair = ReturnType<typeof newPair>;

/** What may happen to a call, at any time and in any order. */
const actions = {
  'Bob rings': ({ bob }: Pair) => bob.incoming[0]?.session.progress(180),
  'Bob sends early media': ({ bob }: Pair) => bob.incoming[0]?.session.progress(183, sdp('early')),
  'Bob answers': ({ bob }: Pair) => bob.incoming[0]?.session.answer(sdp('bob')),
  'Bob is busy': ({ bob }: Pair) => bob.incoming[0]?.session.reject(486),
  'Bob ends': ({ bob }: Pair) => bob.incoming[0]?.session.end({ q850: 16 }),
  'Bob offers': ({ bob }: Pair) => void bob.incoming[0]?.session.offer(sdp('bob', 'sendonly')),
  'Bob refers': ({ bob }: Pair) => void bob.incoming[0]?.session.refer({ to: bob.contact }, () => undefined),
  'Bob accepts': ({ bob }: Pair) => accept(bob.incoming[0]?.listener, 'bob'),
} as const;

type CallerAction = (caller: ReturnType<Pair['alice']['invite']>, pair: Pair) => void;

const callerActions: Readonly<Record<string, CallerAction>> = {
  'Alice ends': ({ session }) => session.end({ status: 200 }),
  'Alice offers': ({ session }) => void session.offer(sdp('alice', 'inactive')),
  'Alice asks for an offer': ({ session }) => void session.offer(undefined),
  'Alice acknowledges': ({ session }) => session.acknowledge(sdp('alice')),
  'Alice informs': ({ session }) => void session.info('application/dtmf-relay', Buffer.from('Signal=1')),
  'Alice accepts': ({ listener }) => accept(listener, 'alice'),
};

function accept(listener: Listener | undefined, name: string): void {
  listener?.offers.at(-1)?.respond({ sdp: sdp(name) });
  listener?.refers.at(-1)?.accept()(200);
}

const names = [...Object.keys(actions), ...Object.keys(callerActions)];
const step = fc.record({ name: fc.constantFrom(...names), wait: fc.nat(3_000) });

const isLast = (call: string): boolean => call.startsWith('end') || call.startsWith('failure');

/** Numbers that decide which packets are lost, and how long the others take. */
const network = fc.record({
  loss: fc.constantFrom(0, 5, 30),
  seed: fc.nat(),
  reliable: fc.boolean(),
  /** Nothing arrives for a while. */
  isCut: fc.boolean(),
});

/** A generator of numbers from 0 to 99 that any seed makes the same. */
function drawFrom(seed: number): () => number {
  let state = seed % 2_147_483_647;
  return () => {
    state = (state * 48_271 + 11) % 2_147_483_647;
    return state % 100;
  };
}

test('whatever happens in whatever order, and whatever is lost, both sides end once, and nothing is left', () => {
  fc.assert(
    fc.property(
      network,
      fc.boolean(),
      fc.boolean(),
      fc.array(step, { maxLength: 25 }),
      (weather, offers, rel100, steps) => {
        const draw = drawFrom(weather.seed);
        let isCut = weather.isCut;
        const pair = newPair({
          reliable: weather.reliable,
          delay: () => 1 + draw() * 6,
          lose: () => isCut || (!weather.reliable && draw() < weather.loss),
        });
        const caller = pair.alice.invite({
          sdp: offers ? sdp('alice') : undefined,
          headers: rel100 ? Headers.none.append(header.require, '100rel') : Headers.none,
        });
        for (const { name, wait } of steps) {
          pair.clock.advance(wait);
          isCut &&= draw() > 10;
          if (name in actions) actions[name as keyof typeof actions](pair);
          else callerActions[name]?.(caller, pair);
        }
        caller.session.end();
        // The INVITE may arrive at Bob only now, and the CANCEL never.
        pair.clock.advance(32_000);
        for (const { session } of pair.bob.incoming) session.end();
        pair.clock.advance(200_000);
        expect(pair.left()).toEqual([0, 0, 0, 0, 0]);
        for (const { listener } of [caller, ...pair.bob.incoming]) {
          expect(listener.calls.filter(isLast)).toHaveLength(1);
          expect(isLast(listener.calls.at(-1) ?? '')).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('if only one side ends and its BYE is lost, the session timer ends the other one', () => {
  let isCut = false;
  const pair = newPair({ lose: () => isCut });
  const { caller, callee } = pair.call();
  isCut = true;
  caller.session.end();
  pair.clock.advance(1_000_000);
  expect([callee.listener.calls.at(-1), pair.left()]).toEqual(['end timer', [0, 0, 0, 0, 0]]);
});
