import { describe, expect, test } from 'vitest';
import { matchingField, noOwnFields, searchValues, type DirectoryEntry } from '../schema/directory.ts';
import { newUser } from '../users/user.ts';
import {
  assertOnlyOwnFields,
  changeContact,
  changeOwnFields,
  changesUser,
  changeUser,
  entryNameOf,
  EntryChange,
  matches,
  newContact,
  NewEntry,
} from './entry.ts';

const now = '2026-11-01T12:00:00.000Z';
const later = '2026-11-02T12:00:00.000Z';
const contact = (more: object = {}): DirectoryEntry =>
  newContact('dir_1', NewEntry.parse({ displayName: 'Åsa Öberg', email: 'Asa@Example.com', ...more }), now);
const isAccepted = (more: object): boolean => EntryChange.safeParse(more).success;

describe('a search', () => {
  test('finds names, e-mail and extension by their prefix, without case and accents', () => {
    const entry = contact({ firstName: 'Åsa', lastName: 'Öberg', extension: '204' });
    expect(['asa o', 'ÖB', 'ASA@', '20'].map((q) => matches(entry, { q }))).toEqual([true, true, true, true]);
    expect(['berg', 'example.com', '04'].map((q) => matches(entry, { q }))).toEqual([false, false, false]);
  });

  test('names one field of an entry that matches in several', () => {
    expect(matchingField(contact({ firstName: 'Åsa' }), 'asa')).toBe('display_name');
  });

  test('finds each number exactly', () => {
    const entry = contact({
      directNumber: '+461',
      contactInfo: { mobilePhone: '+462', workPhone: '+463', fax: '+464' },
    });
    expect(['+461', '+462', '+463', '+464', '+46'].map((number) => matches(entry, { number }))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('indexes at most 100 characters of a text, and no empty ones', () => {
    const values = searchValues({ ...contact(), username: 'x'.repeat(254), last_name: '' });
    expect(values.username).toHaveLength(100);
    expect(values).not.toHaveProperty('last_name');
  });
});

describe('a change', () => {
  test('of one number of the contact keeps the others', () => {
    const before = contact({ contactInfo: { mobilePhone: '+461', fax: '+462' } });
    const after = changeContact(before, { wanted: { contactInfo: { fax: null } }, now: later });
    expect([after.mobile_phone, after.fax, after.version, after.updated_at]).toEqual(['+461', null, 2, later]);
  });

  test('of the presence has the time of the change', () => {
    const change = { wanted: { presence: { status: 'busy' as const } }, now: later };
    expect(changeOwnFields(noOwnFields, change).presence).toEqual({ status: 'busy', message: null, updated_at: later });
  });

  test("of names is one of the user, and of the department is the entry's alone", () => {
    const given = { id: 'usr_1', username: 'ann', email: null, first_name: null, last_name: null };
    const user = newUser({ ...given, roles: [], must_change_password: false, now });
    const wanted = EntryChange.parse({ displayName: 'Ann', extension: '204', department: 'Sales' });
    expect(changeUser(user, { wanted, now: later })).toMatchObject({ display_name: 'Ann', extension: '204' });
    expect([changesUser(wanted), changesUser({ department: 'Sales' })]).toEqual([true, false]);
  });

  test('without users:write is of presence and contactInfo only', () => {
    expect(() => assertOnlyOwnFields({ presence: null, contactInfo: {} })).not.toThrow();
    expect(() => assertOnlyOwnFields({ department: 'Sales' })).toThrow(
      expect.objectContaining({ code: 'INSUFFICIENT_SCOPE' }),
    );
  });

  test('that replaces a contact clears what is absent and keeps the time of creation', () => {
    const before = contact({ department: 'Sales', extension: '204' });
    const wanted = NewEntry.parse({ displayName: 'Bo', email: 'bo@example.com' });
    expect(newContact('dir_1', wanted, later, before)).toMatchObject({
      department: null,
      extension: null,
      created_at: now,
      version: 2,
    });
  });

  test.each([
    ['a text of 101 characters', { title: 'x'.repeat(101) }],
    ['a presence message of 141 characters', { presence: { status: 'dnd', message: 'x'.repeat(141) } }],
    ['an avatar over http', { avatar: 'http://example.com/a.png' }],
    ['a number that is no E.164', { contactInfo: { fax: '0461' } }],
    ['an extension of one digit', { extension: '2' }],
    ['an unknown presence', { presence: { status: 'asleep' } }],
  ])('%s is rejected', (_, wanted) => {
    expect(isAccepted(wanted)).toBe(false);
  });
});

test('a path names an entry by id, extension or e-mail address', () => {
  expect(['dir_1', '204', 'Ann@Example.com', 'ann@bücher.example'].map(entryNameOf)).toEqual([
    { by: 'id', value: 'dir_1' },
    { by: 'extension', value: '204' },
    { by: 'email', value: 'ann@example.com' },
    { by: 'email', value: 'ann@xn--bcher-kva.example' },
  ]);
});
