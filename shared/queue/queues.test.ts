import type { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '#test/support/any-text.ts';
import { queuesFromEnvironment, type Message } from './queues.ts';

// SQS SendMessage allows #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF. Its local stand-in
// does not allow the last range.
const allowed = /^[\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd]*$/;

/** Accepts messages like SQS: at most 10 entries and 1 MiB per batch, with different ids and allowed characters. */
function sqs(reject: (body: string) => boolean = () => false) {
  const batches: NonNullable<SendMessageBatchCommand['input']['Entries']>[] = [];
  const client = {
    send: async ({ input }: SendMessageBatchCommand) => {
      const entries = input.Entries ?? [];
      const bytes = entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
      if (
        entries.length === 0 ||
        entries.length > 10 ||
        bytes > 1_048_576 ||
        entries.some(({ MessageBody = '' }) => !allowed.test(MessageBody)) ||
        new Set(entries.map(({ Id }) => Id)).size < entries.length
      )
        throw new Error('SQS does not take this batch');
      expect(input.QueueUrl).toBe('https://sqs.test/cdr-ingest');
      batches.push(entries);
      return { Failed: entries.filter(({ MessageBody = '' }) => reject(MessageBody)) };
    },
  } as Pick<SQSClient, 'send'>;
  return { batches, queues: queuesFromEnvironment({ QUEUE_CDR_INGEST: 'https://sqs.test/cdr-ingest' }, client) };
}

describe('messages are sent', () => {
  test('completely and in order, in batches within the limits of SQS', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 200_000, max: 262_000 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const { batches, queues } = sqs();
        const bodies = lengths.map((length, at) => ({ at, text: 'x'.repeat(length) }));
        await queues.send(
          'cdr-ingest',
          bodies.map((body) => ({ body })),
        );
        expect(batches.flat().map(({ MessageBody }) => JSON.parse(MessageBody ?? '') as unknown)).toEqual(bodies);
      }),
      { numRuns: 30 },
    );
  });

  test('in as few batches as possible', async () => {
    const { batches, queues } = sqs();
    await queues.send(
      'cdr-ingest',
      Array.from({ length: 25 }, (_item, body): Message => ({ body })),
    );
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  test('whatever characters they have, and their sizes are counted as they are sent', async () => {
    const texts = fc.array(
      fc.oneof(
        anyText(),
        fc.constantFrom('😀', '\uffff', '\ud800').map((c) => c.repeat(12_000)),
      ),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (bodies) => {
        const { batches, queues } = sqs();
        await queues.send(
          'cdr-ingest',
          bodies.map((body) => ({ body })),
        );
        expect(batches.flat().map(({ MessageBody }) => JSON.parse(MessageBody ?? '') as unknown)).toEqual(bodies);
      }),
      { numRuns: 50 },
    );
  });

  test('in ASCII', async () => {
    const { batches, queues } = sqs();
    await queues.send('cdr-ingest', [{ body: 'é😀\uffff\u007f "a"' }]);
    expect(batches.flat().map(({ MessageBody }) => MessageBody)).toEqual([
      String.raw`"\u00e9\ud83d\ude00\uffff\u007f \"a\""`,
    ]);
  });

  test('with their group and delay, if they have any', async () => {
    const { batches, queues } = sqs();
    await queues.send('cdr-ingest', [{ body: 1, group: 'org_1001', delay: 30 }, { body: 2 }]);
    expect(batches).toEqual([
      [
        { Id: '0', MessageBody: '1', MessageGroupId: 'org_1001', DelaySeconds: 30 },
        { Id: '1', MessageBody: '2' },
      ],
    ]);
  });

  test('five batches at a time, and none is under way when the sender gets an error', async () => {
    let [now, most, done] = [0, 0, 0];
    const client = {
      send: async ({ input }: SendMessageBatchCommand) => {
        most = Math.max(most, (now += 1));
        for (let turn = 0; turn <= (done + now) % 3; turn += 1) await new Promise(setImmediate);
        now -= 1;
        done += 1;
        return { Failed: (input.Entries ?? []).filter(({ MessageBody }) => MessageBody === '60') };
      },
    } as Pick<SQSClient, 'send'>;
    const queues = queuesFromEnvironment({ QUEUE_CDR_INGEST: 'https://sqs.test/cdr-ingest' }, client);
    const messages = Array.from({ length: 120 }, (_item, body): Message => ({ body }));
    await expect(queues.send('cdr-ingest', messages)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect({ now, most, done }).toEqual({ now: 0, most: 5, done: 10 });
  });

  test('or the caller gets an error', async () => {
    const { queues } = sqs((body) => body === '2');
    await expect(queues.send('cdr-ingest', [{ body: 1 }, { body: 2 }])).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfter: 1,
    });
  });
});

test('the depth of a queue is its number of messages', async () => {
  const client = {
    send: async (_command: GetQueueAttributesCommand) => ({ Attributes: { ApproximateNumberOfMessages: '12' } }),
  } as Pick<SQSClient, 'send'>;
  expect(await queuesFromEnvironment({}, client).depth('cdr-ingest')).toBe(12);
});
