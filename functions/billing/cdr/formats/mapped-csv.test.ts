import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRecord } from '../../cdr-ingest/cdr.ts';
import { CdrMapping } from '../../schema/cdr-mapping.ts';
import { maxRecords, type ForeignRecord } from './foreign-record.ts';
import { readMappedCsv } from './mapped-csv.ts';

/** What a line becomes; else why it is no CDR. */
function outcomeOf(read: ForeignRecord): unknown {
  if ('skipped' in read) return read.skipped;
  const result = 'rejection' in read ? read : readRecord(read.record, 1001);
  if ('cdr' in result) return result.cdr;
  const { message, details } = result.rejection;
  return details.length === 0 ? message : details;
}

const least = {
  name: 'Office',
  fields: { caller: 'from', callee: 'to', start_time: 'start', end_time: 'end' },
};
const mappingOf = (fields: object): CdrMapping => CdrMapping.parse({ ...least, ...fields });

const read = (text: string, mapping: CdrMapping, zone?: string): unknown[] =>
  readMappedCsv(text, { zone, columns: undefined, legs: 'a', mapping }).map(outcomeOf);

const head = 'from,to,start,end';
const row = '201,+4930550123,2026-11-15T10:30:00Z,2026-11-15T10:31:00Z';

describe('files of PBXs, with the columns that their documentation names and invented calls', () => {
  test('3CX: durations with colons, and times of a pattern in the zone of the PBX', () => {
    const mapping = mappingOf({
      delimiter: ';',
      columns: [
        'historyid',
        'duration',
        'time-start',
        'time-answered',
        'time-end',
        'reason-terminated',
        'from-no',
        'to-no',
      ],
      fields: {
        call_id: 'historyid',
        duration: 'duration',
        start_time: 'time-start',
        answer_time: 'time-answered',
        end_time: 'time-end',
        reason: 'reason-terminated',
        caller: 'from-no',
        callee: 'to-no',
      },
      time_pattern: 'yyyy/MM/dd HH:mm:ss',
      time_zone: 'Europe/Berlin',
      duration_unit: 'clock',
    });
    const talk =
      '42;00:01:05;2026/07/01 09:00:00;2026/07/01 09:00:05;2026/07/01 09:01:05;TerminatedBySrc;201;+4930550123';
    const missed = '43;00:00:09;2026/07/01 09:02:00;;2026/07/01 09:02:09;NoAnswer;201;+4930550123';
    expect(read(`${talk}\n${missed}`, mapping)).toMatchObject([
      {
        call_id: '42',
        caller: '201',
        callee: '+4930550123',
        start_time: '2026-07-01T07:00:00Z',
        answer_time: '2026-07-01T07:00:05Z',
        end_time: '2026-07-01T07:01:05Z',
        duration: 65,
        billable_seconds: 60,
        disposition: 'ANSWERED',
        cause: { text: 'TerminatedBySrc' },
      },
      { call_id: '43', answer_time: null, billable_seconds: 0, disposition: 'NO ANSWER' },
    ]);
  });

  test('CUCM: an id of two columns, seconds since 1970 with 0 for none, and a line of types after the names', () => {
    const mapping = mappingOf({
      fields: {
        call_id: ['globalCallID_callManagerId', 'globalCallID_callId'],
        caller: 'callingPartyNumber',
        callee: 'finalCalledPartyNumber',
        start_time: 'dateTimeOrigination',
        answer_time: 'dateTimeConnect',
        end_time: 'dateTimeDisconnect',
        billable_seconds: 'duration',
        q850: 'destCause_value',
      },
      skip_lines: 1,
    });
    const names =
      '"globalCallID_callManagerId","globalCallID_callId","dateTimeOrigination","callingPartyNumber",' +
      '"finalCalledPartyNumber","destCause_value","dateTimeConnect","dateTimeDisconnect","duration"';
    const types = 'INTEGER,INTEGER,INTEGER,VARCHAR(50),VARCHAR(50),INTEGER,INTEGER,INTEGER,INTEGER';
    const talk = '1,5001,1794738600,"201","+4930550123",16,1794738607,1794738667,60';
    const busy = '1,5002,1794738700,"201","+4930550123",17,0,1794738703,0';
    expect(read([names, types, talk, busy].join('\r\n'), mapping)).toMatchObject([
      { call_id: '1-5001', disposition: 'ANSWERED', billable_seconds: 60, duration: 67, cause: { q850: 16 } },
      { call_id: '1-5002', disposition: 'NO ANSWER', billable_seconds: 0, answer_time: null, cause: { q850: 17 } },
    ]);
  });

  test('Yeastar: no end but a duration, and words for how a call ended and where it went', () => {
    const mapping = mappingOf({
      fields: {
        call_id: 'callid',
        caller: 'callfrom',
        callee: 'callto',
        start_time: 'timestart',
        duration: 'callduraction',
        billable_seconds: 'talkduraction',
        disposition: 'status',
        direction: 'type',
      },
      values: {
        direction: { Internal: 'internal', Outbound: 'outbound', Inbound: 'inbound' },
        disposition: { voicemail: 'ANSWERED' },
      },
    });
    const names = 'callid,timestart,callfrom,callto,callduraction,talkduraction,status,type';
    const lines = [
      '1547391782.318,2026-01-13 23:03:02,1001,1005,21,10,ANSWERED,Internal',
      '1547392142.330,2026-01-13 23:09:02,1005,+4930550123,6,3,VOICEMAIL,OUTBOUND',
      '1547392142.331,2026-01-13 23:09:02,1005,+4930550123,6,3,GONE,Outbound',
    ];
    expect(read([names, ...lines].join('\n'), mapping, 'Asia/Shanghai')).toMatchObject([
      {
        direction: 'internal',
        start_time: '2026-01-13T15:03:02Z',
        end_time: '2026-01-13T15:03:23Z',
        billable_seconds: 10,
      },
      { direction: 'outbound', disposition: 'ANSWERED', duration: 6, billable_seconds: 3 },
      [{ path: 'disposition' }],
    ]);
  });
});

