import { expect, test } from 'vitest';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { keyAttributes } from '#dynamodb/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { hashingQueueRow } from './row.ts';
import type { AppError } from '#errors.ts';
import { maxWaiting, passwordShare } from './hashing-steps.ts';

const running = testStore();

const clearQueue = ({ client, tableName }: Store) =>
  client.send(new DeleteItemCommand({ TableName: tableName, Key: keyAttributes(hashingQueueRow, 0, {}) }));

/** A queue of its own, in which strangers have some hashes at once; `looks` are their pauses between two looks. */
async function newShare(atOnce = 2) {
  await clearQueue(running.store);
  const clock = manualClock();
  const looks: (() => void)[] = [];
  const wait = () => new Promise<void>((resolve) => looks.push(resolve));
  const context = testDependencies(running.store, {
    clock,
    environment: { RATE_LIMIT_STRANGERS: String(atOnce), RATE_LIMIT_SCALE: '1' },
  });
  const share = passwordShare({ ...context, wait });
  const enter = (username: string, { network = `net-${username}`, isKnown = false } = {}) =>
    share.enter({}, { username, network, now: clock.now().getTime() }, isKnown);
  /** Attempts that have not had their hash yet look again. */
  const lookAgain = () => {
    for (const look of looks.splice(0)) look();
  };
  const waiting = (count: number) => expect.poll(() => looks.length).toBe(count);
  return { share, clock, enter, lookAgain, waiting };
}

const codeOf = (entering: Promise<unknown>): Promise<string> =>
  entering.then(
    () => 'hashed',
    (error: unknown) => (error as AppError).code,
  );

test('a stranger waits while others have all hashes, and has the first that is given back', async () => {
  const { enter, lookAgain, waiting } = await newShare();
  const [giveBack] = [await enter('a'), await enter('b')];
  const third = enter('c');
  await waiting(1);
  lookAgain();
  await waiting(1);
  await giveBack();
  lookAgain();
  expect(await codeOf(third)).toBe('hashed');
});

test('of the attempts that wait, each network has its first one before another has its second', async () => {
  const { enter, lookAgain, waiting } = await newShare(1);
  const hashed: { readonly name: string; readonly giveBack: () => Promise<void> }[] = [];
  const attempt = async (name: string, network: string): Promise<void> => {
    const giveBack = await enter(name, { network });
    hashed.push({ name, giveBack });
  };
  await attempt('first', 'w');
  const rest = [
    ['guess-1', 'x'],
    ['guess-2', 'x'],
    ['honest', 'y'],
  ] as const;
  for (const [at, [name, network]] of rest.entries()) {
    void attempt(name, network);
    await waiting(at + 1);
  }
  for (const done of [1, 2, 3]) {
    await hashed.at(-1)?.giveBack();
    await expect
      .poll(() => {
        lookAgain();
        return hashed.length;
      })
      .toBe(done + 1);
  }
  expect(hashed.map(({ name }) => name)).toEqual(['first', 'guess-1', 'honest', 'guess-2']);
});

test('a name in a network that it knows has its hash before strangers that wait', async () => {
  const { enter, waiting } = await newShare(1);
  await enter('a');
  void codeOf(enter('b'));
  await waiting(1);
  expect(await codeOf(enter('ann', { isKnown: true }))).toBe('hashed');
  await waiting(1);
});

test('what waits for five seconds is rejected, and so is at once what does not fit into the queue', async () => {
  const { enter, lookAgain, waiting } = await newShare(1);
  await enter('a');
  const queued = Array.from({ length: maxWaiting }, (_value, at) => codeOf(enter(`stranger-${at}`)));
  await waiting(maxWaiting);
  expect(await codeOf(enter('late'))).toBe('UNAVAILABLE');
  for (let look = 1; look < 20; look += 1) {
    lookAgain();
    await waiting(maxWaiting);
  }
  lookAgain();
  expect(new Set(await Promise.all(queued))).toEqual(new Set(['UNAVAILABLE']));
});

test('a hash that a crash did not give back is free after ten seconds', async () => {
  const { enter, clock } = await newShare(1);
  await enter('crashed');
  clock.advance(10);
  expect(await codeOf(enter('next'))).toBe('hashed');
});

test('many that ask at the same time have no more hashes than there are', async () => {
  const { enter, lookAgain } = await newShare(3);
  let hashing = 0;
  let peak = 0;
  let done = 0;
  const looking = setInterval(lookAgain, 1);
  await Promise.all(
    Array.from({ length: 3 + maxWaiting }, async (_value, at) => {
      const giveBack = await enter(`stranger-${at}`);
      hashing += 1;
      peak = Math.max(peak, hashing);
      // As long as others take to look at the queue.
      await tableFor<'rate'>(running.store, 0).get(hashingQueueRow, {});
      hashing -= 1;
      done += 1;
      await giveBack();
    }),
  );
  clearInterval(looking);
  expect([done, peak <= 3]).toEqual([3 + maxWaiting, true]);
});

test('a known name that asks too often is a stranger, from however many networks it asks', async () => {
  const { enter, waiting } = await newShare(1);
  await enter('a');
  const askAsEve = (turn: number) => enter('eve', { network: `net-${turn % 7}`, isKnown: true });
  for (let turn = 0; turn < 60; turn += 1) await askAsEve(turn);
  void codeOf(askAsEve(60));
  await waiting(1);
  expect(await codeOf(enter('bob', { isKnown: true }))).toBe('hashed');
});

test('a stranger that uses the name of another takes nothing of its share', async () => {
  const { enter } = await newShare(100);
  for (let turn = 0; turn < 61; turn += 1) await enter('ann', { network: `botnet-${turn}` });
  const { enter: enterAgain } = await newShare(1);
  await enterAgain('a');
  expect(await codeOf(enterAgain('ann', { isKnown: true }))).toBe('hashed');
});

test('a decision that is repeated takes its part once', async () => {
  const { share, clock, enter, waiting } = await newShare(1);
  const attempt = { username: 'a', network: '192.0.2.0/24', now: clock.now().getTime() };
  const request = {};
  await share.enter(request, attempt, false);
  await expect(share.enter(request, attempt, false)).resolves.toBeDefined();
  void codeOf(enter('b'));
  await waiting(1);
});
