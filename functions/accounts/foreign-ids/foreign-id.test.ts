import { describe, expect, test } from 'vitest';
import { assertFree, changesOf, ForeignIdChange, foreignIdOfType, withChanges, type ForeignId } from './foreign-id.ts';

const now = '2026-11-01T12:00:00.000Z';
const earlier = '2026-10-01T12:00:00.000Z';
const stored = (type: string, value: string): ForeignId => ({
  user_id: 'usr_1',
  type,
  value,
  created_at: earlier,
  updated_at: earlier,
  version: 3,
});
const wanted = (...pairs: [string, string][]): ForeignIdChange => ({
  foreignIds: pairs.map(([foreignIdType, foreignId]) => ({ foreignIdType, foreignId })),
});

describe('a change of foreign ids', () => {
  test('a new type is created now', () => {
    const [changed] = changesOf(wanted(['crm', '7']), { user: 'usr_1', stored: [], now });
    expect(changed).toEqual({
      before: undefined,
      after: { user_id: 'usr_1', type: 'crm', value: '7', created_at: now, updated_at: now, version: 1 },
    });
  });

  test('another value keeps the time of creation and is the next version', () => {
    const before = stored('crm', '7');
    const [changed] = changesOf(wanted(['crm', '8']), { user: 'usr_1', stored: [before], now });
    expect(changed).toEqual({ before, after: { ...before, value: '8', updated_at: now, version: 4 } });
  });

  test('an equal value is no change', () => {
    expect(changesOf(wanted(['crm', '7']), { user: 'usr_1', stored: [stored('crm', '7')], now })).toEqual([]);
  });

  test('values are compared exactly', () => {
    expect(changesOf(wanted(['crm', 'A']), { user: 'usr_1', stored: [stored('crm', 'a')], now })).toHaveLength(1);
  });

  test.each(['0055g00000A1b2', '0055g00000A1b2CAAR7', '0055g00000A1b2-AAR'])(
    'the Salesforce id %s is rejected with its position',
    (value) => {
      const decide = () => changesOf(wanted(['crm', '7'], ['salesforce', value]), { user: 'usr_1', stored: [], now });
      expect(decide).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
      expect(decide).toThrow(
        expect.objectContaining({ details: [expect.objectContaining({ path: 'foreignIds[1].foreignId' })] }),
      );
    },
  );

  test('types that are not named stay, and all are ordered by type', () => {
    const kept = [stored('crm', '7'), stored('sso', '9')];
    const changed = changesOf(wanted(['erp', '8']), { user: 'usr_1', stored: kept, now });
    expect(withChanges(kept, changed).map(({ type, value }) => [type, value])).toEqual([
      ['crm', '7'],
      ['erp', '8'],
      ['sso', '9'],
    ]);
  });

  test.each([
    ['no id', []],
    [
      'a type twice',
      [
        { foreignIdType: 'crm', foreignId: '1' },
        { foreignIdType: 'crm', foreignId: '2' },
      ],
    ],
    ['a type in upper case', [{ foreignIdType: 'CRM', foreignId: '1' }]],
    ['an empty value', [{ foreignIdType: 'crm', foreignId: ' ' }]],
    ['a value of 256 characters', [{ foreignIdType: 'crm', foreignId: 'x'.repeat(256) }]],
    ['21 ids', Array.from({ length: 21 }, (_, at) => ({ foreignIdType: `t${at}x`, foreignId: '1' }))],
  ])('%s is rejected', (_, foreignIds) => {
    expect(ForeignIdChange.safeParse({ foreignIds }).success).toBe(false);
  });
});

test('a value of another user is taken, by its position and without the user', () => {
  expect(() => assertFree('usr_1', [undefined, 'usr_1', 'usr_2'])).toThrow(
    expect.objectContaining({
      code: 'FOREIGN_ID_TAKEN',
      details: [{ path: 'foreignIds[2].foreignId', message: 'belongs to another user' }],
    }),
  );
  expect(() => assertFree('usr_1', [undefined, 'usr_1'])).not.toThrow();
});

test('a type that is not set is not found', () => {
  expect(() => foreignIdOfType([], 'crm')).toThrow('Foreign id not found');
});
