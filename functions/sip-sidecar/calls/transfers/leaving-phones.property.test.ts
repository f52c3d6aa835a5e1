import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import type { Replaces } from '#sip/session/session.ts';
import { directMedia } from '../../media/media-service.ts';
import { rejection } from '../routing/route.ts';
import { answeredCall, type AnsweredCall } from '../running/running-call.fixture.ts';
import { NewParties } from './new-parties.ts';
import { directoryOf, own, referTo, routedTo, transfersContext } from './transfers.fixture.ts';
import { Transfers } from './transfers.ts';

/**
 * Phones that ask for a transfer, and hang up at any time: before the response, as desk phones do that have it on the
 * way, or later. Times are turns of the event loop.
 */

/** Turns that each look-up takes, and the routes. */
const lookUp = fc.nat(3);
/** The turn in which a party hangs up; undefined: it waits. */
const hangUp = fc.option(fc.nat(16), { nil: undefined });

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const after = async (turns: number): Promise<void> => {
  for (let each = 0; each < turns; each += 1) await turn();
};

/** Media that note what the parties hear of the relay. */
function notedMedia(heard: string[]) {
  return {
    ...directMedia(),
    relay: 'relay',
    ringAlone: async (leg: string) => void heard.push(`${leg} rings`),
    stopPlaying: async (leg: string) => void heard.push(`${leg} stops`),
  };
}

const isOver = ({ call }: AnsweredCall): boolean => call.state.phase === 'over';

/** Neither in between, nor alone. */
const isWhole = ({ call: { state, mayTransfer } }: AnsweredCall): boolean => state.phase === 'over' || mayTransfer;

/** Transfers whose look-ups take a time. */
function slowTransfers(calls: readonly AnsweredCall[], turns: number, more: Parameters<typeof transfersContext>[0]) {
  const organizationNow = directoryOf().organization.bind(directoryOf());
  const organization = async (id: number) => {
    await after(turns);
    return organizationNow(id);
  };
  const { context } = transfersContext({ ...more, directory: directoryOf({ organization }) });
  const slow = {
    ...context,
    routing: {
      ...context.routing,
      route: async (call: Parameters<typeof context.routing.route>[0]) => {
        await after(turns);
        return context.routing.route(call);
      },
    },
    rightOf: async (wanted: Parameters<typeof context.rightOf>[0]) => {
      await after(turns);
      return context.rightOf(wanted);
    },
  };
  return new Transfers(slow, { all: () => calls.map(({ call }) => call) }, new NewParties(slow));
}

const blind = fc.record({
  side: fc.constantFrom('source' as const, 'destination' as const),
  /** What becomes of it. */
  outcome: fc.constantFrom('answers' as const, 'is busy' as const, 'is denied' as const, 'is forbidden' as const),
  lookUp,
  /** Turns for which the new party rings. */
  ring: fc.nat(6),
  hangUp,
});

async function transferBlind(wanted: typeof blind extends fc.Arbitrary<infer T> ? T : never) {
  const heard: string[] = [];
  const made = await answeredCall('201', '202', { media: notedMedia(heard) });
  const route = wanted.outcome === 'is denied' ? rejection('POLICY_DENY') : routedTo('203');
  const transfers = slowTransfers([made], wanted.lookUp, { route });
  const [leaves, stays] = wanted.side === 'source' ? ['a', '202'] : ['b1', '201'];
  const { refer, answers } = referTo('203', wanted.outcome === 'is forbidden' ? { host: 'stranger.example' } : {});
  transfers.onRefer(made.call, leaves, refer);
  const listener = made.call.traffic.listenerOf(leaves);
  let [hasLeft, rang]: [boolean, number | undefined] = [false, undefined];
  let isSettled = false;
  for (let at = 0; at < 40; at += 1) {
    const isSettledNow = answers.some((each) => !/^(202|reports 1..)$/.test(each));
    if (at === wanted.hangUp) {
      hasLeft = !isSettledNow;
      listener.onEnd({ by: 'peer' });
    }
    isSettled = isSettledNow;
    const invited = made.listeners.get('203');
    if (invited !== undefined) rang ??= at;
    if (rang !== undefined && at === rang + wanted.ring) {
      if (wanted.outcome === 'answers') invited?.onAnswer({ sdp: 'sdp-203' });
      else invited?.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });
    }
    await turn();
  }
  return { made, heard, hasLeft, isSettled, stays };
}

