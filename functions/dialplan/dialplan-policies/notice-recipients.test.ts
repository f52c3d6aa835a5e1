import { expect, test } from 'vitest';
import { noticeWarnings } from './notice-recipients.ts';

test('a save warns of each address that no user of the organization has', () => {
  const users = new Set(['ann@example.com']);
  expect(noticeWarnings(['ann@example.com', 'eve@example.com'], users)).toEqual([
    'notify: eve@example.com is no user of the organization, and gets no e-mail',
  ]);
  expect(noticeWarnings([], users)).toEqual([]);
});
