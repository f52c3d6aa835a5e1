import { expect, test } from 'vitest';
import { field } from './field.ts';

test('a field has its label, hint and place for an error, and is not completed unless it says so', () => {
  const html = field({ id: 'name', label: 'A & B', control: 'text', hint: '<i>' });
  expect(html).toContain('<label for="name">A &amp; B</label>');
  expect(html).toContain('<p class="hint" id="name-hint">&lt;i&gt;</p>');
  expect(html).toMatch(/<input type="text" id="name" name="name" autocomplete="off" .*"name-hint name-problem"/);
  expect(html).toContain('<p class="problem" id="name-problem" hidden></p>');
  const known = field({ id: 'user', label: 'User', control: 'text', autocomplete: 'username' });
  expect(known).toMatch(/autocomplete="username" .*aria-describedby="user-problem"/);
});
