import { expect, test } from 'vitest';
import { mayKnow, newExport, NewExport } from './export.ts';

const now = new Date('2026-11-20T12:00:00Z');
const everything = { wholesale: true, cost: true };
const job = newExport(NewExport.parse({ start: '2026-11-01T00:00:00.5Z', end: '2026-11-02T00:00:00Z' }), {
  id: 'job_1',
  org_id: 1001,
  country: 'US',
  sight: { wholesale: false, cost: false },
  caller: 'usr_1',
  ownOnly: false,
  now,
});

test('the range is in whole seconds, as call starts are', () => {
  expect([job.from, job.to]).toEqual(['2026-11-01T00:00:01Z', '2026-11-02T00:00:00Z']);
});

test('a job is known for as long as its file is kept', () => {
  const at = (days: number): boolean =>
    mayKnow(job, { id: 'usr_2', sight: everything, ownOnly: false, now: new Date(now.getTime() + days * 86_400_000) });
  expect([at(0), at(6.99), at(7)]).toEqual([true, true, false]);
});
