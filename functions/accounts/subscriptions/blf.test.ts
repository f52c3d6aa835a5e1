import { describe, expect, test } from 'vitest';
import { codeOf } from '#test/support/errors.fixture.ts';
import { blfList, knownTargets, presentBlf, wantedTargets, watchedUsers, withoutTarget } from './blf.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const wanted = (targets: object[]) => wantedTargets({ targets, autoRenew: true });
const ann = { target_id: 'usr_1', extension: '101', display_name: 'Ann' };
const line = { target_id: null, extension: '300', display_name: '300' };

describe('targets', () => {
  test('have the number of their position, unless they name another', () => {
    expect(wanted([{ targetId: 'usr_1' }, { targetExtension: '300', buttonIndex: 9 }, { targetId: 'usr_3' }])).toEqual([
      { id: 'usr_1', button: 1 },
      { extension: '300', button: 9 },
      { id: 'usr_3', button: 3 },
    ]);
  });

  test.each([
    ['a number twice', [{ targetId: 'usr_1', buttonIndex: 2 }, { targetId: 'usr_2' }], 'VALIDATION_FAILED'],
    ['both names', [{ targetId: 'usr_1', targetExtension: '1' }], 'VALIDATION_FAILED'],
    ['no name', [{}], 'MISSING_FIELD'],
  ])('are rejected with %s', (_name, targets, code) => {
    expect(codeOf(() => wanted(targets))).toBe(code);
  });

  test('are required', () => {
    expect(codeOf(() => wantedTargets({ autoRenew: true }))).toBe('MISSING_FIELD');
  });

  test('are listed by their numbers; those that do not exist are named', () => {
    const asked = wanted([{ targetId: 'usr_1', buttonIndex: 5 }, { targetExtension: '300' }]);
    expect(knownTargets(asked, [ann, line]).map(({ button, extension }) => [button, extension])).toEqual([
      [2, '300'],
      [5, '101'],
    ]);
    expect(() => knownTargets(asked, [ann, undefined])).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_TARGET',
        details: [expect.objectContaining({ path: 'targets[1].targetExtension' })],
      }) as Error,
    );
  });
});

const targets = [
  { ...ann, button: 1 },
  { ...line, button: 2 },
];
const made = { id: 'sub_1', entity: 'dev_1', now };

describe('a list', () => {
  const list = blfList(undefined, { autoRenew: true }, targets, made);

  test('has a term of 30 days, or until the given end', () => {
    expect(list).toMatchObject({ expires_at: '2026-12-20T10:00:00.000Z', term: 30 * 86_400_000, version: 1 });
    const until = blfList(list, { autoRenew: false, expiresAt: '2026-11-20T11:00:00.000Z' }, targets, made);
    expect(until).toMatchObject({ term: 3_600_000, auto_renew: false, version: 2, created_at: now.toISOString() });
    expect(codeOf(() => blfList(list, { autoRenew: true, expiresAt: now.toISOString() }, targets, made))).toBe(
      'VALIDATION_FAILED',
    );
  });

  test('is answered with the present names, and expires when it is read', () => {
    const people = [{ id: 'usr_1', extension: '111', display_name: 'Ann Lee' }];
    const at = (time: Date) => presentBlf({ ...list, auto_renew: false }, people, { organization: 1001, now: time });
    expect(at(now)).toEqual({
      subscriptionId: 'sub_1',
      entityType: 'blf',
      entityId: 'dev_1',
      organizationId: 'org_1001',
      status: 'active',
      subscriptionType: 'blf_monitoring',
      targets: [
        { targetId: 'usr_1', targetExtension: '111', displayName: 'Ann Lee', buttonIndex: 1 },
        { targetId: null, targetExtension: '300', displayName: '300', buttonIndex: 2 },
      ],
      maxTargets: 50,
      protocol: 'SIP',
      expiresAt: '2026-12-20T10:00:00.000Z',
      autoRenew: false,
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
    });
    expect(at(new Date('2026-12-20T10:00:00.000Z')).status).toBe('expired');
  });

  test('loses a deleted user', () => {
    expect(watchedUsers(list)).toEqual(['usr_1']);
    expect(withoutTarget(list, 'usr_1', now)).toMatchObject({ targets: [{ extension: '300' }], version: 2 });
    expect(watchedUsers(undefined)).toEqual([]);
  });
});
