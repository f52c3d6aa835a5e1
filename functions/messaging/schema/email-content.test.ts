import { expect, test } from 'vitest';
import { contentBytes, contentOf, type EmailContent } from './email-content.ts';

test('content is read back as it was stored', () => {
  const content: EmailContent = {
    html: '<p>Å "\u2028</p>',
    text: 'Å\n',
    attachments: [
      { filename: 'å.txt', type: 'text/plain', content: 'SGVq' },
      { filename: 'b.pdf', type: 'application/pdf', key: 'org_1001/files/file_1/1' },
    ],
  };
  expect(contentOf(contentBytes(content))).toEqual(content);
});
