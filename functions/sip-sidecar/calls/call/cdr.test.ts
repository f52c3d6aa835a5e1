import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRecord } from '#functions/billing/cdr-ingest/cdr.ts';
import { CdrMessage } from '#functions/billing/cdr-ingest/cdr-message.ts';
import { aCall, aLeg } from '#telephony/call.fixture.ts';
import {
  callStatuses,
  hangupCauses,
  hangupSides,
  type Call,
  type CallHangup,
  type HangupCause,
} from '#telephony/call.ts';
import { callCdrs, cdrMessage } from './cdr.ts';

const [created, answered, ended] = ['10:00:00', '10:00:10', '10:01:10'].map((time) => `2026-11-22T${time}.000Z`) as [
  string,
  string,
  string,
];
const normal: CallHangup = { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'caller' };
const source = aCall().legs[0] ?? aLeg();

/** A call that ended; its destination answered unless the hangup says otherwise. */
const anEnded = (fields: Partial<Call> = {}): Call =>
  aCall({
    status: 'hangup',
    created_at: created,
    timestamps: { created, answered, hangup: ended },
    legs: [source, aLeg({ timestamps: { trying: created, answered, hangup: ended } })],
    hangup: normal,
    ...fields,
  });

const unanswered = (hangup: Partial<CallHangup>): Call =>
  anEnded({
    legs: [source, aLeg({ timestamps: { trying: created, hangup: ended } })],
    hangup: { ...normal, ...hangup },
  });

