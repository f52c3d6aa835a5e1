import { beforeAll, expect, test } from 'vitest';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { ask, toyDependencies, toyHandler } from '#test/support/toy-shop.fixture.ts';
import type { TestRequest } from '#test/support/requests.fixture.ts';
import { storeToys, toy } from '#test/support/toys.fixture.ts';

/**
 * Answers with prefixes other than `/v1.0`, as they were sent before that prefix had conventions of its own. Existing
 * clients read them: a difference is a change of the API.
 */

const running = testStore();
let token: string;
beforeAll(async () => {
  token = await (await tenantsIn(running.store)).join(1001);
  await storeToys(running.store, 1001, [toy(1), toy(2), toy(3)]);
});

const known = { params: { id: toy(1).id } };
const requests: readonly (readonly [route: string, asked: TestRequest, isAnonymous?: true])[] = [
  ['GET /toys', { query: { limit: '2' } }],
  ['GET /toys', { query: { limit: '2', page_size: '1', accept: 'x' } }],
  ['GET /toys', { query: { limit: '0' } }],
  ['GET /toys', { query: { page_token: 'x' } }],
  ['GET /toys/{id}', known],
  ['GET /toys/{id}', { params: { id: 'trunk_none' }, headers: { accept: '*/*' } }],
  ['GET /toys/{id}', { ...known, headers: { accept: 'application/xml' } }, true],
  ['PUT /toys/{id}', { ...known, body: { name: 'Bear', colour: 'red' } }],
  ['PUT /toys/{id}', { ...known, body: { name: 7 } }],
  ['PUT /toys/{id}', { params: { id: 'new' }, body: '{' }],
  ['PUT /toys/{id}', { ...known, body: { name: 'Bear' }, headers: { 'if-match': '"1"' } }],
  ['POST /strict/{id}', { ...known, body: { name: 'Bear', colour: 'red' } }],
  ['POST /strict/{id}', { ...known, body: { name: 7 } }],
  ['POST /strict/{id}', { ...known, body: { name: 'forbidden' } }],
  ['POST /door', { body: { username: 'ann', password: 'x' } }, true],
  ['GET /broken', {}],
  ['GET /open', {}, true],
];

/** Tokens of pages have the time of the request. */
const stable = (text: string): string => text.replaceAll(/"eyJ[^"]+"/g, '"<page token>"');

test('the recorded answers are sent byte for byte', async () => {
  const shop = toyHandler(toyDependencies(running.store).dependencies);
  const sent: string[] = [];
  for (const [route, asked, isAnonymous] of requests) {
    const { status, headers, text } = await ask(shop, route, { ...asked, ...(isAnonymous ? {} : { token }) });
    const names = ['Content-Type', 'ETag', 'Retry-After', 'WWW-Authenticate', 'Cache-Control'];
    const shown = names.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
    sent.push([`${route} ${JSON.stringify(asked)}`, String(status), ...shown, stable(text)].join('\n'));
  }
  await expect(`${sent.join('\n\n')}\n`).toMatchFileSnapshot('recorded-answers.txt');
});
