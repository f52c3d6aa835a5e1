import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generateSync } from 'otplib';
import { eventually } from '#test/support/eventually.ts';
import { textAt } from '#test/support/example-request.ts';
import type { Receiver } from '#test/support/webhook-receiver.fixture.ts';
import type { Answer, OwnCloud } from '../cloud.ts';
import { outcome, uniqueName, type AdministeredTenant, type Ask } from '../tenant.fixture.ts';

/** Secrets of every kind, used well and badly, and all places that must not have them. */

/** Texts by the place that shows them. */
export type Places = Readonly<Record<'logs' | 'events' | 'webhooks' | 'exports' | 'errors' | 'answers', string>>;

type Sent = { readonly status: number; readonly body: unknown };
type Request = { readonly token?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** Milliseconds until what a change causes has happened. */
const patience = 30_000;

/** A client that remembers the secrets that it sends and gets, and the texts of all errors. */
export class Canary {
  readonly secrets = new Set<string>();
  readonly errors: string[] = [];
  /** Other answers that must have no secret. */
  readonly shown: string[] = [];
  readonly #cloud: OwnCloud;

  constructor(cloud: OwnCloud) {
    this.#cloud = cloud;
  }

  /** Remembers a secret, and the forms in which headers and URLs carry it. */
  keep(secret: string): string {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      this.secrets.add(form);
    return secret;
  }

  /** The e-mail of an id, as the local outbox has it. */
  emailed(id: string): string {
    const file = join(this.#cloud.dataDir, 'outbox', 'email', `${id}.eml`);
    return readFileSync(file, 'utf8').replaceAll('=\r\n', '');
  }

  /** Sends a request as it is, and keeps the text of an error. */
  async send(method: string, path: string, { token, headers = {}, body }: Request = {}): Promise<Sent> {
    const response = await fetch(`${this.#cloud.outputs.ApiUrl.replace(/\/$/, '')}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const shown = `${method} ${response.status} ${JSON.stringify([...response.headers])} ${text}`;
    if (response.status >= 400) this.errors.push(shown);
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  /** Sends JSON and expects a status. @throws on another one */
  async ask(endpoint: string, token: string | undefined, json: object, status = 200): Promise<unknown> {
    const [method = '', path = ''] = endpoint.split(' ');
    const request = { ...(token === undefined ? {} : { token }), headers: { accept: 'application/json' } };
    const sent = await this.send(method, path, method === 'GET' ? request : { ...request, body: JSON.stringify(json) });
    if (sent.status !== status)
      throw new Error(`${method} ${path} answers ${sent.status} ${JSON.stringify(sent.body)}`);
    return sent.body;
  }
}

const newPassword = (): string =>
  `Canary ${Math.random().toString(36).slice(2)} ${Math.random().toString(36).slice(2)}`;

type Person = { readonly id: string; readonly username: string; readonly password: string };

/** A person, who changes the password and guesses it wrong in every form of a log-in. */
export async function usePasswords(canary: Canary, { ask }: AdministeredTenant): Promise<Person> {
  const username = uniqueName('canary');
  const [first, password, wrong] = [newPassword(), newPassword(), newPassword()].map((each) => canary.keep(each));
  const body = { username, password: first, must_change_password: false, roles: ['admin'] };
  const id = textAt((await ask('PUT', '/users', body)).body, 'data', 'id');
  const token = textAt(await canary.ask('POST /auth/user', undefined, { username, password: first }), 'data', 'token');
  const change = { current_password: first, new_password: password };
  await canary.ask(`POST /users/${id}/password`, token, change);
  await canary.ask(`POST /users/${id}/password`, token, { ...change, new_password: 'short' }, 403);
  const query = new URLSearchParams({ username, password: wrong ?? '' });
  const basic = canary.keep(Buffer.from(`${username}:${wrong}`).toString('base64'));
  await canary.send('POST', '/auth/user', { body: JSON.stringify({ username, password: wrong }) });
  await canary.send('POST', '/auth/user', { body: `{"username":"${username}","password":"${wrong}"` });
  await canary.send('GET', `/auth/user?${query.toString()}`);
  await canary.send('POST', '/auth/user', { headers: { authorization: `Basic ${basic}` } });
  await canary.send('POST', `/nowhere?${query.toString()}`, { body: query.toString() });
  await canary.send('POST', '/users/new', { token, body: JSON.stringify({ password: wrong, roles: wrong }) });
  return { id, username, password: password ?? '' };
}

/** Sets up a second factor, uses its codes, and removes it. */
export async function useFactor(canary: Canary, { ask }: AdministeredTenant, person: Person): Promise<void> {
  const { username, password } = person;
  const token = textAt(await canary.ask('POST /auth/user', undefined, { username, password }), 'data', 'token');
  const secret = canary.keep(textAt(await canary.ask('GET /auth/twofactor/secret', token, {}), 'data', 'secret'));
  const totp_code = generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) });
  const enabled = await canary.ask('POST /auth/twofactor', token, { totp_code });
  const [used = '', wrong = ''] = [0, 1].map((at) =>
    canary.keep(textAt(enabled, 'data', 'recovery_codes', String(at))),
  );
  for (const recovery_code of [used, used]) {
    const pending = await canary.ask('POST /auth/user', undefined, { username, password });
    const session_token = canary.keep(textAt(pending, 'session_token'));
    await canary.send('POST', '/auth/user', { body: JSON.stringify({ session_token, recovery_code }) });
  }
  await canary.send('DELETE', `/auth/twofactor?recovery_code=${wrong}x`, { token });
  await ask('PUT', `/clientaccess/${person.id}`, { security: { resetTwoFactor: true, unlock: true } });
}

/** Forgets the password, and sets a new one by the token of an e-mail. */
export async function useReset(canary: Canary, { ask }: AdministeredTenant, { id, username }: Person): Promise<void> {
  await ask('POST', `/users/${id}`, { email: `${username}@example.com` });
  await canary.ask('POST /auth/password/forgot', undefined, { username }, 202);
  const email = await eventually(async () => {
    const { body } = await ask('GET', '/email?template=password_reset&status=delivered');
    return textAt(body, 'data', '0', 'email_id');
  }, patience);
  const token = canary.keep(/minutes: ([\w-]{43})/.exec(canary.emailed(email))?.[1] ?? '');
  const password = canary.keep(newPassword());
  await canary.ask('POST /auth/password/reset', undefined, { token, password: canary.keep('tiny pass') }, 422);
  await canary.ask('POST /auth/password/reset', undefined, { token, password });
  await canary.ask('POST /auth/password/reset', undefined, { token, password }, 401);
  canary.shown.push(JSON.stringify((await ask('GET', `/email/${email}`)).body));
}

/** The client secret of an organization at Salesforce. */
export async function useSalesforce(canary: Canary, { token, id }: AdministeredTenant): Promise<void> {
  const client_secret = canary.keep(newPassword());
  const body = { client_id: 'canary-client', client_secret, redirect_uris: ['https://portal.example.com/sso'] };
  await canary.ask(`PUT /auth/salesforce/${id}`, token, body, 201);
  await canary.ask(`PUT /auth/salesforce/${id}`, token, { ...body, login_url: 'https://evil.example.com' }, 422);
}

/** A service account: its secret, a rotated one, and access keys. */
export async function useSecrets(canary: Canary, { ask, token }: AdministeredTenant): Promise<void> {
  const made = (await ask('PUT', '/users', { username: uniqueName('robot'), type: 'service', roles: ['viewer'] })).body;
  const [id, client_id] = [textAt(made, 'data', 'id'), textAt(made, 'data', 'client_id')];
  const client_secret = canary.keep(textAt(made, 'data', 'client_secret'));
  const opened = await canary.ask('POST /auth/service', undefined, { client_id, client_secret });
  canary.keep(textAt(opened, 'data', 'access_token'));
  canary.keep(textAt(await canary.ask(`POST /users/${id}/password`, token, {}), 'data', 'client_secret'));
  await canary.ask('POST /auth/service', undefined, { client_id, client_secret }, 401);
  const key = textAt(await canary.ask('PUT /accesskeys', token, { name: uniqueName('key') }, 201), 'token');
  canary.keep(key.split('.')[1] ?? '');
  await canary.ask(`GET /users?accesskey=${key}`, undefined, {});
  await canary.ask(`GET /users?accesskey=${key}x`, undefined, {}, 401);
  await canary.ask('PUT /accesskeys', key, { name: 'child' }, 403);
}

/** Temporary tokens that change something, are rejected, and end. */
export async function useTokens(canary: Canary, { token, organization }: AdministeredTenant): Promise<void> {
  const body = { purpose: 'canary', scope: 'users:read,users:write', metadata: { note: canary.keep(newPassword()) } };
  const made = await canary.ask('POST /tempauth', token, body, 201);
  const temporary = canary.keep(textAt(made, 'data', 'temp_token'));
  canary.keep(temporary.slice(4));
  await canary.ask(`PUT /groups?accesskey=${temporary}`, undefined, { name: uniqueName('made-by-canary') }, 201);
  await canary.ask('PUT /groups', temporary, { name: temporary.repeat(2) }, 422);
  await canary.ask(`GET /users/${temporary}`, temporary, {}, 404);
  await canary.ask(`GET /orgs/${organization}`, temporary, {}, 403);
  await canary.ask('POST /tempauth', temporary, body, 403);
  await canary.ask('DELETE /auth', temporary, {});
  await canary.ask(`GET /users?accesskey=${temporary}`, undefined, {}, 401);
}

/** Everything that the functions and the services of a cloud have logged and printed. */
const logsOf = ({ dataDir, printed }: OwnCloud): string =>
  [
    ...readdirSync(join(dataDir, 'logs')).map((name) => readFileSync(join(dataDir, 'logs', name), 'utf8')),
    printed(),
  ].join('\n');

/** The text of all pages of a list. @param ask for the page of a token */
async function allPages(ask: (token: string | undefined) => Promise<Answer>, ...tokenAt: readonly string[]) {
  const pages: string[] = [];
  let token: string | undefined;
  do {
    const answer = await ask(token);
    if (answer.status !== 200) throw new Error(`a page answers ${outcome(answer)}`);
    pages.push(JSON.stringify(answer.body));
    token = textAt(answer.body, 'data', ...tokenAt);
  } while (token !== '');
  return pages.join('\n');
}

/** All events of an organization, and its whole audit log. */
async function eventsOf(ask: Ask, id: string): Promise<string> {
  const events = allPages((token) => {
    const page = token === undefined ? '' : `&page_token=${encodeURIComponent(token)}`;
    return ask('GET', `/events/org/${id}?limit=100${page}`);
  }, 'next_page_token');
  const log = allPages(
    (page_token) =>
      ask('POST', `/eventlog/${id}`, { per_page: 500, ...(page_token === undefined ? {} : { page_token }) }),
    'pagination',
    'next_page_token',
  );
  return (await Promise.all([events, log])).join('\n');
}

/** The call records of an organization as a file. */
async function exportOf(ask: Ask): Promise<string> {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const times = { start_time: at(-1), end_time: at(-0.9) };
  const batch = uniqueName('canary');
  const call = { call_id: batch, caller: '+14155550100', callee: '+14155550199', ...times, disposition: 'BUSY' };
  await ask('POST', `/cdr/${batch}`, { records: [call] });
  await eventually(async () => {
    const { body } = await ask('GET', `/cdr?batch_id=${batch}`);
    return JSON.stringify(body).includes('"pending":0');
  }, patience);
  const id = textAt(
    (await ask('POST', '/cdr/export', { start: at(-24), end: at(0), batch_id: batch })).body,
    'data',
    'job_id',
  );
  const link = await eventually(
    async () => textAt((await ask('GET', `/cdr/export/${id}`)).body, 'data', 'download_url'),
    patience,
  );
  return gunzipSync(Buffer.from(await (await fetch(link)).arrayBuffer())).toString();
}

/** Answers that show what secrets belong to. */
async function answersOf(ask: Ask, id: string): Promise<string> {
  const paths = [
    `/auth/salesforce/${id}`,
    '/email',
    '/users',
    '/accesskeys',
    '/clientaccess',
    '/auth/session',
    '/auth/sessions',
    '/groups',
    '/webhooks',
  ];
  return (await Promise.all(paths.map((path) => ask('GET', path)))).map(({ body }) => JSON.stringify(body)).join('\n');
}

/** All places, once the webhook has got the last event. */
export async function placesOf(
  cloud: OwnCloud,
  canary: Canary,
  {
    tenant,
    operator,
    receiver,
  }: { readonly tenant: AdministeredTenant; readonly operator: Ask; readonly receiver: Receiver },
): Promise<Places> {
  const exports = await exportOf(tenant.ask);
  await tenant.ask('PUT', '/groups', { name: 'last-of-canary' });
  const webhooks = await eventually(() => {
    const text = JSON.stringify(receiver.received);
    return text.includes('last-of-canary') ? text : false;
  }, patience);
  return {
    logs: logsOf(cloud),
    events: [await eventsOf(tenant.ask, tenant.id), await eventsOf(operator, 'org_1000')].join('\n'),
    webhooks: String(webhooks),
    exports,
    errors: canary.errors.join('\n'),
    answers: [...canary.shown, await answersOf(tenant.ask, tenant.id)].join('\n'),
  };
}