describe('the CDR of a call', () => {
  test('has the text of its cause, which the consumer of CDRs reads', () => {
    const call = unanswered({ cause: 'USER_BUSY', q850: 17, sip_code: 486, by: 'callee', text: 'In a meeting' });
    expect(callCdrs(call)[0]?.cause).toEqual({ q850: 17, sip_code: 486, text: 'In a meeting' });
    const { records } = CdrMessage.parse(JSON.parse(JSON.stringify(cdrMessage(call, new Date(ended)))));
    expect(records[0]).toMatchObject({ cause: { text: 'In a meeting' } });
    // A party that has left by itself has its own cause.
    const [, left = aLeg()] = call.legs;
    const other = { ...call, legs: [source, { ...left, sip_code: 503, q850: 41 }] };
    expect(callCdrs(other)[0]?.cause).toEqual({ q850: 41, sip_code: 503 });
  });

  test('says whether the caller was verified, as the consumer of CDRs reads', () => {
    const stir = { verstat: 'TN-Validation-Passed', attestation: 'B', origid: crypto.randomUUID() } as const;
    const { records } = CdrMessage.parse(JSON.parse(JSON.stringify(cdrMessage(anEnded({ stir }), new Date(ended)))));
    expect(records.map((record) => readRecord(record, 1_001))).toMatchObject([{ cdr: { leg: 'a', stir } }]);
  });

  test('has the seconds from the answer of its destination, and what it went over', () => {
    expect(callCdrs(anEnded())).toEqual([
      {
        call_id: aCall().id,
        leg: 'a',
        direction: 'outbound',
        caller: '+4610100555',
        callee: '+46890510',
        start_time: created,
        answer_time: answered,
        end_time: ended,
        disposition: 'ANSWERED',
        trunk_id: 'trunk_1',
        gateway_id: 'gw_1',
        device_id: 'dev_1',
        user_id: 'usr_1',
        cause: { q850: 16 },
      },
    ]);
  });

  test.each([
    [
      'what the gateway was sent, as its carrier reads it',
      { kind: 'gateway', target: '004420794600', number: '+44207' },
      '+44207',
    ],
    ['what the gateway was sent, if that is no number', { kind: 'gateway', target: '#44207', number: null }, '#44207'],
    ['the number in a SIP URI', { kind: 'sip', target: '44207', number: '+44207' }, '+44207'],
    ['what was dialed, for a SIP URI without a number', { kind: 'sip', target: 'alice', number: null }, '+46890510'],
    ['what was dialed, for a phone', { kind: 'line', target: 'alice', number: null }, '+46890510'],
  ] as const)('has as callee %s', (_what, leg, callee) => {
    const destination = aLeg({ timestamps: { trying: created, answered, hangup: ended }, ...leg });
    expect(callCdrs(anEnded({ legs: [source, destination] }))[0]).toMatchObject({ callee });
  });

  test('has the extension that was dialed as callee of a phone line', () => {
    const line = aLeg({ kind: 'line', target: 'a1b2', number: null, timestamps: { trying: created, hangup: ended } });
    const requested = { scheme: 'sip', user: '202', name: '' } as const;
    const call = anEnded({
      direction: 'internal',
      numbers: { ...aCall().numbers, called: null },
      destination: { ...aCall().destination, requested, to: { ...requested, user: 'a1b2' } },
      legs: [source, line],
    });
    expect(callCdrs(call)[0]).toMatchObject({ callee: '202', caller: '+4610100555' });
    expect(callCdrs({ ...call, privacy: true })[0]).toMatchObject({ caller: 'anonymous' });
  });

  test('does not exist before the end', () => {
    expect(callCdrs(aCall({ status: 'answered' }))).toEqual([]);
  });

  test.each<[string, Partial<CallHangup>]>([
    ['BUSY', { cause: 'USER_BUSY', sip_code: 486, by: 'callee' }],
    ['NO ANSWER', { cause: 'NO_ANSWER', sip_code: 487, by: 'system' }],
    ['NO ANSWER', { cause: 'RECOVERY_ON_TIMER_EXPIRE', sip_code: 408, by: 'callee' }],
    ['CANCELLED', { cause: 'ORIGINATOR_CANCEL', sip_code: 487, by: 'caller' }],
    ['CANCELLED', { cause: 'NORMAL_CLEARING', by: 'api' }],
    ['FAILED', { cause: 'NORMAL_TEMPORARY_FAILURE', sip_code: 503, by: 'callee' }],
    ['FAILED', { cause: 'SYSTEM_SHUTDOWN', by: 'system' }],
  ])('that no one answered is %s after %j', (disposition, hangup) => {
    const [cdr] = callCdrs(unanswered(hangup));
    expect(cdr).toMatchObject({ disposition });
    expect(cdr).not.toHaveProperty('answer_time');
  });

  test('names the number that was sent to the carrier, and the charged number as caller', () => {
    const [cdr] = callCdrs(
      anEnded({
        legs: [source, aLeg({ number: '+442079460000', timestamps: { answered, hangup: ended } })],
        numbers: { ...aCall().numbers, billing: '+4610100999' },
      }),
    );
    expect(cdr).toMatchObject({ caller: '+4610100999', callee: '+442079460000' });
  });

  test('of a withheld caller from outside names nobody', () => {
    expect(callCdrs(anEnded({ direction: 'inbound', privacy: true }))[0]?.caller).toBe('anonymous');
  });
});

describe('other legs', () => {
  const called = aLeg({
    role: 'source',
    number: '+4610100555',
    timestamps: { trying: created, answered, hangup: ended },
  });

  test('a source that the API called over a gateway is charged as leg b', () => {
    const cdrs = callCdrs(anEnded({ began_by: 'api', legs: [called, aLeg({ timestamps: { trying: answered } })] }));
    expect(cdrs.map(({ leg, callee, disposition }) => [leg, callee, disposition])).toEqual([
      ['a', '+46890510', 'CANCELLED'],
      ['b', '+4610100555', 'ANSWERED'],
    ]);
  });

  test('a source that called over a trunk is not', () => {
    expect(callCdrs(anEnded({ began_by: 'trunk', legs: [called, aLeg()] })).map(({ leg }) => leg)).toEqual(['a']);
  });

  test('a party to which the call was transferred over a gateway is charged, one inside is not', () => {
    const inside = aLeg({ kind: 'device', device_id: 'dev_2', gateway_id: null, trunk_id: null });
    const outside = aLeg({ number: '+442079460000', timestamps: { trying: answered, answered, hangup: ended } });
    const cdrs = callCdrs(anEnded({ legs: [...anEnded().legs, inside, outside] }));
    expect(cdrs.map(({ leg, callee }) => [leg, callee])).toEqual([
      ['a', '+46890510'],
      ['t2', '+442079460000'],
    ]);
  });
});

