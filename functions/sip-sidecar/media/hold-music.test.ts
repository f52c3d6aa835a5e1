import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directions, withDirection, type Direction } from '#sip/sdp/sdp.ts';
import { described } from './descriptions.fixture.ts';
import { HoldMusic } from './hold-music.ts';

/** Music of a call of `a` and `b`. */
function music(plays = true) {
  const done: string[] = [];
  const faults: unknown[] = [];
  const holds = new HoldMusic({
    play: async (leg) => {
      done.push(`${leg} hears music`);
      return plays;
    },
    stop: async (leg) => void done.push(`${leg} hears none`),
    block: async (leg, isBlocked) => void done.push(`${leg} is ${isBlocked ? 'not heard' : 'heard'}`),
    fault: (error) => void faults.push(error),
  });
  let isWithApplication = false;
  const exchange = (from: string, to: string, offered: Direction, answered: Direction): void =>
    holds.onExchange(
      {
        offer: { kind: 'offer', from, to, sdp: withDirection(described.rtp, offered) },
        answer: { kind: 'answer', from: to, to: from, sdp: withDirection(described.rtp, answered) },
      },
      isWithApplication,
    );
  const settled = async (): Promise<string[]> => {
    await new Promise((resolve) => setImmediate(resolve));
    return done.splice(0);
  };
  /** The other party is an application from now on. */
  const useApplication = (): void => void (isWithApplication = true);
  return { holds, exchange, settled, faults, useApplication };
}

test.each([
  ['a', 'b', 'sendonly'],
  ['b', 'a', 'sendonly'],
  ['a', 'b', 'inactive'],
] as const)('if %s holds the call, %s hears music until it is resumed (%s)', async (holder, held, direction) => {
  const { exchange, settled } = music();
  exchange('a', 'b', 'sendrecv', 'sendrecv');
  expect(await settled()).toEqual([]);
  exchange(holder, held, direction, 'recvonly');
  expect(await settled()).toEqual([`${held} hears music`, `${holder} is not heard`]);
  // A refresh of the session changes nothing.
  exchange(holder, held, direction, 'recvonly');
  expect(await settled()).toEqual([]);
  exchange(holder, held, 'sendrecv', 'sendrecv');
  expect(await settled()).toEqual([`${held} hears none`, `${holder} is heard`]);
});

test('if both hold, none hears music; who resumes first hears it, as the other one holds still', async () => {
  const { exchange, settled } = music();
  exchange('a', 'b', 'sendonly', 'recvonly');
  await settled();
  // As a phone answers that thinks of its part only.
  exchange('b', 'a', 'inactive', 'recvonly');
  expect(await settled()).toEqual(['b hears none', 'a is heard']);
  exchange('a', 'b', 'sendrecv', 'sendonly');
  expect(await settled()).toEqual(['a hears music', 'b is not heard']);
});

test('music ends when the party that is held has a new partner', async () => {
  const { exchange, settled } = music();
  exchange('a', 'b', 'sendonly', 'recvonly');
  await settled();
  exchange('c', 'b', 'sendrecv', 'sendrecv');
  expect(await settled()).toEqual(['b hears none', 'a is heard']);
});

test('a party that a command holds hears music, and the other one nothing', async () => {
  const { holds, exchange, settled } = music();
  exchange('a', 'b', 'sendrecv', 'sendrecv');
  holds.setHeld('a', 'b', true);
  expect(await settled()).toEqual(['a hears music', 'b is not heard']);
  expect(holds.stored('a', 'b')).toEqual({ music: 'source' });
  holds.setHeld('b', 'a', true);
  expect(await settled()).toEqual(['a hears none', 'b is heard']);
  holds.setHeld('a', 'b', false);
  expect(await settled()).toEqual(['b hears music', 'a is not heard']);
});

test('a party that an application holds hears music on when it offers again, until it is resumed', async () => {
  const { holds, exchange, settled, useApplication } = music();
  useApplication();
  exchange('a', 'b', 'sendrecv', 'sendrecv');
  holds.setHeld('a', 'b', true);
  expect(await settled()).toEqual(['a hears music', 'b is not heard']);
  exchange('a', 'b', 'sendrecv', 'sendrecv');
  expect(await settled()).toEqual([]);
  holds.setHeld('a', 'b', false);
  expect(await settled()).toEqual(['a hears none', 'b is heard']);
  exchange('a', 'b', 'sendonly', 'recvonly');
  expect(await settled()).toEqual([]);
});

test('another task ends what the task before it has begun', async () => {
  for (const isByPhone of [true, false]) {
    const { holds, exchange, settled } = music();
    if (isByPhone) exchange('a', 'b', 'sendonly', 'recvonly');
    await settled();
    holds.resume('b', 'a');
    expect(await settled()).toEqual([]);
    if (isByPhone) exchange('a', 'b', 'sendrecv', 'sendrecv');
    else holds.setHeld('b', 'a', false);
    expect(await settled()).toEqual(['b hears none', 'a is heard']);
  }
});

test('where nothing plays, the holder is not silenced', async () => {
  const { exchange, settled } = music(false);
  exchange('a', 'b', 'sendonly', 'recvonly');
  expect(await settled()).toEqual(['b hears music']);
  exchange('a', 'b', 'sendrecv', 'sendrecv');
  expect(await settled()).toEqual([]);
});

test('after any exchanges only a party that listens hears music, and only of one that does not', async () => {
  const direction = fc.constantFrom(...directions);
  const step = fc.tuple(fc.constantFrom('a', 'b'), direction, direction);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const { exchange, settled, faults } = music();
      const heard = new Map<string, boolean>();
      for (const [from, offered, answered] of steps) {
        exchange(from, from === 'a' ? 'b' : 'a', offered, answered);
        for (const line of await settled()) {
          if (line.endsWith('hears music')) heard.set(line.slice(0, 1), true);
          if (line.endsWith('hears none')) heard.delete(line.slice(0, 1));
        }
        expect(heard.size).toBeLessThanOrEqual(1);
        if (offered === 'sendrecv' && answered === 'sendrecv') expect(heard.size).toBe(0);
        if (offered === 'sendrecv' || offered === 'recvonly') expect(heard.has(from === 'a' ? 'b' : 'a')).toBe(false);
      }
      expect(faults).toEqual([]);
    }),
  );
});
