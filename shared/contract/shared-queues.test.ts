import * as z from 'zod';
import { expect, test } from 'vitest';
import { assertContracts } from './check.ts';
import { at, messagesWhenDue, withConsequences } from './consequences.ts';
import { reads, sends, writes } from './effects.ts';
import { consumer, effectsOf, queuesOf, scheduled } from './resource.ts';
import { sharedConsumer, uploadQueueOf, withSharedQueues } from './shared-queues.ts';

const message = (name: string) => z.object({ schema: z.literal(name) });
const toys = sharedConsumer('toys', { area: 'system' });
const first = consumer('first', {
  area: 'system',
  queue: 'toys',
  message: message('first.v1'),
  due: at('first.due', ({ subject }) => ({ body: { schema: 'first.v1', subject } })),
  uploads: 'files',
  effects: [writes('file'), sends('toys')],
  timeout: 30,
  batchSize: 10,
  batchWindow: 1,
  maximumConcurrency: 2,
});
const second = consumer('second', {
  area: 'billing',
  queue: 'toys',
  message: message('second.v1'),
  effects: [reads('cdr')],
  timeout: 30,
  memory: 1_024,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 4,
});
const sender = scheduled('sender', { area: 'system', everyMinutes: 1, effects: [], dispatches: 'due', timeout: 30 });
const contracts = withConsequences(withSharedQueues([first, toys, second, sender]));
const [joined] = contracts;

test('those that name a shared queue are one function, which has the effects of all and no more', () => {
  expect(contracts.map(({ name }) => name)).toEqual(['toys', 'sender']);
  expect(queuesOf(contracts)).toEqual(['toys']);
  expect(joined && effectsOf(joined)).toEqual([writes('file'), sends('toys'), reads('cdr')]);
});

test('the function is as large as its largest part and takes no more messages at once than any part', () => {
  expect(joined).toMatchObject({ memory: 1_024, timeout: 30, batchSize: 1, batchWindow: 0, maximumConcurrency: 6 });
});

test('what starts a part is sent to the shared queue', () => {
  const pointer = { kind: 'first.due', org_id: 1, subject: 'a', at: '2026-01-01T00:00:00Z' };
  expect(messagesWhenDue(contracts, [pointer], () => 0)).toMatchObject([
    { queue: 'toys', messages: [{ body: { subject: 'a' } }] },
  ]);
  expect(uploadQueueOf(contracts, 'files')).toBe('toys');
  expect(contracts.filter(({ name }) => name === 'sender').flatMap(effectsOf)).toEqual([sends('toys')]);
});

test('a part with another timeout is rejected, as a turn is as long as the timeout', () => {
  const slow = withSharedQueues([toys, first, { ...second, timeout: 60 }]);
  expect(() => assertContracts(slow)).toThrow('first shares the function toys, which has another timeout');
});
