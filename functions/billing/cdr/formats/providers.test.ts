import { describe, expect, test } from 'vitest';
import { readRecord } from '../../cdr-ingest/cdr.ts';
import type { ForeignRecord, Reader, ReadOptions } from './foreign-record.ts';
import { readOpensips } from './opensips.ts';
import { readTelnyx, readTwilio } from './providers.ts';

const options: ReadOptions = { zone: undefined, columns: undefined, legs: 'a' };

/** What a record becomes; else why it is none. */
function outcomeOf(read: ForeignRecord): unknown {
  if ('skipped' in read) return read.skipped;
  if ('rejection' in read) return read.rejection.message;
  const result = readRecord(read.record, 1001);
  return 'rejection' in result ? result.rejection.details : result.cdr;
}
const readBy = (reader: Reader, document: unknown): unknown[] =>
  reader(JSON.stringify(document), options).map(outcomeOf);

describe('events of OpenSIPS', () => {
  /**
   * As in `sessionmanager/osipsevent_test.go` of cgrates/cgrates, with invented numbers. `ms_duration` is from the
   * source of the module `acc`; `caller` and `callee` are extra fields that its settings name.
   */
  const event = {
    method: 'INVITE',
    callid: 'ODVkMDI2Mzc2MDY5N2E',
    sip_code: '200',
    sip_reason: 'OK',
    created: '1406370492',
    setuptime: '7',
    time: '1406370499',
    duration: '20',
    ms_duration: '19400',
    caller: '1001',
    callee: '+4930550123',
  };

  test('have a dialog that is created, established and over after its milliseconds', () => {
    const expected = expect.objectContaining({
      call_id: 'ODVkMDI2Mzc2MDY5N2E',
      caller: '1001',
      callee: '+4930550123',
      start_time: '2014-07-26T10:28:12Z',
      answer_time: '2014-07-26T10:28:19Z',
      end_time: '2014-07-26T10:28:38Z',
      end_ms: 400,
      billable_seconds: 20,
      disposition: 'ANSWERED',
    }) as unknown;
    expect(readBy(readOpensips, event)).toEqual([expected]);
    expect(readBy(readOpensips, { jsonrpc: '2.0', method: 'E_ACC_CDR', params: event })).toEqual([expected]);
    expect(readBy(readOpensips, { ...event, ms_duration: undefined })).toMatchObject([{ end_ms: 0, duration: 27 }]);
  });

  test.each([
    ['486', 'BUSY'],
    ['600', 'BUSY'],
    ['487', 'CANCELLED'],
    ['408', 'NO ANSWER'],
    ['480', 'NO ANSWER'],
    ['503', 'FAILED'],
  ])('of a call that ends with %s are %s', (sip_code, disposition) => {
    expect(readBy(readOpensips, { ...event, sip_code, duration: undefined, ms_duration: undefined })).toMatchObject([
      { disposition, answer_time: null, duration: 7, cause: { sip_code: Number(sip_code) } },
    ]);
  });
});

describe('call resources of Twilio', () => {
  /** Fields of the answer that the documentation of the Call resource shows, with invented values. */
  const call = {
    sid: 'CA0123456789abcdef0123456789abcdef',
    parent_call_sid: null,
    from: '+12025550101',
    to: '+12025550102',
    status: 'completed',
    direction: 'outbound-api',
    start_time: 'Fri, 18 Oct 2019 17:00:00 +0000',
    end_time: 'Fri, 18 Oct 2019 17:00:15 +0000',
    duration: '15',
    price: '-0.20000',
    price_unit: 'USD',
  };

  test('have seconds of talk, and a price with a minus', () => {
    expect(readBy(readTwilio, call)).toEqual([
      expect.objectContaining({
        call_id: 'CA0123456789abcdef0123456789abcdef',
        direction: 'outbound',
        start_time: '2019-10-18T17:00:00Z',
        duration: 15,
        billable_seconds: 15,
        cost: '0.2000',
      }),
    ]);
  });

  test('without a price have a cost that is not known, which is not 0', () => {
    expect(readBy(readTwilio, { ...call, price: null })).toMatchObject([{ cost: null }]);
  });

  test('of a child have the identity of the parent', () => {
    const child = {
      ...call,
      sid: 'CAfedcba98765432100123456789abcdef',
      parent_call_sid: call.sid,
      direction: 'inbound',
    };
    expect(readBy(readTwilio, { calls: [call, child], page: 0 })).toMatchObject([
      { call_id: call.sid, leg: 'a' },
      { call_id: call.sid, leg: 'b-23456789abcdef', direction: 'inbound' },
    ]);
  });

  test.each([
    ['busy', 'BUSY'],
    ['no-answer', 'NO ANSWER'],
    ['canceled', 'CANCELLED'],
    ['failed', 'FAILED'],
  ])('that are %s are %s', (status, disposition) => {
    expect(readBy(readTwilio, { ...call, status, duration: '0' })).toMatchObject([
      { disposition, billable_seconds: 0 },
    ]);
  });

  test('of a call that is not over are rejected', () => {
    expect(readBy(readTwilio, { ...call, status: 'in-progress', end_time: null })).toEqual([
      'The record is of a call that is not over (in-progress)',
    ]);
  });
});

describe('detail records of Telnyx', () => {
  /**
   * Fields of the example in the documentation of its voice SDKs ("Call Detail Records"), with invented values, and
   * `started_at` and `answered_at`, as excerpts of programs show them for records of the type `sip-trunking`.
   */
  const detail = {
    record_type: 'webrtc_detail_record',
    id: '4b679aae-b7e7-11ef-9fe0-02420aef3920',
    telnyx_leg_id: '4b679aae-b7e7-11ef-9fe0-02420aef3920',
    direction: 'outbound',
    cli: '+12025550101',
    cld: '+12025550102',
    started_at: '2024-12-11T17:42:30Z',
    answered_at: '2024-12-11T17:42:34Z',
    finished_at: '2024-12-11T17:43:24Z',
    call_sec: 50,
    billed_sec: 60,
    cost: '0.002',
    currency: 'USD',
  };

  test('have the times of the call and what the carrier charges', () => {
    expect(readBy(readTelnyx, { data: [detail], meta: {} })).toEqual([
      expect.objectContaining({ call_id: detail.id, billable_seconds: 50, duration: 54, cost: '0.0020' }),
    ]);
  });

  test('without begin and answer have the seconds of talk before their end', () => {
    const { started_at: _start, answered_at: _answer, ...short } = detail;
    expect(readBy(readTelnyx, short)).toMatchObject([
      { start_time: '2024-12-11T17:42:34Z', answer_time: '2024-12-11T17:42:34Z', billable_seconds: 50 },
    ]);
    expect(readBy(readTelnyx, { ...short, call_sec: 0 })).toMatchObject([
      { start_time: '2024-12-11T17:43:24Z', answer_time: null, billable_seconds: 0 },
    ]);
    expect(readBy(readTelnyx, { ...short, finished_at: 'soon' })).toMatchObject([
      [{ path: 'start_time' }, { path: 'end_time' }],
    ]);
  });

  test('of a call that was not answered have its cause', () => {
    const unanswered = { ...detail, answered_at: null, call_sec: 0, cost: '0', hangup_cause: 'user_busy' };
    expect(readBy(readTelnyx, { ...unanswered, sip_invite_failure_status: '486' })).toMatchObject([
      { disposition: 'BUSY', billable_seconds: 0, cause: { sip_code: 486, text: 'user_busy' } },
    ]);
  });
});
