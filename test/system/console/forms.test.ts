import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { contracts, contractsByArea, services } from '#functions/contracts.ts';
import { derive } from '#functions/system/console/derived.ts';
import { arrange } from '#functions/system/console/browser/kit/arrangement.ts';
import { inputsOf } from '#functions/system/console/browser/kit/inputs.ts';
import { findOperation, operationOf } from '#functions/system/console/browser/kit/operation.ts';
import { routesOf, type ResourcePages } from '#functions/system/console/browser/resources/definitions.ts';
import { partsPages, resources } from '#functions/system/console/browser/resources/resources.ts';
import { at, listIn, textIn } from '#functions/system/console/json-value.ts';
import type { Operations } from '#functions/system/console/operations.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { fillPages, signInAt, unfoldPage, waitForLists } from '../console.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Forms of the console: whatever the API rejects is said, at its field if the form has one. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href, { isKept: true });
const files = derive(contracts, contractsByArea, services) as Readonly<Record<string, Operations>>;

/** Names of the fields that a form shows, folded ones, too. */
function shownFields({ tag, form }: Pick<ResourcePages, 'tag' | 'form'>, route: string, given: string | undefined) {
  const operations = files[`operations-${tag}.json`];
  if (operations === undefined) throw new Error(`The API has no operations of ${tag}`);
  const { groups, advanced } = arrange(inputsOf(operationOf(operations, route), operations, given), form);
  return [...groups.flatMap(({ fields }) => fields), ...advanced].map(({ name }) => name);
}

let tenant: AdministeredTenant;
/** Id of a trunk. */
let trunk: string;
/** A page of a person who has signed in once: a sign-in takes longer than a test. */
let page: Page;
/** What requests that change something are answered with; undefined: they are not rejected. */
let violations: readonly { readonly path: string; readonly message: string }[] | undefined;

/** In no form. */
const elsewhere = [
  { path: '', message: 'wrong as a whole' },
  { path: 'no[0].such', message: 'wrong at no field' },
];

const messageFor = (name: string): string => `wrong at ${name}.`;

const reject = (route: Route): Promise<void> => {
  if (violations === undefined || route.request().method() === 'GET') return route.continue();
  const error = { code: 'VALIDATION_FAILED', message: 'The body is invalid', details: violations };
  return route.fulfill({ status: 422, json: { success: false, error, request_id: 'r' } });
};

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('forms'), { more: { type: 'reseller' } });
  const made = await tenant.ask('PUT', '/siptrunk/carrier', { name: 'By name', host: '192.0.2.8', expires: 600 });
  expect(outcome(made)).toBe('201');
  trunk = texts(made)['id'] ?? '';
  ({ page } = await signInAt(open, tenant.username, tenant.password));
  await page.route('**/*', reject);
});

/** One resource of each kind that has a page arranged by hand. @returns their ids */
async function newOffice() {
  await fillPages(tenant);
  const make = async (path: string, body: object): Promise<string> => {
    const made = await tenant.ask('PUT', path, body);
    expect(outcome(made), path).toMatch(/^20[01]$/);
    return texts(made)['id'] ?? '';
  };
  const first = async (path: string): Promise<string> => {
    const { body } = await tenant.ask('GET', path);
    return textIn(at(listIn(at(body, 'data') ?? at(body, 'policies'))[0], 'id'));
  };
  return {
    phone: await make('/devices/phone', {
      mac_address: '001565abcd01',
      manufacturer: 'Yealink',
      model: 'T46U',
      lines: [{ extension: '901' }],
    }),
    customer: await make('/orgs', { name: uniqueName('customer'), country: 'DE', timezone: 'Europe/Berlin' }),
    tariff: await make('/tariffs/new', { name: 'Retail', currency: 'EUR', rates: [] }),
    schedule: await first('/schedules'),
    flow: await first('/callflows'),
    policy: await first('/dialplan/policies'),
  };
}

/** Opens a form in a new document, which has nothing of the form before it. Nothing that it sends is stored. */
async function openForm(address: string): Promise<void> {
  violations = [];
  await page.goto('about:blank');
  await page.goto(new URL(address, connect().outputs.ApiUrl).href);
}