test('no party is lost or left alone by a phone that refers it and hangs up at any time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(blind, { minLength: 40, maxLength: 40 }), async (all) => {
      await Promise.all(
        all.map(async (wanted) => {
          const { made, heard, hasLeft, isSettled, stays } = await transferBlind(wanted);
          const about = JSON.stringify(wanted);
          expect([isSettled, isWhole(made)], about).toEqual([true, true]);
          if (wanted.outcome === 'answers') {
            expect([isOver(made), made.log(stays).includes('end')], about).toEqual([false, false]);
            expect(made.log('203'), about).toContain(`acknowledge sdp-${stays}`);
            const leg = stays === '201' ? 'a' : 'b1';
            expect(heard, about).toEqual(hasLeft ? [`${leg} rings`, `${leg} stops`] : []);
          } else expect(isOver(made), about).toBe(wanted.hangUp !== undefined);
        }),
      );
    }),
    { numRuns: runs(6) },
  );
});

const dialog: Replaces = { callId: 'c', toTag: 't', fromTag: 'f', earlyOnly: false };

const attended = fc.record({
  /** Whether the dialog is its own, or one that it may, or may not, replace. */
  right: fc.constantFrom('own' as const, 'watched' as const, 'none' as const),
  lookUp,
  hangUp,
  hangUpOther: hangUp,
});

async function transferAttended({ right, ...wanted }: typeof attended extends fc.Arbitrary<infer T> ? T : never) {
  const named = right === 'own' ? '202' : '204';
  const [one, other] = [await answeredCall('201', '202'), await answeredCall(named, '203')];
  const session = other.sessions.get(named)?.session;
  if (session === undefined) throw new Error('it has no session');
  const transfers = slowTransfers([one, other], wanted.lookUp, {
    sessions: { replaced: () => session, accept: () => undefined },
    rightOf: async () => (right === 'watched' ? { user: null, showsParties: false, isNear: false } : undefined),
  });
  const { refer, answers } = referTo('203', { host: own.host, replaces: dialog });
  transfers.onRefer(one.call, 'b1', refer);
  for (let at = 0; at < 30; at += 1) {
    if (at === wanted.hangUp) one.call.traffic.listenerOf('b1').onEnd({ by: 'peer' });
    // It is hung up by us, when it is replaced.
    const isReplaced = other.log(named).includes('end');
    if (at === wanted.hangUpOther && !isReplaced) other.call.traffic.listenerOf('a').onEnd({ by: 'peer' });
    await turn();
  }
  return { one, other, answers };
}

test('no party is lost or left alone by a phone that joins two, and hangs up both at any time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(attended, { minLength: 40, maxLength: 40 }), async (all) => {
      await Promise.all(
        all.map(async (wanted) => {
          const { one, other, answers } = await transferAttended(wanted);
          const about = JSON.stringify(wanted);
          expect(answers, about).toEqual(['202', wanted.right === 'none' ? 'reports 403' : 'reports 200']);
          expect([isWhole(one), isWhole(other)], about).toEqual([true, true]);
          const areOver = [isOver(one), isOver(other)];
          if (wanted.right === 'none')
            expect(areOver, about).toEqual([wanted.hangUp !== undefined, wanted.hangUpOther !== undefined]);
          else {
            expect(areOver, about).toEqual([false, false]);
            expect([one.log('201').at(-1), other.log('203').at(-1)], about).toEqual([
              'offer sdp-203',
              'acknowledge sdp-201',
            ]);
          }
        }),
      );
    }),
    { numRuns: runs(6) },
  );
});

test('a phone in whose place the API puts another one may hang up at any time', async () => {
  for (let at = 0; at < 8; at += 1) {
    const made = await answeredCall('201', '202');
    const transfers = slowTransfers([made], 2, {});
    const settled: number[] = [];
    const outcome = transfers.transfer(
      made.call,
      {
        kind: 'call-action',
        id: 'cmd_1',
        organization: 1_001,
        call: made.call.record.id,
        action: 'transfer',
        leg: 'source',
        destination: { type: 'device', id: 'dev_203' },
        caller: { id: 'usr_1', user_id: null, own_only: false },
        timeout_seconds: 10,
      },
      ({ status }) => void settled.push(status),
    );
    await after(at);
    made.listeners.get('202')?.onEnd({ by: 'peer' });
    expect(await outcome).toEqual({ kind: 'accepted' });
    await made.isInvited('203');
    made.listeners.get('203')?.onAnswer({ sdp: 'sdp-203' });
    await after(8);
    expect([settled, isOver(made), isWhole(made)], `turn ${at}`).toEqual([[200], false, true]);
  }
});
