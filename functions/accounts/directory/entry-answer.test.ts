import { expect, test } from 'vitest';
import { presentEntry } from './entry-answer.ts';
import { newContact, NewEntry } from './entry.ts';

const home = { org_id: 1001, timezone: 'Europe/Stockholm' };
const wanted = NewEntry.parse({ displayName: 'Åsa Öberg', email: 'asa@example.com', extension: '204' });
const entry = newContact('dir_1', wanted, '2026-11-01T12:00:00.000Z');

test('an entry without a time zone and a presence has the time zone of its organization, and is offline', () => {
  expect(presentEntry(entry, home)).toMatchObject({
    orgId: 'org_1001',
    timezone: 'Europe/Stockholm',
    presence: { status: 'offline', message: null, lastUpdated: null },
  });
});

test('a view shows its fields only, and always the id, the name and the extension', () => {
  const fields = (view: 'summary' | 'contact') => Object.keys(presentEntry(entry, home, view)).toSorted();
  const always = ['displayName', 'extension', 'userId'];
  expect(fields('summary')).toEqual([...always, 'department', 'orgId', 'title'].toSorted());
  expect(fields('contact')).toEqual([...always, 'contactInfo', 'directNumber', 'email'].toSorted());
});