/** Sends a form whose fields are all rejected: each is marked, the rest is above them, and one has the focus. */
async function expectAllSaid(names: readonly string[], submit: string): Promise<void> {
  violations = [...names.map((path) => ({ path, message: messageFor(path) })), ...elsewhere];
  await page.getByRole('button', { name: submit, exact: true }).last().click();
  const form = page.locator('form', { has: page.getByRole('alert') });
  await form.getByRole('alert').waitFor();
  for (const { message } of elsewhere) expect(await form.getByText(message).isVisible(), message).toBe(true);
  const unmarked: string[] = [];
  // Once in the list above the fields, and once at the field.
  for (const name of names) if ((await form.getByText(messageFor(name)).count()) < 2) unmarked.push(name);
  expect(unmarked).toEqual([]);
  await eventually(async () =>
    expect(await form.locator(':is([aria-invalid="true"], [data-problem], [role="alert"]):focus').count()).toBe(1),
  );
}

/** Those whose pages for a new one are arranged by hand: they say all violations above the fields. */
const arranged = new Set(['callflows', 'schedules']);
type ShortForm = Readonly<Record<'key' | 'title' | 'submit', string>> & {
  readonly names: readonly string[];
  /** What is filled before it can be sent, by label. */
  readonly fill: Readonly<Record<string, string>>;
};

/** Forms that are arranged by hand, with their fields. */
const short: readonly ShortForm[] = [
  {
    ...{ key: 'users', title: 'Invite', submit: 'Send the invitation', fill: {} },
    names: ['email', 'first_name', 'last_name', 'extension', 'roles'],
  },
  {
    ...{ key: 'devices', title: 'Add a phone', submit: 'Add the phone', fill: { 'MAC address': '001565abcdef' } },
    names: ['user_id', 'model', 'mac_address'],
  },
];
const byHand = new Set([...arranged, ...short.map(({ key }) => key)]);
const made = resources.filter(({ create, key }) => create !== undefined && !byHand.has(key));
/** What the profile of a user leaves to the menu and to another tab. */
const notOfProfile = new Set(['status', 'type', 'password']);
const routeOf = (of: ResourcePages): string => routesOf(of).create ?? '';

/** Labels of what a person would read or edit as JSON, outside of what is unfolded for it ("As JSON"). */
const jsonAreas = (): Promise<readonly string[]> =>
  page.evaluate<string[]>(`(() => {
    const isForExperts = (each) =>
      each.closest('details') !== null &&
      (each.closest('details').querySelector('summary').textContent === 'As JSON' ||
        isForExperts(each.closest('details').parentElement));
    const isJson = (each) =>
      each.matches('.mantine-JsonInput-input') || /^\\s*[{[]/.test(each.value ?? each.textContent);
    return [...document.querySelectorAll('.mantine-JsonInput-input, textarea, pre, main td')]
      .filter((each) => each.checkVisibility() && isJson(each) && !isForExperts(each))
      .map((each) => (each.labels?.[0] ?? each).textContent.slice(0, 60));
  })()`);