describe('a call that was transferred', () => {
  const left = '2026-11-22T10:00:40.000Z';
  const former = aLeg({ status: 'hangup', timestamps: { trying: created, answered, hangup: left }, q850: 16 });
  const next = (hangup?: string) =>
    aLeg({
      number: '+442079460000',
      status: hangup === undefined ? 'answered' : 'hangup',
      timestamps: { created: answered, answered: left, ...(hangup === undefined ? {} : { hangup }) },
    });

  test('has a leg that begins with its INVITE', () => {
    const invited = '2026-11-22T10:00:12.000Z';
    const leg = next(ended);
    const cdrs = callCdrs(
      anEnded({ legs: [source, former, { ...leg, timestamps: { ...leg.timestamps, trying: invited } }] }),
    );
    expect(cdrs.map((cdr) => cdr.start_time)).toEqual([created, invited]);
  });

  test('charges each party for its own time', () => {
    const cdrs = callCdrs(anEnded({ legs: [source, former, next(ended)] }));
    expect(cdrs.map(({ leg, answer_time, end_time }) => [leg, answer_time, end_time])).toEqual([
      ['a', answered, left],
      ['t1', left, ended],
    ]);
  });

  test('names the CDR of a party by its transfer, as others may have failed', () => {
    const cdrs = callCdrs(anEnded({ legs: [source, former, { ...next(ended), transfer: 3 }] }));
    expect(cdrs.map(({ leg }) => leg)).toEqual(['a', 't3']);
  });

  test('has the CDR of the party that has left while it goes on, and the same one at its end', () => {
    const legs = [source, former];
    const early = callCdrs(
      anEnded({ status: 'answered', timestamps: { created, answered }, hangup: null, legs: [...legs, next()] }),
    );
    expect(early.map(({ leg }) => leg)).toEqual(['a']);
    const hangup: CallHangup = { cause: 'USER_BUSY', q850: 17, sip_code: 486, by: 'callee' };
    expect(callCdrs(anEnded({ legs: [...legs, next(ended)], hangup }))[0]).toEqual(early[0]);
  });

  test('from outside lasts until its end, to whomever it is transferred', () => {
    const [cdr] = callCdrs(anEnded({ direction: 'inbound', legs: [source, former, next(ended)] }));
    expect(cdr).toMatchObject({ leg: 'a', answer_time: answered, end_time: ended });
  });

  test('from outside charges its caller until that leaves, although the call goes on', () => {
    const caller = { ...source, kind: 'trunk', timestamps: { created, answered, hangup: left } } as const;
    const to = aLeg({ kind: 'device', timestamps: { created, answered, hangup: ended } });
    const call = anEnded({ direction: 'inbound', legs: [caller, to, { ...next(ended), role: 'source' }] });
    const [record] = CdrMessage.parse(cdrMessage(call, new Date(ended))).records;
    expect(readRecord(record, 1_001)).toMatchObject({ cdr: { direction: 'inbound', billable_seconds: 30 } });
  });

  test('inside lasts until its end, to whomever it is transferred', () => {
    const first = { ...former, kind: 'application' } as const;
    const hangup: CallHangup = { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'callee' };
    const [cdr] = callCdrs(anEnded({ direction: 'internal', legs: [source, first, next(ended)], hangup }));
    expect(cdr).toMatchObject({ leg: 'a', answer_time: answered, end_time: ended });
  });

  test('to a party that was busy has a CDR of it that says so', () => {
    const busy = aLeg({ status: 'hangup', sip_code: 486, q850: 17, timestamps: { created: answered, hangup: left } });
    const legs = [source, aLeg({ timestamps: { trying: created, answered, hangup: ended } }), busy];
    expect(callCdrs(anEnded({ legs }))[1]).toMatchObject({ leg: 't1', disposition: 'BUSY', end_time: left });
  });
});

