import { expect, test } from 'vitest';
import { consolePage, consolePolicy } from './page.ts';

test('the policy names the nonce of the answer, the one WebSocket and the buckets, and nothing inline', () => {
  const objects = ['https://files.s3.eu-central-1.amazonaws.com/', 'http://127.0.0.1:4000/voicemail/'];
  const policy = consolePolicy('bm9uY2U=', 'wss://sip.example/ws', objects);
  expect(policy).toContain("style-src 'self' 'nonce-bm9uY2U='");
  expect(policy).toContain(`connect-src 'self' wss://sip.example/ws ${objects.join(' ')};`);
  expect(policy).toContain(`media-src blob: ${objects.join(' ')};`);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(consolePolicy('bm9uY2U=', undefined, [])).toContain("connect-src 'self';");
});

test('the page loads its script and style sheet, and has the nonce for what Mantine styles', () => {
  const addresses = { script: '/console/a.js', application: '/console/b.js', style: '/console/a.css' };
  const html = consolePage('Trunkline', { addresses, nonce: 'bm9uY2U=', webSocketUrl: 'wss://h/ws?a="b' });
  expect(html).toContain('data-events="wss://h/ws?a=&quot;b"');
  expect(html).toContain('<script type="module" src="/console/a.js"></script>');
  expect(html).toContain('<link rel="modulepreload" href="/console/b.js">');
  expect(html).toContain('<link rel="stylesheet" href="/console/a.css">');
  expect(html).toContain('data-nonce="bm9uY2U="');
  expect(html).not.toMatch(/<style|<script>|\son\w+=|style=/);
});
