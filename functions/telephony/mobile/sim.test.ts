import { describe, expect, test } from 'vitest';
import { codeOf } from '#test/support/errors.fixture.ts';
import {
  changeSim,
  assertDeletable,
  iccidOf,
  newSim,
  NewSim,
  replaceSim,
  simActions,
  simStatuses,
  type SimAction,
  type SimItem,
  type SimStatus,
} from './sim.ts';

const now = '2026-11-20T10:00:00.000Z';
const iccid = '8991101200003204514';
const sim = (more: Partial<SimItem> = {}): SimItem => ({
  ...newSim({ msisdn: '+46701234567' }, { id: 'sim_1', iccid, now }),
  ...more,
});

describe('the status of a SIM', () => {
  const allowed: Readonly<Record<SimStatus, Partial<Record<SimAction, SimStatus>>>> = {
    registered: { activate: 'active', terminate: 'terminated', assign: 'registered' },
    active: { suspend: 'suspended', terminate: 'terminated', assign: 'active' },
    suspended: { resume: 'active', terminate: 'terminated', assign: 'suspended' },
    terminated: {},
  };
  const all = simStatuses.flatMap((status) =>
    simActions.map((action) => [status, action, allowed[status][action]] as const),
  );

  test.each(all)('from %s by %s becomes %s', (status, action, to) => {
    const change = () =>
      changeSim(sim({ status }), { action, user_id: action === 'assign' ? null : undefined }, now).status;
    if (to === undefined) expect(codeOf(change)).toBe('INVALID_STATE');
    else expect(change()).toBe(to);
  });

  test('is active only with a number, in the request or before', () => {
    expect(codeOf(() => changeSim(sim({ msisdn: null }), { action: 'activate' }, now))).toBe('VALIDATION_FAILED');
    expect(changeSim(sim({ msisdn: null }), { action: 'activate', msisdn: '+46701234568' }, now)).toMatchObject({
      status: 'active',
      activated_at: now,
    });
    expect(codeOf(() => replaceSim(sim({ status: 'active' }), {}, now))).toBe('VALIDATION_FAILED');
  });

  test('has a reason while suspended; termination frees its number', () => {
    const suspended = changeSim(sim({ status: 'active' }), { action: 'suspend', reason: 'lost' }, now);
    expect([
      suspended.suspend_reason,
      changeSim(suspended, { action: 'resume' }, now).suspend_reason,
      changeSim(suspended, { action: 'terminate' }, now).msisdn,
    ]).toEqual(['lost', null, null]);
  });

  test('once terminated, allows a new label and the deletion only', () => {
    const over = sim({ status: 'terminated' });
    expect([
      codeOf(() => changeSim(over, { label: 'x' }, now)),
      codeOf(() => changeSim(over, { plan: 'x' }, now)),
      codeOf(() => replaceSim(over, {}, now)),
    ]).toEqual([null, 'INVALID_STATE', 'INVALID_STATE']);
    expect(simStatuses.map((status) => codeOf(() => assertDeletable(sim({ status }))))).toEqual([
      'SIM_NOT_TERMINATED',
      'SIM_NOT_TERMINATED',
      'SIM_NOT_TERMINATED',
      null,
    ]);
  });

  test('a user is assigned by the action `assign` only', () => {
    expect(codeOf(() => changeSim(sim(), { user_id: 'usr_1' }, now))).toBe('VALIDATION_FAILED');
    expect(changeSim(sim(), { action: 'assign', user_id: 'usr_1' }, now).user_id).toBe('usr_1');
    expect(codeOf(() => changeSim(sim(), { action: 'assign' }, now))).toBe('VALIDATION_FAILED');
  });
});

test('replacing a SIM keeps its status and creation', () => {
  expect(
    replaceSim(sim({ label: 'old', status: 'active' }), { msisdn: '+46701234567', plan: 'new' }, now),
  ).toMatchObject({ label: null, plan: 'new', status: 'active', version: 2 });
});

describe('an ICCID', () => {
  test.each([
    ['8991101200003204514', true],
    ['89911012000032045104', true],
    ['89911012000032045100', false],
    ['8991101200003204511', false],
    ['899110120000320451', false],
  ])('%s is valid: %s', (value, expected) => {
    expect(NewSim.safeParse({ iccid: value }).success).toBe(expected);
  });

  test('is in the path or in the body, and the same in both', () => {
    expect(iccidOf({}, { path: iccid, before: undefined })).toBe(iccid);
    expect(
      [{ iccid: '8991101200003204522' }].map((body) => codeOf(() => iccidOf(body, { path: iccid, before: undefined }))),
    ).toEqual(['VALIDATION_FAILED']);
    expect([
      codeOf(() => iccidOf({}, { path: undefined, before: undefined })),
      codeOf(() => iccidOf({}, { path: '8991101200003204511', before: undefined })),
    ]).toEqual(['MISSING_FIELD', 'INVALID_ICCID']);
  });
});
