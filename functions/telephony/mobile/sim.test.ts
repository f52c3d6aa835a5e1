import { describe, expect, test } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import {
  changedSim,
  checkRemovable,
  iccidOf,
  newSim,
  NewSim,
  replacedSim,
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
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'done';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe('states', () => {
  const allowed: Readonly<Record<SimStatus, Partial<Record<SimAction, SimStatus>>>> = {
    registered: { activate: 'active', terminate: 'terminated', assign: 'registered' },
    active: { suspend: 'suspended', terminate: 'terminated', assign: 'active' },
    suspended: { resume: 'active', terminate: 'terminated', assign: 'suspended' },
    terminated: {},
  };
  const all = simStatuses.flatMap((status) =>
    simActions.map((action) => [status, action, allowed[status][action]] as const),
  );

  test.each(all)('from %s by %s to %s', (status, action, to) => {
    const change = () =>
      changedSim(sim({ status }), { action, user_id: action === 'assign' ? null : undefined }, now).status;
    if (to === undefined) expect(codeOf(change)).toBe('INVALID_STATE');
    else expect(change()).toBe(to);
  });

  test('a SIM is activated with a number, now or before', () => {
    expect(codeOf(() => changedSim(sim({ msisdn: null }), { action: 'activate' }, now))).toBe('VALIDATION_FAILED');
    expect(changedSim(sim({ msisdn: null }), { action: 'activate', msisdn: '+46701234568' }, now)).toMatchObject({
      status: 'active',
      activated_at: now,
    });
    expect(codeOf(() => replacedSim(sim({ status: 'active' }), {}, now))).toBe('VALIDATION_FAILED');
  });

  test('suspended it says why, and resumed no more; terminated its number is free', () => {
    const suspended = changedSim(sim({ status: 'active' }), { action: 'suspend', reason: 'lost' }, now);
    expect([
      suspended.suspend_reason,
      changedSim(suspended, { action: 'resume' }, now).suspend_reason,
      changedSim(suspended, { action: 'terminate' }, now).msisdn,
    ]).toEqual(['lost', null, null]);
  });

  test('a terminated one changes its label only, and alone is deleted', () => {
    const over = sim({ status: 'terminated' });
    expect([
      codeOf(() => changedSim(over, { label: 'x' }, now)),
      codeOf(() => changedSim(over, { plan: 'x' }, now)),
      codeOf(() => replacedSim(over, {}, now)),
    ]).toEqual(['done', 'INVALID_STATE', 'INVALID_STATE']);
    expect(simStatuses.map((status) => codeOf(() => checkRemovable(sim({ status }))))).toEqual([
      'SIM_NOT_TERMINATED',
      'SIM_NOT_TERMINATED',
      'SIM_NOT_TERMINATED',
      'done',
    ]);
  });

  test('a user is assigned by an action', () => {
    expect(codeOf(() => changedSim(sim(), { user_id: 'usr_1' }, now))).toBe('VALIDATION_FAILED');
    expect(changedSim(sim(), { action: 'assign', user_id: 'usr_1' }, now).user_id).toBe('usr_1');
    expect(codeOf(() => changedSim(sim(), { action: 'assign' }, now))).toBe('VALIDATION_FAILED');
  });
});

test('replaced it keeps state and making', () => {
  expect(
    replacedSim(sim({ label: 'old', status: 'active' }), { msisdn: '+46701234567', plan: 'new' }, now),
  ).toMatchObject({ label: null, plan: 'new', status: 'active', version: 2 });
});

describe('an ICCID', () => {
  test.each([
    ['8991101200003204514', true],
    ['89911012000032045104', true],
    ['89911012000032045100', false],
    ['8991101200003204511', false],
    ['899110120000320451', false],
  ])('%s is one: %s', (value, expected) => {
    expect(NewSim.safeParse({ iccid: value }).success).toBe(expected);
  });

  test('stands in the path or in the body, and not two', () => {
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
