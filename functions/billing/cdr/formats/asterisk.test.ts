import { describe, expect, test } from 'vitest';
import { readRecord } from '../../cdr-ingest/cdr.ts';
import { readAsterisk } from './asterisk.ts';
import type { ForeignRecord, ReadOptions } from './foreign-record.ts';

const options: ReadOptions = { zone: 'UTC', columns: undefined, legs: 'a' };

/** What a record becomes; else why it is none. */
function outcomeOf(read: ForeignRecord): unknown {
  if ('skipped' in read) return read.skipped;
  if ('rejection' in read) return read.rejection.message;
  const result = readRecord(read.record, 1001);
  return 'rejection' in result ? result.rejection.details : result.cdr;
}
const read = (text: string, more: Partial<ReadOptions> = {}): unknown[] =>
  readAsterisk(text, { ...options, ...more }).map(outcomeOf);

/** A line as those of `asttest/self-tests/cdrlib/good.csv` of asterisk/testsuite. */
const line = (start: string, answer: string, end: string, rest: string): string =>
  `"","1001","+12025550102","context","""Ann"" <1001>","SIP/ann-02897fd8","","Hangup","","${start}","${answer}",` +
  `"${end}",${rest}`;
const times = ['2009-01-14 23:51:15', '2009-01-14 23:51:15', '2009-01-14 23:51:20'] as const;

describe('a line of cdr_csv', () => {
  test.each([
    ['5,5,"ANSWERED","DOCUMENTATION","1231977075.0",""', { disposition: 'ANSWERED', billable_seconds: 5 }],
    [
      '5,0,"FAILED","DOCUMENTATION","1231977075.0",""',
      { disposition: 'FAILED', billable_seconds: 0, answer_time: null },
    ],
    ['5,0,"CONGESTION","DOCUMENTATION","1231977075.0",""', { disposition: 'FAILED', billable_seconds: 0 }],
    ['5,0,"NO ANSWER","DOCUMENTATION","1231977075.0",""', { disposition: 'NO ANSWER', billable_seconds: 0 }],
    ['5,0,"BUSY","DOCUMENTATION","1231977075.0",""', { disposition: 'BUSY', billable_seconds: 0 }],
  ])('%s is read', (rest, expected) => {
    const call = { call_id: '1231977075.0', leg: 'a', caller: '1001', callee: '+12025550102', duration: 5 };
    expect(read(line(...times, rest))).toEqual([expect.objectContaining({ ...call, ...expected })]);
  });

  test('of more billed seconds than the call has is rejected', () => {
    expect(read(line(...times, '5,7,"ANSWERED","DOCUMENTATION","1231977075.0",""'))).toEqual([
      [{ path: 'billable_seconds', message: 'must not exceed the duration' }],
    ]);
  });

  test('may have 16 to 21 columns', () => {
    const shortest = line(...times, '5,5,"ANSWERED","DOCUMENTATION"');
    const [first] = read(shortest);
    expect(read(`${shortest}\n${shortest}`)).toEqual([first, first]);
    expect(first).toMatchObject({ call_id: expect.stringMatching(/^asterisk-[0-9a-f]{32}$/) as unknown, leg: 'a' });
    expect(read(`${shortest},"1.5","field","","1.4",7`)).toEqual([
      expect.objectContaining({ call_id: '1.5', leg: '7', related_call_id: '1.4', custom: { user_field: 'field' } }),
    ]);
    expect(read('"a","b"')).toEqual(['The record has 2 columns, and 16 to 21 are expected']);
  });

  test('that is broken, as `buggy.csv` of asterisk/testsuite, ends with itself', () => {
    const good = line(...times, '5,5,"ANSWERED","DOCUMENTATION","1231977075.0",""');
    expect(read(`${good.slice(0, -1)}\n${good}`)).toEqual([
      'The record is not a line of CSV (CSV_QUOTE_NOT_CLOSED)',
      expect.objectContaining({ disposition: 'ANSWERED' }),
    ]);
  });

  test('has the columns of cdr_custom that are named', () => {
    const columns = [
      'src',
      'dst',
      'dcontext',
      'start',
      'answer',
      'end',
      'duration',
      'billsec',
      'disposition',
      'uniqueid',
    ];
    // As the columns of `db-sampledata-asterisk.sql` of synox/telewall.
    const text = '0315550679,+41315550680,incoming,1449741467.25,1449741471.5,1449741473.75,6,2,ANSWERED,1449741467.6';
    expect(read(text, { columns, zone: undefined })).toEqual([
      expect.objectContaining({
        direction: 'inbound',
        start_time: '2015-12-10T09:57:47Z',
        start_ms: 250,
        billable_seconds: 2,
      }),
    ]);
  });
});

describe('local times', () => {
  const at = (start: string, end: string, seconds: number, zone: string): unknown =>
    read(line(start, start, end, `${seconds},${seconds},"ANSWERED","DOCUMENTATION","1.0",""`), { zone })[0];

  test('are those of the zone, in summer and winter', () => {
    const [start, end] = ['2026-07-01 09:00:00', '2026-07-01 09:00:30'];
    expect(at(start, end, 30, 'Europe/Berlin')).toMatchObject({ start_time: '2026-07-01T07:00:00Z' });
    expect(at('2026-01-01 09:00:00', '2026-01-01 09:00:30', 30, 'Europe/Berlin')).toMatchObject({
      start_time: '2026-01-01T08:00:00Z',
    });
  });

  test('that a change of the clock repeats are those that fit to the duration', () => {
    // In Berlin, 02:00 to 03:00 comes twice on 2026-10-25.
    const call = (start: string, end: string, seconds: number) => at(start, end, seconds, 'Europe/Berlin');
    expect(call('2026-10-25 02:50:00', '2026-10-25 02:10:00', 1_200)).toMatchObject({
      start_time: '2026-10-25T00:50:00Z',
      end_time: '2026-10-25T01:10:00Z',
    });
    expect(call('2026-10-25 02:10:00', '2026-10-25 02:50:00', 6_000)).toMatchObject({
      start_time: '2026-10-25T00:10:00Z',
      end_time: '2026-10-25T01:50:00Z',
    });
    expect(
      read('a,1,2,2026-10-25 02:10:00,2026-10-25 02:50:00,BUSY', {
        columns: ['uniqueid', 'src', 'dst', 'start', 'end', 'disposition'],
        zone: 'Europe/Berlin',
      }),
    ).toEqual([expect.objectContaining({ duration: 2_400 })]);
  });

  test('that are no times are named', () => {
    expect(at('yesterday', '2026-07-01 09:00:30', 30, 'UTC')).toEqual([{ path: 'start_time', message: 'is required' }]);
  });
});

describe('JSON', () => {
  test.each([
    ['names of CDR()', { src: '1001', dst: '1002', start: times[0], answer: times[1], end: times[2], billsec: 5 }],
    [
      'names of cdr_manager',
      {
        Source: '1001',
        Destination: '1002',
        StartTime: times[0],
        AnswerTime: times[1],
        EndTime: times[2],
        BillableSeconds: '5',
      },
    ],
  ])('has %s', (_names, fields) => {
    const document = { ...fields, disposition: 'ANSWERED', duration: 5, uniqueid: '1.0' };
    expect(read(JSON.stringify(document))).toEqual([
      expect.objectContaining({ call_id: '1.0', caller: '1001', callee: '1002', billable_seconds: 5 }),
    ]);
  });
});
