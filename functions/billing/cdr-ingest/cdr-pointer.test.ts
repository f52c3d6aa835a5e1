import { describe, expect, test } from 'vitest';
import { pointerTo, restoreCdr, restorePointer, stateOf, storeCdr, storePointer } from './cdr-pointer.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { filedCdrOf } from './filed-cdr.fixture.ts';

const cdr = filedCdrOf({ cause: { q850: 16 }, custom: { 2: 'b', a: [null, 1.5], 'it\'s "quoted"': 'ß\u0000' } });

describe('the stored form', () => {
  test('of a CDR restores every field', () => {
    expect(restoreCdr(storeCdr(cdr))).toEqual(cdr);
  });

  test('of a CDR and of its pointer restore the same pointer', () => {
    expect(restorePointer(storeCdr(cdr))).toEqual(pointerTo(cdr));
    expect(restorePointer(storePointer(pointerTo(cdr)))).toEqual(pointerTo(cdr));
  });

  test('of a CDR from before corrections restores it as the first record', () => {
    const { rest, ...pointer } = storeCdr(cdr);
    const fields = Object.entries(JSON.parse(String(rest)) as Record<string, unknown>);
    const before = fields.filter(([name]) => !['quality', 'record_revision', 'void'].includes(name));
    const restored = restoreCdr({ ...pointer, rest: JSON.stringify(Object.fromEntries(before)) });
    expect(restored).toEqual({ ...cdr, quality: null, record_revision: 1, void: false });
    expect(stateOf(restored)).toBe(pointer['state']);
  });

  test('of a pointer is a list of values in this order', () => {
    expect(storePointer(pointerTo(cdr))).toEqual({
      pointer: JSON.stringify([
        cdr.id,
        '2026-11-15T10:30:00Z',
        0,
        'call-1',
        'a',
        '+14155551234',
        '+14155555678',
        null,
        null,
        null,
        'outbound',
        'ANSWERED',
        342,
        'rated',
      ]),
    });
  });
});

describe('the state of a CDR', () => {
  const rated = (rating: Partial<FiledCdr['rating']>): FiledCdr => ({ ...cdr, rating: { ...cdr.rating, ...rating } });

  test('changes with its content, its record, its rating and its wholesale rating', () => {
    const versions = [
      cdr,
      filedCdrOf({ callee: '+14155550000' }),
      { ...cdr, received_as: 'm2#0' },
      rated({ revision: 2 }),
      { ...cdr, updates: 1 },
      { ...cdr, updates: 2 },
      rated({ wholesale: cdr.rating }),
      rated({ wholesale: { ...cdr.rating, revision: 2 } }),
    ];
    expect(new Set(versions.map(stateOf)).size).toBe(versions.length);
  });

  test('does not change with anything else', () => {
    expect(stateOf({ ...cdr, trunk_id: 'other' })).toBe(stateOf(cdr));
  });
});
