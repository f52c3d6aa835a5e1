import { expect, test } from 'vitest';
import { CdrMessage } from './cdr-message.ts';

const record = { call_id: 'abc123-def456' };
const message = {
  schema: 'cdr.v1',
  source: 'freeswitch-node-01',
  sent_at: '2024-01-15T10:36:00Z',
  batch_id: 'batch001',
  org_id: 'org_1001',
  records: [record],
};
const read = (fields: Record<string, unknown>) => CdrMessage.safeParse({ ...message, ...fields });

test('a message is read without its records, which are validated one by one', () => {
  expect(read({ records: [record, 'rubbish'], new_in_v1_1: true }).data).toEqual({
    schema: 'cdr.v1',
    source: 'freeswitch-node-01',
    sent_at: '2024-01-15T10:36:00.000Z',
    batch_id: 'batch001',
    org_id: 1001,
    records: [record, 'rubbish'],
  });
});

test('a message need not name a batch or an organization', () => {
  expect(read({ batch_id: undefined, org_id: undefined }).success).toBe(true);
});

test.each([
  [{ schema: 'cdr.v2' }, 'schema'],
  [{ source: undefined }, 'source'],
  [{ sent_at: undefined }, 'sent_at'],
  [{ sent_at: 'today' }, 'sent_at'],
  [{ batch_id: 'a batch' }, 'batch_id'],
  [{ org_id: 'acme' }, 'org_id'],
  [{ records: [] }, 'records'],
  [{ records: record }, 'records'],
  [{ records: Array.from({ length: 101 }, () => record) }, 'records'],
])('a message with %o is invalid, and the problem names the field', (fields, path) => {
  expect(read(fields).error?.issues[0]?.path[0]).toBe(path);
});