test('whatever happened to a call, the ingestion takes its CDRs', () => {
  const time = fc.date({
    noInvalidDate: true,
    min: new Date('2026-11-22T00:00:00Z'),
    max: new Date('2026-11-22T20:00:00Z'),
  });
  const times = fc
    .dictionary(fc.constantFrom(...callStatuses), time)
    .map((at) => Object.fromEntries(Object.entries(at).map(([status, date]) => [status, date.toISOString()])));
  const legs = fc.array(
    fc.record({
      kind: fc.constantFrom('device', 'gateway', 'trunk', 'sip'),
      role: fc.constantFrom('source', 'destination'),
      number: fc.constantFrom('+46890510', null),
      timestamps: times,
    }),
    { maxLength: 4 },
  );
  const hangups = fc.record({
    cause: fc.constantFrom(...(Object.keys(hangupCauses) as HangupCause[])),
    q850: fc.option(fc.integer({ min: 0, max: 127 })),
    sip_code: fc.option(fc.integer({ min: 300, max: 699 })),
    by: fc.constantFrom(...hangupSides),
  });
  fc.assert(
    fc.property(legs, hangups, times, fc.constantFrom('api', 'phone', 'trunk'), (each, hangup, at, began_by) => {
      const call = anEnded({
        began_by,
        hangup,
        timestamps: { ...at, hangup: ended },
        legs: each.map((fields) => aLeg(fields)),
      });
      const message = CdrMessage.parse(cdrMessage(call, new Date(ended)));
      expect(message.records.map((record) => readRecord(record, 1_001))).not.toContainEqual(
        expect.objectContaining({ rejection: expect.anything() }),
      );
      expect(new Set(callCdrs(call).map(({ leg }) => leg)).size).toBe(message.records.length);
    }),
  );
});

describe('the CDRs of a call that a user has forwarded outside', () => {
  const forward = { number: 1, user_id: 'usr_2', caller: '+46890511' };
  const from = '2026-11-22T10:00:05.000Z';
  const phone = aLeg({
    ...{ kind: 'device', target: '202', number: null, gateway_id: null, trunk_id: null, device_id: 'dev_2' },
    timestamps: { created, hangup: ended },
  });
  const forwardedLeg = (times: Partial<Record<'answered' | 'hangup', string>>) =>
    aLeg({ forward, number: '+14155550100', timestamps: { created: from, ...times } });
  const requested = { scheme: 'sip', user: '202', name: '' } as const;
  const forwardedCall = (direction: Call['direction'], ...legs: Call['legs']) =>
    anEnded({
      direction,
      numbers: { ...aCall().numbers, called: null },
      destination: { ...aCall().destination, requested },
      legs: [source, phone, ...legs],
    });

  test.each(['internal', 'inbound'] as const)(
    'are that of its %s call, and one of who pays for the forward',
    (direction) => {
      const cdrs = callCdrs(forwardedCall(direction, forwardedLeg({ answered, hangup: ended })));
      expect(cdrs).toMatchObject([
        { leg: 'a', direction, callee: '202', answer_time: answered, end_time: ended, disposition: 'ANSWERED' },
        {
          ...{ leg: 'f1', direction: 'outbound', caller: '+46890511', callee: '+14155550100', user_id: 'usr_2' },
          ...{ gateway_id: 'gw_1', start_time: from, answer_time: answered, end_time: ended, disposition: 'ANSWERED' },
        },
      ]);
      expect(cdrs[0]).not.toHaveProperty('gateway_id');
    },
  );

  test('charge no forward that was not answered', () => {
    const failed = { ...forwardedLeg({ hangup: answered }), sip_code: 486, q850: 17 };
    expect(callCdrs(forwardedCall('internal', failed))).toMatchObject([
      { leg: 'a' },
      { leg: 'f1', disposition: 'BUSY' },
    ]);
    expect(callCdrs(forwardedCall('internal', failed))[1]).not.toHaveProperty('answer_time');
  });

  test('charge one that was answered and not accepted, without an answer of the call', () => {
    const declined = forwardedLeg({ answered: from, hangup: '2026-11-22T10:00:08.000Z' });
    const [main, leg] = callCdrs({ ...forwardedCall('internal', declined), timestamps: { created, hangup: ended } });
    expect(leg).toMatchObject({ leg: 'f1', answer_time: from, disposition: 'ANSWERED' });
    expect(main).not.toHaveProperty('answer_time');
  });
});
