import { describe, expect, test } from 'vitest';
import type { DeviceLine } from '#schema/device.ts';
import { buildLines, WantedLines } from './lines.ts';

let names = 0;
const newUsername = (): string => `name-${(names += 1)}`;

describe('lines', () => {
  const lines = (wanted: Parameters<typeof buildLines>[0], before: readonly DeviceLine[] = []) =>
    buildLines(wanted, before, newUsername);

  test('get the next free number; line 1 is primary, others are shared', () => {
    expect(
      lines([{ extension: '1' }, { extension: '3', line_number: 2 }, { extension: '2' }]).map(
        ({ line_number: number, extension, type }) => [number, extension, type],
      ),
    ).toEqual([
      [1, '1', 'primary'],
      [2, '3', 'shared'],
      [3, '2', 'shared'],
    ]);
  });

  test('have unique numbers, and at most 16 of them register', () => {
    expect(() =>
      lines([
        { extension: '1', line_number: 2 },
        { extension: '2', line_number: 2 },
      ]),
    ).toThrow('line 2 appears twice');
    expect(() => lines(Array.from({ length: 17 }, () => ({ extension: '1' })))).toThrow('at most 16');
    expect(
      lines(Array.from({ length: 48 }, (_value, at) => ({ extension: '1', type: at < 16 ? 'shared' : 'blf' }))),
    ).toHaveLength(48);
  });

  test('keep their accounts, and new lines use the accounts of removed ones', () => {
    const before = lines([{ extension: '1' }, { extension: '2' }]);
    const after = lines(
      [
        { extension: '9', line_number: 1 },
        { extension: '8', line_number: 5, type: 'shared' },
        { extension: '7', line_number: 6, type: 'blf' },
      ],
      before,
    );
    expect(after.map(({ sip_username: name }) => name)).toEqual([
      before[0]?.sip_username,
      before[1]?.sip_username,
      null,
    ]);
  });
});

describe('a line', () => {
  test.each([
    ['extension', '*12#', '12a'],
    ['extension', '1'.repeat(16), '1'.repeat(17)],
    ['line_number', 48, 49],
    ['line_number', 1, 0],
    ['label', 'x'.repeat(64), 'x'.repeat(65)],
    ['label', "it's", 'a "quoted" label'],
    ['type', 'blf', 'private'],
  ])('limits %s: %s is accepted and %s is not', (field, accepted, rejected) => {
    expect(
      [accepted, rejected].map((value) => WantedLines.safeParse([{ extension: '1', [field]: value }]).success),
    ).toEqual([true, false]);
  });

  test('list has at most 48 entries', () => {
    const list = (length: number) => Array.from({ length }, () => ({ extension: '1' }));
    expect([48, 49].map((length) => WantedLines.safeParse(list(length)).success)).toEqual([true, false]);
  });
});
