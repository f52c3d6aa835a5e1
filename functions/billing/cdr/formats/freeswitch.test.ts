import { describe, expect, test } from 'vitest';
import { readRecord } from '../../cdr-ingest/cdr.ts';
import type { ForeignRecord, ReadOptions } from './foreign-record.ts';
import { readFreeswitch, readFreeswitchCsv } from './freeswitch.ts';

const options: ReadOptions = { zone: undefined, columns: undefined, legs: 'a' };

/** The fields of `cdr.v1` that a record becomes, once they are read; else why it is none. */
function outcomeOf(read: ForeignRecord | undefined): unknown {
  if (read === undefined || 'skipped' in read) return read?.skipped;
  if ('rejection' in read) return read.rejection.message;
  const result = readRecord(read.record, 1001);
  if ('rejection' in result) return result.rejection.details;
  const { call_id, leg, direction, caller, callee, disposition, duration, billable_seconds } = result.cdr;
  return { call_id, leg, direction, caller, callee, disposition, duration, billable_seconds };
}
const read = (document: unknown, more: Partial<ReadOptions> = {}): unknown =>
  outcomeOf(readFreeswitch(JSON.stringify(document), { ...options, ...more })[0]);
const recordIn = (document: unknown): unknown => {
  const [first] = readFreeswitch(JSON.stringify(document), options);
  return first !== undefined && 'record' in first ? first.record : first;
};

/**
 * The fields that matter of `spec/fixtures/files/freeswitch_cdr.json` of somleng/somleng, with invented numbers and
 * names: an inbound call whose values are URL-encoded.
 */
const inbound = {
  'core-uuid': '5fa377c6-3ad6-4f06-aea5-8ca66c55d277',
  channel_data: { state: 'CS_REPORTING', direction: 'inbound' },
  callStats: { audio: { inbound: { mos: 4.5 } } },
  variables: {
    direction: 'inbound',
    uuid: '77e3b4f2-cac1-4724-81f6-f1cd5e01770c',
    sip_from_user: '%2B12025550101',
    sofia_profile_name: 'external',
    read_codec: 'PCMA',
    sip_call_id: 'i87a2hh93%40192.0.2.64',
    sip_term_status: '200',
    proto_specific_hangup_cause: 'sip%3A200',
    hangup_cause: 'NORMAL_UNSPECIFIED',
    hangup_cause_q850: '31',
    start_stamp: '2022-07-06%2008%3A50%3A03',
    start_epoch: '1657097403',
    start_uepoch: '1657097403370590',
    answer_uepoch: '1657097404230498',
    bridge_uepoch: '0',
    end_uepoch: '1657097407610447',
    duration: '4',
    billsec: '3',
    rtp_audio_in_mos: '4.50',
  },
  callflow: [{ profile_index: '1', caller_profile: { caller_id_number: '+12025550101', destination_number: '1294' } }],
};

/** The same of `engine/fscdr_test.go` of cgrates/cgrates: values as they are, and a second profile by a transfer. */
const bridged = {
  variables: {
    direction: 'inbound',
    uuid: '3da8bf84-c133-4959-9e24-e72875cb33a1',
    sofia_profile_name: 'internal',
    bridge_uuid: 'f52c26f1-b018-4963-bf6d-a3111d1a0320',
    originated_legs: 'ARRAY::f52c26f1-b018-4963-bf6d-a3111d1a0320;Outbound Call;1002',
    hangup_cause: 'NORMAL_CLEARING',
    hangup_cause_q850: '16',
    start_uepoch: '1515666344534355',
    answer_uepoch: '1515666347954373',
    end_uepoch: '1515666415494269',
  },
  callflow: [
    { profile_index: '2', caller_profile: { caller_id_number: '1001', destination_number: '+12025550102' } },
    { profile_index: '1', caller_profile: { caller_id_number: '1001', destination_number: '1002' } },
  ],
};

/** The leg that `bridged` has called. */
const otherLeg = {
  variables: {
    ...bridged.variables,
    uuid: 'f52c26f1-b018-4963-bf6d-a3111d1a0320',
    originating_leg_uuid: '3da8bf84-c133-4959-9e24-e72875cb33a1',
    originated_legs: '',
  },
  callflow: bridged.callflow[0],
};

