import { describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { oneByOne, together, type Limits } from './together.ts';

/** Groups that are carried out when they are told to. */
function groups(limits: Partial<Limits<string>> = {}) {
  const begun: {
    readonly requests: readonly string[];
    readonly end: (answers?: readonly (string | Error)[]) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const ask = together<string, string>(
    (requests) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly (string | Error)[]>();
      begun.push({
        requests,
        end: (answers = requests.map((request) => request.toUpperCase())) => resolve(answers),
        fail: reject,
      });
      return promise;
    },
    { most: 3, atOnce: 1, ...limits },
  );
  return { ask, begun, sent: () => begun.map(({ requests }) => requests.join('')) };
}

describe('group commit', () => {
  test('who comes while nothing is under way goes at once; others wait for it until they fill a group, as long as there is room', () => {
    const { ask, sent } = groups({ atOnce: 2 });
    for (const request of ['a', 'b', 'c']) void ask(request);
    expect(sent()).toEqual(['a']);
    for (const request of ['d', 'e', 'f', 'g']) void ask(request);
    expect(sent()).toEqual(['a', 'bcd']);
  });

  test('what takes long is not waited for', async () => {
    const { ask, sent } = groups({ atOnce: 3 });
    for (const request of ['a', 'b']) void ask(request);
    await eventually(() => expect(sent()).toEqual(['a', 'b']), 1_000);
    void ask('c');
    expect(sent()).toEqual(['a', 'b']);
  });

  test('what comes meanwhile goes together next, as much as fits, each with its own answer', async () => {
    const { ask, begun, sent } = groups();
    const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask));
    for (const at of [0, 1, 2]) {
      begun[at]?.end();
      await new Promise(setImmediate);
    }
    expect([await answers, sent()]).toEqual([
      ['A', 'B', 'C', 'D', 'E'],
      ['a', 'bcd', 'e'],
    ]);
  });

  test('size counts, and what is larger than a group goes alone', async () => {
    const { ask, begun, sent } = groups({ sizeOf: Number });
    for (const request of ['1', '2', '2', '1', '9']) void ask(request);
    for (const at of [0, 1, 2]) {
      begun[at]?.end();
      await new Promise(setImmediate);
    }
    expect(sent()).toEqual(['1', '21', '2', '9']);
  });

  test('two of one key are never under way together', async () => {
    const { ask, begun, sent } = groups({ atOnce: 2, keyOf: (request) => request[0] ?? '' });
    for (const request of ['a1', 'a2', 'b1', 'b2']) void ask(request);
    expect(sent()).toEqual(['a1', 'b1']);
    begun[0]?.end();
    await new Promise(setImmediate);
    expect(sent()).toEqual(['a1', 'b1']);
    begun[1]?.end();
    await new Promise(setImmediate);
    expect(sent()).toEqual(['a1', 'b1', 'a2b2']);
  });

  test("an error among the answers is that one's alone, one that is thrown is all theirs; both leave room for the next", async () => {
    const { ask, begun } = groups();
    const [first, ...others] = ['a', 'b', 'c', 'd', 'e', 'f'].map((request) =>
      ask(request).catch((error: unknown) => (error as Error).message),
    );
    begun[0]?.end();
    await first;
    begun[1]?.end(['B', new Error('c alone'), 'D']);
    await others[0];
    begun[2]?.fail(new Error('all'));
    expect(await Promise.all(others)).toEqual(['B', 'c alone', 'D', 'all', 'all']);
  });
});

test('work of one key is done one after the other in the order of asking, whatever becomes of the one before; that of another key meanwhile', async () => {
  const order: string[] = [];
  const inTurn = oneByOne();
  const work =
    (name: string, fails = false) =>
    async () => {
      order.push(`${name} begins`);
      await new Promise(setImmediate);
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const done = await Promise.allSettled([
    inTurn('a', work('a1', true)),
    inTurn('a', work('a2')),
    inTurn('b', work('b1')),
  ]);
  expect(done.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect([order.slice(0, 2), order.filter((step) => step.startsWith('a'))]).toEqual([
    ['a1 begins', 'b1 begins'],
    ['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends'],
  ]);
});
