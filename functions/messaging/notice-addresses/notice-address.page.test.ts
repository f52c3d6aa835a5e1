import { expect, test } from 'vitest';
import { confirmedPage, questionPage } from './notice-address.ts';

const asked = { address: '"<b>"@example.com', organization: 'org_1001' };

test('an address and a token are text, whatever they have', () => {
  const question = questionPage(asked, '"><script>');
  expect(question).toContain('&quot;&lt;b&gt;&quot;@example.com');
  expect(question).toContain('value="&quot;&gt;&lt;script&gt;"');
  expect(question + confirmedPage(asked)).not.toMatch(/<b>|<script>/);
});

test('its form is posted to the path of the page, so that the token is in no URL', () => {
  const form = /<form method="post" action="([^"]*)">/.exec(questionPage(asked, 'secret'))?.[1] ?? '';
  expect(new URL(form, 'https://api.example.com/v1/email/confirm?token=secret').href).toBe(
    'https://api.example.com/v1/email/confirm?',
  );
});