describe('a document of mod_json_cdr', () => {
  test('has values that are URL-encoded or not', () => {
    const decoded = JSON.parse(decodeURIComponent(JSON.stringify(inbound))) as unknown;
    const expected = {
      call_id: '77e3b4f2-cac1-4724-81f6-f1cd5e01770c',
      leg: 'a',
      direction: 'inbound',
      caller: '+12025550101',
      callee: '1294',
      disposition: 'ANSWERED',
      duration: 5,
      billable_seconds: 4,
    };
    expect([read(inbound), read(decoded)]).toEqual([expected, expected]);
  });

  test('has times in microseconds, a cause, and how it sounded', () => {
    expect(recordIn(inbound)).toMatchObject({
      start_time: '2022-07-06T08:50:03.370Z',
      answer_time: '2022-07-06T08:50:04.230Z',
      end_time: '2022-07-06T08:50:07.610Z',
      cause: { q850: 31, sip_code: 200, text: 'NORMAL_UNSPECIFIED' },
      quality: { mos: 4.5, codec: 'PCMA' },
      custom: { sip_call_id: 'i87a2hh93@192.0.2.64' },
    });
  });

  test('has the number of its latest profile, and is outbound from an own phone', () => {
    expect(read(bridged)).toMatchObject({ direction: 'outbound', caller: '1001', callee: '+12025550102' });
  });

  test('may have the figures nan of a call without packets, which are no JSON', () => {
    // As `freeswitch_cdr_with_invalid_json.json` of somleng/somleng has them.
    const text = JSON.stringify(inbound).replace('"mos":4.5', '"quality_percentage":nan,"mos":nan');
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(outcomeOf(readFreeswitch(text, options)[0])).toMatchObject({ callee: '1294', duration: 5 });
  });

  test('may be sent as a form that is plain, URL-encoded or base64', () => {
    const text = JSON.stringify(inbound);
    for (const form of [text, encodeURIComponent(text), Buffer.from(text).toString('base64')])
      expect(outcomeOf(readFreeswitch(`cdr=${form}`, options)[0])).toMatchObject({ callee: '1294' });
  });

  test.each([
    ['ORIGINATOR_CANCEL', '487', 'CANCELLED', undefined],
    ['USER_BUSY', '17', 'BUSY', 17],
    ['NO_ANSWER', '19', 'NO ANSWER', 19],
    ['NO_USER_RESPONSE', '18', 'NO ANSWER', 18],
    ['CALL_REJECTED', '21', 'FAILED', 21],
  ])(
    'of an unanswered call with %s is no reason to reject it',
    (hangup_cause, hangup_cause_q850, disposition, q850) => {
      const variables = { ...inbound.variables, answer_uepoch: '0', hangup_cause, hangup_cause_q850 };
      expect(read({ ...inbound, variables })).toMatchObject({ disposition, billable_seconds: 0 });
      expect(recordIn({ ...inbound, variables })).toMatchObject({ cause: q850 === undefined ? {} : { q850 } });
    },
  );

  test('takes fields of a CDR that the dial plan sets', () => {
    const variables = { ...inbound.variables, trunkline_org_id: 'org_1002', trunkline_trunk_id: 'trunk_1' };
    expect(recordIn({ ...inbound, variables })).toMatchObject({ org_id: 'org_1002', trunk_id: 'trunk_1' });
    for (const [call_direction, direction] of [
      ['inbound', 'inbound'],
      ['outbound', 'outbound'],
      ['local', 'internal'],
    ])
      expect(read({ ...bridged, variables: { ...bridged.variables, call_direction } })).toMatchObject({ direction });
  });

  test('that lacks its times is rejected with their names', () => {
    const variables = { ...inbound.variables, start_uepoch: 'x', start_epoch: undefined, start_stamp: undefined };
    expect(read({ ...inbound, variables })).toEqual([{ path: 'start_time', message: 'is required' }]);
  });

  test.each([
    ['{"variables":{', 'The record is not valid JSON'],
    ['7', 'The record is not a JSON object'],
    ['cdr=%7B', 'The record is not valid JSON'],
    ['<cdr/>', 'The record is no document of mod_xml_cdr'],
  ])('that is broken (%s) is one rejected record', (text, message) => {
    expect(readFreeswitch(text, options).map(outcomeOf)).toEqual([message]);
  });

  test('may be one of a list, or one of several lines', () => {
    const one = JSON.stringify(inbound);
    expect(readFreeswitch(`[${one},7]`, options).map(outcomeOf)).toEqual([
      expect.objectContaining({ callee: '1294' }),
      'The record is not a JSON object',
    ]);
    expect(readFreeswitch(`${one}\n{"broken\n${one}\n`, options).map(outcomeOf)).toEqual([
      expect.objectContaining({ callee: '1294' }),
      'The record is not valid JSON',
      expect.objectContaining({ callee: '1294' }),
    ]);
  });
});

describe('of the two legs of a call', () => {
  test('the first is its CDR, and the other is skipped', () => {
    expect([read(bridged), read(otherLeg)]).toEqual([
      expect.objectContaining({ leg: 'a' }),
      'leg 3da8bf84-c133-4959-9e24-e72875cb33a1 has this call',
    ]);
  });

  test('the other is its CDR on request, with the identity of the call', () => {
    expect([read(bridged, { legs: 'b' }), read(otherLeg, { legs: 'b' })]).toEqual([
      'the other leg has this call',
      expect.objectContaining({ call_id: '3da8bf84-c133-4959-9e24-e72875cb33a1', leg: 'b-f52c26f1b01849' }),
    ]);
  });

  test('a call without another leg is a CDR in any case', () => {
    expect(read(inbound, { legs: 'b' })).toMatchObject({ leg: 'a' });
  });
});

