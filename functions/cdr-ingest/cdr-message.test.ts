import { expect, test } from 'vitest';
import { readMessage } from './cdr-message.ts';

const record = { call_id: 'abc123-def456' };
const message = { schema: 'cdr.v1', source: 'freeswitch-node-01', sent_at: '2024-01-15T10:36:00Z', batch_id: 'batch001', org_id: 'org_1001', records: [record] };
const read = (fields: Record<string, unknown>) => readMessage(JSON.stringify({ ...message, ...fields }));

test('a message is read as the page shows it, and its records are left to be judged one by one', () => {
  expect(read({ records: [record, 'rubbish'], new_in_v1_1: true })).toEqual({
    message: { schema: 'cdr.v1', source: 'freeswitch-node-01', sent_at: '2024-01-15T10:36:00.000Z', batch_id: 'batch001', org_id: 1001, records: [record, 'rubbish'] },
  });
});

test('neither a batch nor an organization must be named for the whole message', () => {
  expect(read({ batch_id: undefined, org_id: undefined })).toHaveProperty('message');
});

test.each(['', 'not json', '{"schema":"cdr.v1"'])('the body %o is no JSON', (body) => {
  expect(readMessage(body)).toMatchObject({ reason: 'NOT_JSON' });
});

test.each(['null', '[]', '7', '{}', '{"schema":"cdr.v2"}'])('the body %s names no schema that is known', (body) => {
  expect(readMessage(body)).toMatchObject({ reason: 'UNKNOWN_SCHEMA' });
});

test.each([
  [{ source: undefined }, 'source'],
  [{ sent_at: undefined }, 'sent_at'],
  [{ sent_at: 'today' }, 'sent_at'],
  [{ batch_id: 'a batch' }, 'batch_id'],
  [{ org_id: 'acme' }, 'org_id'],
  [{ records: [] }, 'records'],
  [{ records: record }, 'records'],
  [{ records: Array.from({ length: 101 }, () => record) }, 'records'],
])('the message with %o cannot be read, and its reason names the field', (fields, path) => {
  expect(read(fields)).toMatchObject({ reason: 'INVALID_MESSAGE', problem: expect.stringContaining(path) });
});
