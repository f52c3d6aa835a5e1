import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newBatcher, type BatchLimits } from './batcher.ts';

/** A batcher whose batches end when the test says so. */
function newTestBatcher(limits: Partial<BatchLimits<string>> = {}) {
  const batches: {
    readonly requests: readonly string[];
    readonly end: (answers?: readonly (string | Error)[]) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const ask = newBatcher<string, string>(
    (requests) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly (string | Error)[]>();
      batches.push({
        requests,
        end: (answers = requests.map((request) => request.toUpperCase())) => resolve(answers),
        fail: reject,
      });
      return promise;
    },
    { max: 3, concurrency: 1, ...limits },
  );
  return { ask, batches, sent: () => batches.map(({ requests }) => requests.join('')) };
}

test('a request runs at once if no batch is running; later ones wait until they fill a batch', () => {
  const { ask, sent } = newTestBatcher({ concurrency: 2 });
  for (const request of ['a', 'b', 'c']) void ask(request);
  expect(sent()).toEqual(['a']);
  for (const request of ['d', 'e', 'f', 'g']) void ask(request);
  expect(sent()).toEqual(['a', 'bcd']);
});

test('requests of one turn of the event loop form a batch', async () => {
  const { ask, sent } = newTestBatcher({ joinsTurn: true, concurrency: 2 });
  void ask('a');
  void Promise.resolve().then(() => ask('b'));
  expect(sent()).toEqual([]);
  await new Promise(setImmediate);
  expect(sent()).toEqual(['ab']);
});

test('a slow batch does not delay the next one', async () => {
  const { ask, sent } = newTestBatcher({ concurrency: 3 });
  for (const request of ['a', 'b']) void ask(request);
  await eventually(() => expect(sent()).toEqual(['a', 'b']), 1_000);
  void ask('c');
  expect(sent()).toEqual(['a', 'b']);
});

test('waiting requests form the next batch up to its limit, and each gets its own result', async () => {
  const { ask, batches, sent } = newTestBatcher();
  const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask));
  for (const at of [0, 1, 2]) {
    batches[at]?.end();
    await new Promise(setImmediate);
  }
  expect([await answers, sent()]).toEqual([
    ['A', 'B', 'C', 'D', 'E'],
    ['a', 'bcd', 'e'],
  ]);
});

test('sizes are added up, and a request larger than the limit runs alone', async () => {
  const { ask, batches, sent } = newTestBatcher({ sizeOf: Number });
  for (const request of ['1', '2', '2', '1', '9']) void ask(request);
  for (const at of [0, 1, 2]) {
    batches[at]?.end();
    await new Promise(setImmediate);
  }
  expect(sent()).toEqual(['1', '21', '2', '9']);
});

test('requests of one key never run at the same time', async () => {
  const { ask, batches, sent } = newTestBatcher({ concurrency: 2, keyOf: (request) => request[0] ?? '' });
  for (const request of ['a1', 'a2', 'b1', 'b2']) void ask(request);
  expect(sent()).toEqual(['a1', 'b1']);
  batches[0]?.end();
  await new Promise(setImmediate);
  expect(sent()).toEqual(['a1', 'b1']);
  batches[1]?.end();
  await new Promise(setImmediate);
  expect(sent()).toEqual(['a1', 'b1', 'a2b2']);
});

test('an error as a result rejects one request, a thrown error all of the batch, and later batches run', async () => {
  const { ask, batches } = newTestBatcher();
  const [first, ...others] = ['a', 'b', 'c', 'd', 'e', 'f'].map((request) =>
    ask(request).catch((error: unknown) => (error as Error).message),
  );
  batches[0]?.end();
  await first;
  batches[1]?.end(['B', new Error('c alone'), 'D']);
  await others[0];
  batches[2]?.fail(new Error('all'));
  expect(await Promise.all(others)).toEqual(['B', 'c alone', 'D', 'all', 'all']);
});

test('requests of one key that are joined share a batch, and never run in two at the same time', async () => {
  const { ask, batches, sent } = newTestBatcher({ concurrency: 2, max: 10, keyOf: () => 'same', joinsKeys: true });
  for (const request of ['a', 'b', 'c']) void ask(request);
  await eventually(() => expect(sent()).toEqual(['a']));
  batches[0]?.end();
  await eventually(() => expect(sent()).toEqual(['a', 'bc']));
});
