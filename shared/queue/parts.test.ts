import * as z from 'zod';
import { expect, test } from 'vitest';
import { consumer } from '../contract/resource.ts';
import { BucketNotification } from '../contract/uploads.ts';
import { handlerOfParts, partFor, type Part } from './parts.ts';

const environment = { BUCKET_FILES: 'stage-files', BUCKET_VOICEMAIL: 'stage-voicemail' };
const schemaOf = (name: string) => z.object({ schema: z.literal(`${name}.v1`), id: z.string() });
const common = { area: 'system', queue: 'toys', batchSize: 1, batchWindow: 0, maximumConcurrency: 2 } as const;

const notified = (name: string, uploads: 'files' | 'voicemail') =>
  consumer(name, {
    ...common,
    message: z.union([BucketNotification, schemaOf(name)]),
    uploads,
    effects: [],
    timeout: 5,
  });

/** Parts that fail the messages whose id is `broken`, and note what they took. */
function parts() {
  const taken: string[] = [];
  const part = (contract: Part['contract']): Part => ({
    contract,
    handler: async ({ Records }) => {
      for (const { messageId } of Records) taken.push(`${contract.name} ${messageId}`);
      const failed = Records.filter(({ body }) => body.includes('broken'));
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
  });
  const plain = consumer('plain', { ...common, message: schemaOf('plain'), effects: [], timeout: 5 });
  return { taken, parts: [notified('one', 'files'), notified('other', 'voicemail'), plain].map(part) };
}

const notification = (name: string) =>
  JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: { bucket: { name }, object: { key: 'org_1/a/b/1' } } }] });
const takerOf = (body: string) => partFor(parts().parts, body, environment)?.contract.name;

test.each([
  ['a message goes to the part that reads it', JSON.stringify({ schema: 'plain.v1', id: 'a' }), 'plain'],
  ['a notification goes to the part of its bucket', notification('stage-voicemail'), 'other'],
  ['a notification of an unknown bucket goes to a part that reads it', notification('elsewhere'), 'one'],
  ['an invalid message goes to the part that its schema names', JSON.stringify({ schema: 'plain.v1' }), 'plain'],
  ['an unknown schema goes to the first part', JSON.stringify({ schema: 'unknown.v1' }), 'one'],
  ['what is not JSON goes to the first part', '{', 'one'],
])('%s', (_, body, taker) => {
  expect(takerOf(body)).toBe(taker);
});

test('each part gets its messages of a batch, and the failures of all are reported', async () => {
  const { parts: all, taken } = parts();
  const bodies = ['one', 'plain', 'one'].map((name) => ({
    schema: `${name}.v1`,
    id: name === 'plain' ? 'broken' : 'a',
  }));
  const Records = bodies.map((body, at) => ({ messageId: `m${at}`, body: JSON.stringify(body) }));
  const response = await handlerOfParts(all, environment)({ Records } as never);
  expect(taken).toEqual(['one m0', 'one m2', 'plain m1']);
  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
});
