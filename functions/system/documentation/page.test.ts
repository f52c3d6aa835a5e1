import { expect, test } from 'vitest';
import { bar, field, phonePolicy, renderPage } from './page.ts';

test('a page links its style sheets and loads its scripts as modules, with its title escaped', () => {
  const html = renderPage({ title: 'A & B', styles: ['/a.css'], scripts: ['/a.js'], body: '<main></main>' });
  expect(html).toContain('<title>A &amp; B</title>');
  expect(html).toContain('<link rel="stylesheet" href="/a.css">');
  expect(html).toContain('<script type="module" src="/a.js"></script>');
  expect(html).toContain('<body>\n<main></main>\n</body>');
});

test('the navigation bar marks the current page', () => {
  const html = bar('Trunkline', '/documentation/redoc');
  expect(html.match(/aria-current="page"/g)).toHaveLength(1);
  expect(html).toContain('<a href="/documentation/redoc" aria-current="page">ReDoc</a>');
});

test('the browser phone connects to its WebSocket only', () => {
  expect(phonePolicy('wss://sip.example.com:8443/ws?a=1')).toContain(
    "; connect-src 'self' wss://sip.example.com:8443/ws; ",
  );
  for (const none of [undefined, 'https://example.com/', 'no URL'])
    expect(phonePolicy(none)).toContain("; connect-src 'self'; ");
  // What is no URL ends neither the source nor the directive.
  expect(phonePolicy("ws://localhost/ws;script-src 'unsafe-inline'")).toMatch(
    /; connect-src 'self' [^\s;]+; base-uri /,
  );
});

test('a field has its label, hint and place for an error, and is not completed unless it says so', () => {
  const html = field({ id: 'name', label: 'A & B', control: 'text', hint: '<i>' });
  expect(html).toContain('<label for="name">A &amp; B</label>');
  expect(html).toContain('<p class="hint" id="name-hint">&lt;i&gt;</p>');
  expect(html).toMatch(/<input type="text" id="name" name="name" autocomplete="off" .*"name-hint name-problem"/);
  expect(html).toContain('<p class="problem" id="name-problem" hidden></p>');
  const known = field({ id: 'user', label: 'User', control: 'text', autocomplete: 'username' });
  expect(known).toMatch(/autocomplete="username" .*aria-describedby="user-problem"/);
});
