import { expect, test } from 'vitest';
import { chunkKey, csvHead, csvLineOf, csvTarget } from './result-file.ts';

const search = { org_id: 1_001, id: 'search_1' };
const entry = {
  message_id: 'm1',
  direction: 'outbound',
  from: '+14155550000',
  to: '+14155551234',
  message: '=HYPERLINK("http://evil")',
  status: 'sent',
  timestamp: '2026-11-20T10:00:00.000Z',
  userId: null,
  segments: 1,
  cost: 0.0075,
} as const;

test('every file of a result is in one folder', () => {
  expect(chunkKey(search, 7)).toBe('sms-searches/org_1001/search_1/00007.json');
  expect(csvTarget(search)).toMatchObject({ bucket: 'exports', key: 'sms-searches/org_1001/search_1/messages.csv' });
});

test('a file begins with the names of the columns', () => {
  expect(csvHead).toBe('message_id,direction,from,to,message,status,timestamp,userId,segments,cost\r\n');
});

test('a cell cannot become a formula, numbers stay as they are', () => {
  expect(csvLineOf(entry)).toBe(
    'm1,outbound,+14155550000,+14155551234,"\'=HYPERLINK(""http://evil"")",sent,2026-11-20T10:00:00.000Z,,1,0.0075\r\n',
  );
  for (const message of ['+1+1', '-cmd', '@SUM(1)', '\t=1', '\r=1'])
    expect(csvLineOf({ ...entry, message })).toContain(`'${message}`);
});

test('a text with line ends and quotes is one cell', () => {
  expect(csvLineOf({ ...entry, message: 'a,"b"\nc' })).toContain(',"a,""b""\nc",');
});
