import { once } from 'node:events';
import { connect as connectSocket, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { CDPSession, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt, photograph } from '../browser.ts';
import { connect } from '../cloud.ts';
import {
  enterCredentials,
  navigation,
  openBy,
  signInAt,
  signOut,
  unfoldNavigation,
  violationsIn,
} from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** The console with a server that is gone or slow, and with a session that has ended. */

/** A way to the API that can be taken away, as a server that stops. */
type Way = { readonly url: string; cut(): Promise<void>; mend(): Promise<void> };

async function newWay(target: URL): Promise<Way> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const onward = connectSocket(Number(target.port), target.hostname);
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('close', () => sockets.delete(each)).on('error', () => each.destroy());
    }
    socket.pipe(onward).pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => {
      if (!server.listening) await once(server.listen(port, '127.0.0.1'), 'listening');
    },
  };
}

/**
 * 3G as the developer tools of Chromium imitate it, of thrice the latency: milliseconds, and bytes a second. Small
 * answers, such as that to a list, are not late by its 2,000 ms.
 */
const slow = { offline: false, latency: 6_000, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const unlimited = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };

const emulate = (session: CDPSession, conditions: typeof slow): Promise<unknown> =>
  session.send('Network.emulateNetworkConditions', conditions);

describe('the console', () => {
  needs('chromium');
  let way: Way;
  const open = pagesAt((path) => new URL(path, way.url).href);
  let tenant: AdministeredTenant;

  beforeAll(async () => {
    way = await newWay(new URL(connect().outputs.ApiUrl));
    tenant = await newAdministeredTenant(uniqueName('connection'));
  });
  afterEach(() => way.mend());
  afterAll(() => way.cut());

  const signedIn = () => signInAt(open, tenant.username, tenant.password);

  test('loads its page again if its code is lost on its way', async () => {
    const { page } = await open('/');
    await page.route('**/application*', (route) => route.abort('connectionreset'), { times: 1 });
    await page.reload();
    await page.getByLabel('Username').waitFor();
  });

  test.each([
    ['goes on at the same place', 1],
    ['says so if that did not help', Infinity],
  ])('loads its page again once if the server has another version of a part, and %s', async (_what, misses) => {
    const { page } = await signedIn();
    let loads = 0;
    page.on('domcontentloaded', () => (loads += 1));
    await page.route('**/resource-routes-*', (route) =>
      loads < misses ? route.fulfill({ status: 404 }) : route.continue(),
    );
    await unfoldNavigation(page);
    await navigation(page).getByRole('link', { name: 'Ring groups', exact: true }).click();
    const shown =
      misses === 1
        ? page.getByRole('heading', { name: 'Ring groups', level: 1 })
        : page.getByText('Load the page again: the console has changed.');
    await shown.waitFor();
    expect(loads).toBe(1);
  });

  test('says that the server is gone, and opens the page that was asked for when it is back', async () => {
    const { page } = await signedIn();
    await unfoldNavigation(page);
    await way.cut();
    await navigation(page).getByRole('link', { name: 'Call flows', exact: true }).click();
    const banner = page.getByRole('alert').getByText('The server cannot be reached');
    await banner.waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await photograph(page, 'console-server-gone');

    await way.mend();
    await page.getByRole('heading', { name: 'Call flows', level: 1 }).waitFor();
    await page.getByText('No call flows yet.').waitFor();
    await banner.waitFor({ state: 'detached' });
  });

  test('leaves a form as it is while the server is gone, so that it is sent again', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Blocked callers');
    await page.getByRole('link', { name: 'New blocked caller' }).first().click();
    await page.getByLabel('Name').fill('Sent again');
    await page.getByRole('textbox', { name: 'Caller' }).fill('+1901*');
    await way.cut();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('The server cannot be reached.', { exact: true }).waitFor();
    await way.mend();
    await page.locator('[data-connection="good"]').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Sent again' }).waitFor();
  });

  test('shows what the API rejects at its field, until the field is changed', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Blocked callers');
    await page.getByRole('link', { name: 'New blocked caller' }).first().click();
    await page.getByLabel('Name').fill('Corrected');
    const caller = page.getByRole('textbox', { name: 'Caller' });
    await caller.fill('no number');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await expect.poll(() => caller.getAttribute('aria-invalid')).toBe('true');
    await caller.fill('+1902*');
    await expect.poll(() => caller.getAttribute('aria-invalid')).not.toBe('true');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Corrected' }).waitFor();
  });

  test('signs out at once, and ends the session when the server answers again', async () => {
    const { page } = await signedIn();
    const [asked] = await Promise.all([page.waitForRequest('**/ringgroups*'), openBy(page, 'Ring groups')]);
    const token = asked.headers()['authorization']?.replace('Bearer ', '') ?? '';
    const answered = Promise.withResolvers<undefined>();
    const hold = async (route: Route): Promise<void> => {
      await answered.promise;
      await route.abort('connectionreset');
    };
    await page.route('**/auth', hold, { times: 1 });
    await signOut(page);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(outcome(await tenant.ask('GET', '/auth/session', undefined, { token }))).toBe('200');
    answered.resolve(undefined);
    await eventually(async () =>
      expect(outcome(await tenant.ask('GET', '/auth/session', undefined, { token }))).toBe('401 INVALID_TOKEN'),
    );
  });

  test('says that the session has ended, and goes on at the same page after the next sign-in', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Ring groups');
    const token = await tenant.logIn(tenant.username);
    const group = uniqueName('group');
    const made = await tenant.ask('PUT', '/ringgroups/new', { name: group }, { token });
    expect((await tenant.ask('DELETE', '/auth?all_sessions=true', undefined, { token })).status).toBe(200);
    await page.goto(new URL(`/#/r/ringgroups/${texts(made)['id']}`, way.url).href);
    await page.getByText('Your session has ended.').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await photograph(page, 'console-session-ended');
    await enterCredentials(page, tenant.username, tenant.password);
    await page.getByRole('heading', { name: group, level: 1 }).waitFor();
  });

  test('keeps what was filled in while the session ends, until the same person signs in again', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Blocked callers');
    await page.getByRole('link', { name: 'New blocked caller' }).first().click();
    await page.getByLabel('Name').fill('Filled in before');
    await page.getByRole('textbox', { name: 'Caller' }).fill('+1903*');
    const token = await tenant.logIn(tenant.username);
    expect((await tenant.ask('DELETE', '/auth?all_sessions=true', undefined, { token })).status).toBe(200);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Your session has ended.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).count()).toBe(0);
    expect(await violationsIn(page)).toEqual([]);
    await enterCredentials(page, tenant.username, tenant.password);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Filled in before' }).waitFor();
  });

  test('shows another person nothing of what was open when the session ended', async () => {
    const colleague = uniqueName('colleague');
    const person = { username: colleague, password: tenantPassword, roles: ['admin'], must_change_password: false };
    const token = await tenant.logIn(tenant.username);
    expect(outcome(await tenant.ask('PUT', '/users', person, { token }))).toBe('201');
    const { page } = await signedIn();
    await openBy(page, 'Blocked callers');
    await page.getByRole('link', { name: 'New blocked caller' }).first().click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Not yours');
    expect((await tenant.ask('DELETE', '/auth?all_sessions=true', undefined, { token })).status).toBe(200);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Your session has ended.').waitFor();
    await enterCredentials(page, colleague, tenantPassword);
    await page.getByRole('button', { name: `Menu of ${colleague}` }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('');
  });

  test('a session outlives a reload during which the server goes', async () => {
    const { page } = await open('/');
    await enterCredentials(page, tenant.username, tenant.password);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    const asks: string[] = [];
    await page.route('**/auth/session*', async (route) => {
      asks.push(route.request().url());
      await (asks.length === 1 ? route.abort('connectionreset') : route.continue());
    });
    await page.reload();
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    expect(asks.length).toBeGreaterThan(1);
  });

  test('says that a network slower than 3G is slow, and shows the page', async () => {
    const { page } = await signedIn();
    await unfoldNavigation(page);
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await emulate(session, slow);
    await navigation(page).getByRole('link', { name: 'Ring groups', exact: true }).click();
    // The page is here; its list is late.
    await page.getByRole('heading', { name: 'Ring groups', level: 1 }).waitFor();
    await page.getByRole('status').getByText('The server takes long to answer.').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    // Another test of this file may have made one.
    await page.getByText('No ring groups yet.').or(page.getByRole('table').getByRole('link').first()).waitFor();
    await emulate(session, unlimited);
    await eventually(async () => expect(await page.locator('[data-connection="good"]').count()).toBe(1));
  });
});
