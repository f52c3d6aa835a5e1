import { beforeAll, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { signInAt } from '../console.fixture.ts';
import { editorIn } from './flow-editor.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Drafts of call flows in the console: built, tried, kept, published by two people, compared and deleted. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;
const mailbox = '901';

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('flows'));
  expect(outcome(await tenant.ask('PUT', `/voicemailprefs/${mailbox}`, {}))).toBe('201');
});

/** A flow that is saved, and its id. */
async function saveFlow(flow: object): Promise<string> {
  const made = await tenant.ask('PUT', '/callflows/new', flow);
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
}

/** The editor of a flow that is saved. */
async function openFlow(id: string) {
  const opened = await signInAt(open, tenant.username, tenant.password);
  await opened.page.evaluate(`location.hash = '#/r/callflows/${id}'`);
  await opened.page.getByRole('button', { name: 'Publish', exact: true }).waitFor();
  return editorIn(opened);
}

const ends = { start: 'bye', steps: { bye: { type: 'hangup' } } };

test('a draft is there after a reload, and is gone when it was published', async () => {
  const id = await saveFlow({ name: uniqueName('kept'), ...ends });
  const { page, fill, publish } = await openFlow(id);
  await fill('Name', 'Half done');
  await page.reload();
  await page.getByText('You have a draft that is not published').waitFor();
  await expectFlawless(page, 'console-flow-kept');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('button', { name: 'Go on with the draft' }).click();
  await page.getByRole('heading', { name: 'Half done', level: 1 }).waitFor();
  const name = uniqueName('done');
  await fill('Name', name);
  await publish();
  await page.getByText('Published.').waitFor();
  await page.reload();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  expect(await page.getByText('You have a draft that is not published').count()).toBe(0);
});

test('the second of two people who publish keeps the draft, sees the changes, and decides', async () => {
  const name = uniqueName('shared');
  const id = await saveFlow({ name, ...ends });
  const one = await openFlow(id);
  const other = await openFlow(id);
  await one.add('Pause');
  await one.fill('How long', '2');
  await one.publish();
  await one.page.getByText('Published.').waitFor();
  await other.choose('The caller hears', 'busy');
  await other.publish();
  const { page } = other;
  await page.getByText('Somebody else has published this flow').waitFor();
  await page.getByText('Added: Pause (pause)').waitFor();
  await expectFlawless(page, 'console-flow-conflict');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('button', { name: 'Publish my draft instead' }).click();
  await page.getByText('Published.').waitFor();
  const { body } = await tenant.ask('GET', `/callflows/${id}`);
  expect(body).toMatchObject({ data: { version: 3, steps: { bye: { type: 'hangup', reason: 'busy' } } } });
  // What the first one has made is a version that can be brought back.
  await page.getByRole('tab', { name: 'Changes' }).click();
  await other.choose('Compare the draft with', 'Version 2');
  await page.getByText('Removed: Pause (pause)').waitFor();
  await page.getByRole('button', { name: 'Bring this version back into the draft' }).click();
  await other.choose('Compare the draft with', 'Version 3 (published)');
  await page.getByText('Added: Pause (pause)').waitFor();
});

test('a flow that a number uses is deleted after a question that says so', async () => {
  const name = uniqueName('used');
  const id = await saveFlow({ name, ...ends });
  const number = `+4685${10_000_000 + Math.floor(Math.random() * 89_999_999)}`;
  const offer = { state: 'available', country: 'SE', type: 'geographic' };
  expect(outcome(await askAsOperator('PUT', `/numbers/${number}`, offer))).toBe('201');
  expect(outcome(await tenant.ask('PUT', `/numbers/${number}`, { route: { type: 'flow', id } }))).toBe('201');
  const { page } = await openFlow(id);
  await page.getByRole('main').getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete the flow' }).click();
  await page.getByRole('dialog').getByText('1 number rings nothing after this.').waitFor();
  await page.getByRole('dialog').getByText('What depends on it').click();
  await page.getByRole('dialog').getByRole('link', { name: number }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText(`${name} is deleted.`).waitFor();
  await page.getByRole('heading', { name: 'Call flows', level: 1 }).waitFor();
  expect(await page.getByRole('link', { name }).count()).toBe(0);
});