/** Opens what is folded, tab by tab, and the dialogs of actions. @returns the JSON areas that are found on the way */
async function jsonInAllParts(actions: readonly string[] = []): Promise<readonly string[]> {
  const found = [...(await jsonAreas())];
  const look = async (): Promise<void> => {
    await unfoldPage(page);
    await waitForLists(page);
    found.push(...(await jsonAreas()));
  };
  await look();
  const tabs = await page.locator('main').getByRole('tab').all();
  for (const tab of tabs) {
    await tab.click();
    await look();
  }
  await tabs[0]?.click();
  for (const title of actions) {
    await page.locator('main').getByRole('button', { name: title, exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await page.evaluate("for (const folded of document.querySelectorAll('[role=dialog] details')) folded.open = true");
    found.push(...(await jsonAreas()));
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
  return found;
}

test.each(made)('$newTitle says what is rejected, and has no JSON', async (of) => {
  await openForm(`/#/r/${of.key}/new`);
  await page.getByRole('heading', { name: of.newTitle, level: 1 }).waitFor();
  const given = of.create === 'PUT named' ? undefined : 'new';
  expect(await jsonInAllParts()).toEqual([]);
  await expectAllSaid(shownFields(of, routeOf(of), given), 'Create');
});

test.each(short)('$title says what is rejected, and has no JSON', async ({ key, title, submit, fill, names }) => {
  await openForm(`/#/r/${key}/new`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  expect(await jsonInAllParts()).toEqual([]);
  for (const [label, text] of Object.entries(fill)) await page.getByRole('textbox', { name: label }).fill(text);
  await expectAllSaid(names, submit);
});

/** Those with a page of their own, which answers of the API open. */
const withOwnPage = new Set(['users', 'devices', 'numbers', 'schedules', 'callflows', 'mailboxes', 'orgs', 'tariffs']);
const generic = resources.filter(
  (of) => !withOwnPage.has(of.key) && (of.update !== undefined || of.parts !== undefined),
);

test.each(generic)('one of $title has no JSON, nor have its parts and actions', async (of) => {
  const { get, create = '', update = create } = routesOf(of);
  const operations = files[`operations-${of.tag}.json`];
  const example = operations === undefined ? undefined : findOperation(operations, update)?.example;
  // Everything that the API accepts is there, so that nothing is left out.
  const answer = { success: true, data: { ...Object(example), id: 'x', version: 1 } };
  const path = get.slice(get.indexOf(' ') + 1).replace('{id}', 'x');
  const isRead = (address: URL): boolean => address.pathname === path;
  await page.route(isRead, (route) =>
    route.request().method() === 'GET' ? route.fulfill({ json: answer }) : route.fallback(),
  );
  await openForm(`/#/r/${of.key}/x`);
  await page.locator('main').getByRole('heading', { level: 1 }).filter({ hasNotText: 'Loading' }).waitFor();
  const actions = (of.parts ?? []).filter(({ kind }) => kind === 'action').map(({ title }) => title);
  expect(await jsonInAllParts(actions)).toEqual([]);
  await page.unroute(isRead);
});

test('no page that is arranged by hand has JSON', async () => {
  const of = await newOffice();
  const addresses = [
    ...[`r/users/${tenant.userId}`, `r/devices/${of.phone}`, `r/schedules/${of.schedule}`, `r/callflows/${of.flow}`],
    ...[`r/mailboxes/901`, `r/orgs/${of.customer}`, `r/tariffs/${of.tariff}`, `dialplan/${of.policy}`],
    ...['organization', 'dialplan', 'dialplan/new', 'dialplan/simulator', 'account', 'callhandling', 'voicemail'],
    ...partsPages.map(({ key }) => `p/${key}`),
  ];
  const found: string[] = [];
  for (const address of addresses) {
    await openForm(`/#/${address}`);
    await page.locator('main').getByRole('heading', { level: 1 }).filter({ hasNotText: 'Loading' }).waitFor();
    found.push(...(await jsonInAllParts()).map((area) => `${address}: ${area}`));
  }
  expect(found).toEqual([]);
});

test('the form of a resource, and of what is done with it on another tab, say what is rejected', async () => {
  await openForm(`/#/r/users/${tenant.userId}`);
  await page.locator('main').getByRole('heading', { level: 1 }).waitFor();
  const fields = shownFields({ tag: 'users' }, 'POST /users/{id}', 'x').filter((name) => !notOfProfile.has(name));
  await expectAllSaid(fields, 'Save');
  await page.getByRole('tab', { name: 'Sign-in and security' }).click();
  await page.getByRole('textbox', { name: 'New password' }).fill('short');
  await expectAllSaid(['new_password'], 'Set the password');
});

test.each([...arranged])('a new one of %s says what is rejected', async (key) => {
  await openForm(`/#/r/${key}/new`);
  violations = elsewhere;
  await page
    .getByRole('button', { name: /^(Save|Create|Publish)/ })
    .first()
    .click();
  // A call flow lists them once more beside its steps.
  for (const { message } of elsewhere) await page.getByText(message).first().waitFor();
});

test('a carrier that is chosen for a trunk sets what is not set, and no value of the former one is sent', async () => {
  await openForm(`/#/r/siptrunk/${trunk}`);
  await page.getByRole('combobox', { name: 'Carrier or phone system' }).click();
  await page.getByRole('option', { name: 'Telnyx', exact: true }).click();
  const [sent] = await Promise.all([
    page.waitForRequest((request) => request.method() !== 'GET'),
    page.getByRole('button', { name: 'Save', exact: true }).click(),
  ]);
  const body = Object(sent.postDataJSON()) as object;
  expect(body).toMatchObject({ name: 'By name', profile: 'telnyx' });
  expect(Object.keys(body).filter((name) => ['did_source', 'from_user', 'expires', 'fax'].includes(name))).toEqual([]);
});

test('what another person has saved is shown before it is replaced, and what is typed stays', async () => {
  violations = undefined;
  const of = await tenant.ask('PUT', '/ringgroups/new', { name: 'Sales', ring_seconds: 20, members: [] });
  const path = `/ringgroups/${texts(of)['id'] ?? ''}`;
  const saved = async () => (await tenant.ask('GET', path)).body;
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await openForm(`/#/r${path}`);
  violations = undefined;
  await name.fill('Mine');
  expect(outcome(await tenant.ask('PUT', path, { name: 'Theirs', ring_seconds: 30, members: [] }))).toBe('200');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const notice = page.getByRole('alert').filter({ hasText: 'Somebody else has changed this' });
  await notice.getByRole('row', { name: 'Name Sales Theirs' }).waitFor();
  await notice.getByText(/: Ring group Theirs updated · /).waitFor();
  await notice.getByRole('row', { name: 'Rings for 20 30' }).waitFor();
  expect(await name.inputValue()).toBe('Mine');
  expect(await saved()).toMatchObject({ data: { name: 'Theirs' } });
  await notice.getByRole('button', { name: 'Save mine instead' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await saved()).toMatchObject({ data: { name: 'Mine', ring_seconds: 20 } });

  await name.fill('Mine again');
  expect(outcome(await tenant.ask('PUT', path, { name: 'Theirs again', members: [] }))).toBe('200');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await notice.getByRole('button', { name: 'Discard mine' }).click();
  await eventually(async () => expect(await name.inputValue()).toBe('Theirs again'));
  expect(await notice.count()).toBe(0);
});

test('a deletion says what depends on the resource, or what the API says uses it', async () => {
  const make = async (path: string, body: object): Promise<string> => {
    const answer = await tenant.ask('PUT', path, body);
    expect(outcome(answer), path).toBe('201');
    return texts(answer)['id'] ?? '';
  };
  const group = await make('/ringgroups/new', { name: uniqueName('Night'), members: [] });
  const steps = { call: { type: 'dial', to: [{ ring_group: group }] } };
  await make('/callflows/new', { name: uniqueName('Calls the group'), start: 'call', steps });
  const gateway = await make('/sipgateways/new', { name: uniqueName('gw'), host: '192.0.2.9' });
  const actions = { allow: true, gateway };
  const policy = { name: uniqueName('By it'), status: 'active', conditions: { pattern: '^00' }, actions };
  expect(outcome(await tenant.ask('PUT', '/dialplan/policy', policy))).toBe('201');
  const dialog = page.getByRole('dialog');
  const ask = async (path: string): Promise<void> => {
    await openForm(`/#/r/${path}`);
    violations = undefined;
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
  };
  await ask(`ringgroups/${group}`);
  await dialog.getByText('Calls that 1 other place sends here end.').waitFor();
  await dialog.getByText('What depends on it').click();
  await dialog.getByRole('link', { name: /^Calls the group/ }).waitFor();
  await ask(`sipgateways/${gateway}`);
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByText(/policy By it.* routes to it/).waitFor();
  await dialog.getByRole('button', { name: 'Delete all the same' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(outcome(await tenant.ask('GET', `/sipgateways/${gateway}`))).toBe('404 NOT_FOUND');
});

test('a page with two changed forms asks once before it is left', async () => {
  await openForm('/#/p/notifier');
  await page.getByRole('heading', { name: 'Queue monitor' }).waitFor();
  await unfoldPage(page);
  await page.getByLabel('Notices an hour').fill('7');
  await page.getByLabel('Refreshed every (seconds)').fill('20');
  await page.goto(new URL('/#/p/audit', page.url()).href);
  await page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click();
  await page.getByRole('heading', { name: 'Audit log', level: 1 }).waitFor();
});

test('a key for a certificate is made, and its page shows the signing request', async () => {
  await openForm('/#/r/stir-certificates/new');
  violations = undefined;
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Calls');
  await page.getByRole('checkbox', { name: 'Make a key and a signing request' }).check();
  await page.getByRole('textbox', { name: 'Name of the provider' }).fill('Example Telecom');
  await page.getByRole('textbox', { name: 'Code of the provider' }).fill('709J');
  await page.getByRole('combobox', { name: 'Country' }).fill('United States');
  await page.getByRole('option', { name: 'United States', exact: true }).click();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText('State and signing request').click();
  const request = page.getByRole('cell', { name: '-----BEGIN CERTIFICATE REQUEST-----' });
  expect(await request.innerText()).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n[A-Za-z0-9+/=\n]+\n-----END/);
  await page.goto(new URL('/#/r/stir-certificates', page.url()).href);
  await page.getByText('waits for its certificate').waitFor();
});