describe('a line', () => {
  test('without an id is the same call each time', () => {
    const [first, again, other] = readMappedCsv(`${head}\n${row}\n${row}\n${row.replace('201', '202')}`, {
      ...{ zone: undefined, columns: undefined, legs: 'a', mapping: mappingOf({}) },
    }).map((each) => ('record' in each ? each.record['call_id'] : each));
    expect(first).toMatch(/^csv-[0-9a-f]{32}$/);
    expect([again === first, other === first]).toEqual([true, false]);
  });

  test('has the constants of the mapping where it has no value', () => {
    const mapping = mappingOf({
      fields: { ...least.fields, trunk: 'line' },
      constants: { trunk: 'trunk_1', direction: 'inbound', organization: 'org_1007' },
    });
    expect(read(`${head},line\n${row},\n${row},trunk_2`, mapping)).toMatchObject([
      { trunk_id: 'trunk_1', direction: 'inbound', organization: 1007 },
      { trunk_id: 'trunk_2', direction: 'inbound', organization: 1007 },
    ]);
  });

  test('may have date and time in two columns, and a cost with a comma', () => {
    const mapping = mappingOf({
      fields: { caller: 'from', callee: 'to', start_time: ['date', 'time'], duration: 'min', cost: 'cost' },
      duration_unit: 'minutes',
      decimal: ',',
      time_pattern: 'd.M.yyyy H:mm',
      delimiter: ';',
    });
    expect(read('from;to;date;time;min;cost\n;+4930550123;5.1.2026;9:07;1.5;1.234,50', mapping)).toMatchObject([
      { caller: 'anonymous', start_time: '2026-01-05T09:07:00Z', duration: 90, cost: '1234.5000' },
    ]);
  });

  test('with a time or a duration that is none is rejected for that', () => {
    const mapping = mappingOf({ fields: { ...least.fields, duration: 'seconds' } });
    expect(
      read(`${head},seconds\n${row.replace('2026-11-15T10:30:00Z', 'today')},60\n${row},long`, mapping),
    ).toMatchObject([[{ path: 'start_time' }], [{ path: 'duration' }]]);
  });

  test('outside of all time is rejected for that', () => {
    const mapping = mappingOf({
      fields: { caller: 'from', callee: 'to', start_time: 'start', duration: 'end' },
      duration_unit: 'minutes',
      time_pattern: 'y',
    });
    const lines = ['201,202,2026,999999999999', '201,202,275760,999999999999', '201,202,999999,1'];
    expect(read([head, ...lines].join('\n'), mapping)).toMatchObject([
      [{ path: 'end_time' }],
      expect.anything(),
      [{ path: 'start_time' }, { path: 'end_time' }],
    ]);
  });

  test('that a change of the clock repeats is the time that fits to the duration', () => {
    const mapping = mappingOf({
      fields: { ...least.fields, duration: 'seconds' },
      time_pattern: 'dd.MM.yyyy HH:mm:ss',
      time_zone: 'Europe/Berlin',
    });
    const line = '201,+4930550123,25.10.2026 02:30:00,25.10.2026 02:31:00,3660';
    expect(read(`${head},seconds\n${line}`, mapping)).toMatchObject([
      { start_time: '2026-10-25T00:30:00Z', end_time: '2026-10-25T01:31:00Z' },
    ]);
  });

  test('of other columns is rejected, and the others are read', () => {
    expect(read(`${head}\n${row},more\n${row}`, mappingOf({}))).toMatchObject([
      'The record has 5 columns, and 4 are expected',
      { caller: '201' },
    ]);
  });
});

