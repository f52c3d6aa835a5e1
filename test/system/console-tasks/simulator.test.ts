import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { navigation, openBy, signInAt, unfoldPage, violationsIn } from '../console.fixture.ts';
import { office, policyIn, tollFree } from '../dialplan.fixture.ts';
import { newAdministeredTenant, outcome, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** The dial-plan simulator of the console: drafts are tried over calls before they are saved. */

describe('the dial-plan simulator', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  let tollFreeId = '';

  const save = async (policy: object): Promise<string> =>
    policyIn(await tenant.ask('PUT', '/dialplan/policy', policy, { token: tenant.token })).id;

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('simulator'));
    await tenant.ask('PUT', '/dialplan/template', office);
    tollFreeId = await save(tollFree);
    await save({
      name: 'International',
      status: 'active',
      priority: 10,
      conditions: { pattern: '^011[0-9]+$', user_groups: ['international_enabled'] },
      actions: { allow: true, gateway: 'intl' },
    });
  });

  async function opened() {
    const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
    await openBy(page, 'Try the dial plan');
    expect(await draftOf(page).isVisible()).toBe(false);
    await unfoldPage(page);
    expect(await navigation(page).locator('a:is([data-active], [aria-current])').allInnerTexts()).toEqual([
      'Try the dial plan',
    ]);
    return { page, complaints };
  }

  const draftOf = (page: Page): Locator => page.getByRole('textbox', { name: 'As JSON', includeHidden: true });
  const decide = (page: Page): Promise<void> => page.getByRole('button', { name: 'Decide the calls' }).click();
  const denyTollFree = () => JSON.stringify({ policies: [{ id: tollFreeId, actions: { allow: false } }] }, null, 2);

  async function fillNumbers(page: Page, numbers: string): Promise<void> {
    await page.getByRole('radio', { name: 'Numbers' }).check();
    await page.getByRole('textbox', { name: 'Numbers to call' }).fill(numbers);
  }

  async function choosePolicy(page: Page, name: string): Promise<void> {
    await page.getByRole('combobox', { name: 'A policy of the plan' }).fill(name);
    await page.getByRole('option', { name, exact: true }).click();
  }

  test('shows decisions before and after a draft, and why', async () => {
    const { page, complaints } = await opened();
    await fillNumbers(page, '18005550100\n92125550100\n01144\n');
    await decide(page);
    await page.getByText('3 calls by the saved plan: 2 allowed, 1 denied. Version 3 of the plan.').waitFor();
    await choosePolicy(page, tollFree.name);
    await page.getByRole('button', { name: 'Change it' }).click();
    await eventually(async () => expect(await draftOf(page).inputValue()).toContain(tollFreeId));
    await page.getByRole('checkbox', { name: 'Permit the call' }).uncheck();
    expect(await draftOf(page).inputValue()).toContain('"allow": false');
    await decide(page);
    await page.getByText('3 calls by the draft: 1 allowed, 2 denied, 1 changed call. Version 3 of the plan.').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Results');
    await page
      .getByRole('row', { name: /^18005550100 .*Allowed: a policy allows it Denied: a policy denies it/ })
      .waitFor();
    await page.getByRole('row', { name: /^01144 .*Denied: the caller is in none.* the same/ }).waitFor();
    await expectFlawless(page, 'simulator');
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByLabel('Only changed calls').check();
    await page.getByRole('row', { name: /^01144/ }).waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Why 18005550100' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Changes: now denied, why, route.').waitFor();
    await dialog.getByRole('region', { name: 'By the saved plan' }).getByText('tollfree_gateway/18005550100').waitFor();
    for (const title of ['Policies of the saved plan', 'Policies with the draft'])
      await dialog
        .getByRole('region', { name: title })
        .getByText(`${tollFree.name} (priority 50) applies: it decides.`)
        .waitFor();
    await expectFlawless(page, 'simulator-decision');
    expect(complaints).toEqual([]);
  });

  test('a policy is changed by a draft that is replayed over real calls first', async () => {
    const name = uniqueName('Premium');
    const id = await save({
      name,
      status: 'active',
      priority: 20,
      conditions: { pattern: '^1900' },
      actions: { allow: true, gateway: 'premium' },
    });
    const callId = uniqueName('simulated');
    const time = new Date(Date.now() - 3_600_000).toISOString();
    const record = {
      call_id: callId,
      direction: 'outbound',
      ...{ caller: '+12125550199', callee: '19005550100', start_time: time, end_time: time, disposition: 'no_answer' },
    };
    const filed = await tenant.ask('POST', `/cdr/${callId}`, { records: [record] }, { token: tenant.token });
    expect(outcome(filed)).toMatch(/^2/);
    const { page, complaints } = await opened();
    await choosePolicy(page, name);
    await page.getByRole('button', { name: 'Change it' }).click();
    await eventually(async () => expect(await draftOf(page).inputValue()).toContain(id));
    await page.getByRole('checkbox', { name: 'Permit the call' }).uncheck();
    const row = page.getByRole('row', { name: /^19005550100 \+12125550199 .*Allowed: .*Denied: a policy denies it/ });
    // The call is filed by a queue.
    await eventually(async () => {
      await decide(page);
      await row.waitFor({ timeout: 3_000 });
    }, 60_000);
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save the draft' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 policy is changed').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await draftOf(page).inputValue()).toBe('');
    await decide(page);
    await page.getByText(/^\d+ calls? by the saved plan: /).waitFor();
    await openBy(page, 'Dial plan');
    await page.getByRole('row', { name: new RegExp(`${name}.* no `) }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('what a save rejects stays in the draft, and what is deleted is gone', async () => {
    const [gone, taken] = [uniqueName('Gone'), uniqueName('Taken')];
    for (const name of [gone, taken])
      await save({ name, status: 'active', priority: 30, conditions: { pattern: '^1977' }, actions: { allow: true } });
    const { page } = await opened();
    await choosePolicy(page, gone);
    await page.getByRole('button', { name: 'Delete it' }).click();
    await eventually(async () => expect(await draftOf(page).inputValue()).toContain('"delete"'));
    await page.getByRole('button', { name: 'New policy' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(taken);
    await page.getByRole('button', { name: 'Save the draft' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 policy is made, 1 policy is deleted').waitFor();
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByText('POLICY_NAME_EXISTS').waitFor();
    await dialog.getByRole('button', { name: 'Leave it' }).click();
    expect(JSON.parse(await draftOf(page).inputValue())).toMatchObject({ policies: [{ name: taken }] });
    await page.getByRole('button', { name: `Take ${taken} out of the draft` }).click();
    await page.getByRole('button', { name: 'Save the draft' }).click();
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await openBy(page, 'Dial plan');
    await page.getByRole('row', { name: new RegExp(taken) }).waitFor();
    await page.getByRole('row', { name: new RegExp(gone) }).waitFor({ state: 'detached' });
  });

  test('says what is wrong at its field', async () => {
    const { page } = await opened();
    await fillNumbers(page, '');
    await decide(page);
    await page.getByText('Enter at least one number.').waitFor();
    await fillNumbers(page, '100\n\n1 800');
    await decide(page);
    await page.getByText(/^Line 3: must be 1 to 64 characters of/).waitFor();
    await fillNumbers(page, '100');
    await draftOf(page).fill(JSON.stringify({ policies: [{ id: tollFreeId, conditions: { pattern: '^(1' } }] }));
    await decide(page);
    await page
      .getByRole('alert')
      .getByText(/^policies\[0\]\.conditions\.pattern: .*missing closing \).*position 1/)
      .waitFor();
    await draftOf(page).fill('{ "policies": ');
    await page.getByText(/^This is not JSON/).waitFor();
    expect(await page.getByRole('button', { name: 'Decide the calls' }).isDisabled()).toBe(true);
    expect(await violationsIn(page)).toEqual([]);
  });

  test('is used by keyboard alone', async () => {
    const { page, complaints } = await opened();
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent');
    const tabTo = async (wanted: Locator): Promise<void> => {
      for (let presses = 0; presses < 60; presses += 1) {
        if ((await page.locator(':focus').and(wanted).count()) > 0) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`${String(wanted)} is not reached`);
    };
    await tabTo(draftOf(page));
    await page.keyboard.insertText(denyTollFree());
    await tabTo(page.getByRole('radio', { name: 'Outbound calls that were made' }));
    await page.keyboard.press('ArrowDown');
    await tabTo(page.getByRole('textbox', { name: 'Numbers to call' }));
    await page.keyboard.insertText('18005550100');
    await tabTo(page.getByRole('button', { name: 'Decide the calls' }));
    await page.keyboard.press('Enter');
    await page.getByText('1 call by the draft: 0 allowed, 1 denied, 1 changed call.').waitFor();
    expect(await focused()).toBe('Results');
    await tabTo(page.getByRole('button', { name: 'Why 18005550100' }));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('applies: it decides').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await eventually(async () => expect(await focused()).toBe('Why 18005550100'));
    expect(complaints).toEqual([]);
  });

  test('is where its former address leads, before and after the sign-in', async () => {
    const { page } = await open('/documentation/simulator');
    expect(new URL(page.url())).toMatchObject({ pathname: '/', hash: '#/dialplan/simulator' });
    await page.getByLabel('Username').fill(tenant.username);
    await page.getByRole('textbox', { name: 'Password' }).fill(tenant.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Try the dial plan', level: 1 }).waitFor();
  });
});