describe('a document of mod_xml_cdr', () => {
  type Tree = { readonly [name: string]: Tree | string };
  const xmlOf = (tree: Tree): string =>
    Object.entries(tree)
      .map(([name, value]) => `<${name}>${typeof value === 'string' ? value : xmlOf(value)}</${name}>`)
      .join('\n');
  const caller_profile: Tree = { ...inbound.callflow[0]?.caller_profile };
  const xml = (variables: Tree = {}, profile: Tree = {}): string =>
    '<?xml version="1.0"?>\n' +
    xmlOf({
      cdr: {
        channel_data: inbound.channel_data,
        variables: { ...inbound.variables, ...variables },
        callflow: { caller_profile: { ...caller_profile, ...profile } },
      },
    });
  const readXml = (text: string, more: Partial<ReadOptions> = {}) =>
    readFreeswitch(text, { ...options, ...more }).map(outcomeOf);

  test('is the same call as the document of mod_json_cdr', () => {
    expect(readXml(xml())).toEqual([read(inbound)]);
  });

  test('may be in a form, plain or encoded', () => {
    const text = xml();
    const encoded = [text, encodeURIComponent(text), Buffer.from(text).toString('base64')];
    for (const each of encoded) expect(readXml(`cdr=${each}`)).toEqual([read(inbound)]);
  });

  test('of a leg that another one has originated is skipped', () => {
    const skipped = ['leg aaaa-1 has this call'];
    expect(readXml(xml({ originating_leg_uuid: 'aaaa-1' }))).toEqual(skipped);
    expect(readXml(xml({}, { originator: { originator_caller_profile: { uuid: 'aaaa-1' } } }))).toEqual(skipped);
  });

  test('that is broken, or another one, is rejected', () => {
    const rejected = ['The record is no document of mod_xml_cdr'];
    expect(readXml(xml().slice(0, -20))).toEqual(rejected);
    expect(readXml('<other></other>')).toEqual(rejected);
  });
});

test('the side whose message ended the leg is known, and no other', () => {
  const sideOf = (variables: object) =>
    (recordIn({ ...inbound, variables: { ...inbound.variables, ...variables } }) as { readonly cause: object }).cause;
  const other = { originating_leg_uuid: 'aaaa-1' };
  expect(sideOf({ sip_hangup_disposition: 'recv_bye' })).toMatchObject({ side: 'caller' });
  expect(sideOf({ sip_hangup_disposition: 'send_bye' })).not.toHaveProperty('side');
  const [leg] = readFreeswitch(
    JSON.stringify({ ...inbound, variables: { ...inbound.variables, ...other, sip_hangup_disposition: 'recv_bye' } }),
    { ...options, legs: 'b' },
  );
  expect(leg).toMatchObject({ record: { cause: { side: 'callee' } } });
});

describe('a line of mod_cdr_csv', () => {
  const line =
    '"Ann, sales","1001","+12025550102","default","2026-07-01 09:00:00","2026-07-01 09:00:05","2026-07-01 09:01:05",' +
    '"65","60","NORMAL_CLEARING","3da8bf84-c133-4959-9e24-e72875cb33a1","","acme","PCMA","PCMU"';
  const readLine = (text: string, more: Partial<ReadOptions> = {}): unknown[] =>
    readFreeswitchCsv(text, { ...options, zone: 'Europe/Berlin', ...more }).map(outcomeOf);

  test('has the columns of the template example, local times, and commas in quotes', () => {
    const [first] = readFreeswitchCsv(line, { ...options, zone: 'Europe/Berlin' });
    expect(first).toMatchObject({
      record: {
        caller: '1001',
        callee: '+12025550102',
        start_time: '2026-07-01T07:00:00.000Z',
        answer_time: '2026-07-01T07:00:05.000Z',
        end_time: '2026-07-01T07:01:05.000Z',
        account_code: 'acme',
      },
    });
    expect(readLine(line)).toEqual([expect.objectContaining({ duration: 65, billable_seconds: 60 })]);
  });

  test('has the columns that are named', () => {
    const columns = ['uuid', 'caller_id_number', 'destination_number', 'start_epoch', 'answer_epoch', 'end_epoch'];
    expect(readLine('u-1,1001,1002,1782889200,0,1782889230', { columns, zone: undefined })).toEqual([
      expect.objectContaining({ call_id: 'u-1', disposition: 'FAILED', duration: 30 }),
    ]);
  });

  test('that is broken ends with itself', () => {
    expect(readLine(`"open,1001\n${line}\r\n\r\n1,2`)).toEqual([
      'The record is not a line of CSV (CSV_QUOTE_NOT_CLOSED)',
      expect.objectContaining({ callee: '+12025550102' }),
      'The record has 2 columns, and 15 are expected',
    ]);
  });
});