describe('a file', () => {
  test('without a column that the mapping names is rejected for it', () => {
    expect(read(`from,to,begin,end\n${row}`, mappingOf({}))).toEqual(['The record names no column start']);
  });

  test('with listed columns may have their names at its begin, and again within', () => {
    const mapping = mappingOf({ columns: ['from', 'to', 'start', 'end'], skip_lines: 1 });
    expect(read(row, mapping)).toMatchObject([{ caller: '201' }]);
    expect(read(`FROM, to,start,end\nno record\n${row}\n${head}`, mapping)).toMatchObject([
      { caller: '201' },
      'the line has the names of the columns',
    ]);
  });

  test('may have as many records as a batch, besides the names of its columns', () => {
    const mapping = mappingOf({ skip_lines: 2 });
    const lines = (count: number) => [head, 'x', 'x', ...Array.from({ length: count }, () => row)].join('\n');
    expect(read(lines(maxRecords), mapping)).toHaveLength(maxRecords);
    expect(read(lines(5 * maxRecords), mapping)).toHaveLength(maxRecords + 1);
  });

  test('of any text has an outcome for each line', () => {
    const line = fc.array(fc.constantFrom('201', '"', 'a,b', '\t', '2026-11-15T10:30:00Z', '__proto__', ''), {
      maxLength: 6,
    });
    const property = fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
      const texts = lines.map((cells) => cells.join(',')).filter((text) => text.trim() !== '');
      expect(read([head, ...texts].join('\n'), mappingOf({}))).toHaveLength(texts.length);
    });
    fc.assert(property);
  });
});

test('a mapping names its columns and their times', () => {
  const faultsOf = (fields: object) =>
    CdrMapping.safeParse({ ...least, ...fields }).error?.issues.map(({ path }) => path.join('.'));
  expect(faultsOf({})).toBeUndefined();
  expect(faultsOf({ fields: { caller: 'from' } })).toEqual(['fields.start_time', 'fields.callee', 'fields.end_time']);
  expect(faultsOf({ fields: { callee: 'a', start_time: 'b', duration: 'c' } })).toBeUndefined();
  expect(faultsOf({ time_pattern: "yyyy'<script>'" })).toEqual(['time_pattern']);
  expect(faultsOf({ values: { disposition: { Weg: 'GONE' } } })).toEqual(['values.disposition.Weg']);
});
