import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { contracts, contractsByArea, services } from '#functions/contracts.ts';
import { derive } from '#functions/system/console/derived.ts';
import { inputsOf } from '#functions/system/console/browser/kit/inputs.ts';
import { operationOf } from '#functions/system/console/browser/kit/operation.ts';
import { routesOf, type ResourcePages } from '#functions/system/console/browser/resources/definitions.ts';
import { resources } from '#functions/system/console/browser/resources/resources.ts';
import type { Operations } from '#functions/system/console/operations.ts';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt, type OpenPage } from './browser.ts';
import { connect } from './cloud.ts';
import { signInAt } from './console.fixture.ts';
import { newAdministeredTenant, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';

/** Forms of the console: whatever the API rejects is said, at its field if the form has one. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
const files = derive(contracts, contractsByArea, services) as Readonly<Record<string, Operations>>;

const fieldsOf = (tag: string, route: string, given: string | undefined): readonly string[] => {
  const operations = files[`operations-${tag}.json`];
  if (operations === undefined) throw new Error(`The API has no operations of ${tag}`);
  return inputsOf(operationOf(operations, route), operations, given).map(({ name }) => name);
};

let tenant: AdministeredTenant;
let opened: OpenPage;
/** What the next request that changes something is answered with. */
let violations: readonly { readonly path: string; readonly message: string }[] = [];

/** In no form. */
const elsewhere = [
  { path: '', message: 'wrong as a whole' },
  { path: 'no[0].such', message: 'wrong at no field' },
];

const messageFor = (name: string): string => `wrong at ${name}.`;

const reject = (route: Route): Promise<void> => {
  if (route.request().method() === 'GET') return route.continue();
  const error = { code: 'VALIDATION_FAILED', message: 'The body is invalid', details: violations };
  return route.fulfill({ status: 422, json: { success: false, error, request_id: 'r' } });
};

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('forms'), { more: { type: 'reseller' } });
});

async function openForm(address: string): Promise<Page> {
  opened = await signInAt(open, tenant.username, tenant.password);
  const { page } = opened;
  await page.route('**/*', reject);
  await page.goto(new URL(address, page.url()).href);
  return page;
}

/** Sends a form whose fields are all rejected: each is marked, the rest is above them, and one has the focus. */
async function expectAllSaid(page: Page, names: readonly string[], submit: string): Promise<void> {
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
const made = resources.filter(({ create, key }) => create !== undefined && !arranged.has(key));
const routeOf = (of: ResourcePages): string => routesOf(of).create ?? '';

test.each(made)('a new $noun says what is rejected', async (of) => {
  const page = await openForm(`/#/r/${of.key}/new`);
  await page.getByRole('heading', { name: `New ${of.noun}`, level: 1 }).waitFor();
  const given = of.create === 'PUT named' ? undefined : 'new';
  await expectAllSaid(page, fieldsOf(of.tag, routeOf(of), given), `Create ${of.noun}`);
});

test('the form of a resource, of a part of it, and of what is done with it say what is rejected', async () => {
  const page = await openForm(`/#/r/users/${tenant.userId}`);
  await page.getByRole('heading', { name: tenant.username }).waitFor();
  await expectAllSaid(page, fieldsOf('users', 'POST /users/{id}', 'x'), 'Save');
  await page.getByRole('button', { name: 'Set password' }).click();
  const dialog = page.getByRole('dialog');
  violations = [{ path: 'password', message: messageFor('password') }, ...elsewhere];
  await dialog.getByRole('button', { name: 'Set password' }).click();
  for (const { message } of violations) await dialog.getByText(message).first().waitFor();
});

test.each([...arranged])('a new one of %s says what is rejected', async (key) => {
  const page = await openForm(`/#/r/${key}/new`);
  violations = elsewhere;
  await page
    .getByRole('button', { name: /^(Save|Create)/ })
    .first()
    .click();
  for (const { message } of elsewhere) await page.getByText(message).waitFor();
});
