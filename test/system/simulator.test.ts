import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hour, minute } from '#schema/time.ts';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { ground, overflow, pagesAt, photograph } from './browser.ts';
import { connect, operatorToken } from './cloud.ts';
import { office, policyIn, tollFree } from './dialplan.fixture.ts';
import { newTenant, type Tenant } from './tenant.fixture.ts';

/** /documentation/simulator in a browser. */

const address = (path: string): string => connect().outputs.ApiUrl.replace(/\/$/, '') + path;

describe('the simulator', () => {
  needs('chromium');
  const openAt = pagesAt(address);
  let tenant: Tenant;
  let tollFreeId = '';

  beforeAll(async () => {
    tenant = await newTenant();
    await tenant.ask('PUT', '/dialplan/template', office);
    tollFreeId = policyIn(await tenant.ask('PUT', '/dialplan/policy', tollFree)).id;
    await tenant.ask('PUT', '/dialplan/policy', {
      name: 'International',
      status: 'active',
      priority: 10,
      conditions: { pattern: '^011[0-9]+$', user_groups: ['international_enabled'] },
      actions: { allow: true, gateway: 'intl' },
    });
  });

  const open = (look?: Parameters<typeof openAt>[1]) => openAt('/documentation/simulator', look);

  /** A page that is signed in as the operator, for the organization of the tenant. */
  async function signedIn(look?: Parameters<typeof openAt>[1]) {
    const opened = await open(look);
    const { page } = opened;
    await page.getByLabel('Token').fill(operatorToken());
    await page.getByLabel('Organization (optional)').fill(tenant.id);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Signed in: 2 policies.').waitFor();
    return opened;
  }

  const withDraft = async (page: Page, draft: object): Promise<void> =>
    page.getByLabel('Changes as JSON').fill(JSON.stringify(draft, null, 2));
  const decide = (page: Page): Promise<void> => page.getByRole('button', { name: 'Decide the calls' }).click();
  const problemOf = (page: Page, field: string): Promise<string> => page.locator(`#${field}-problem`).innerText();
  const denyTollFree = () => ({ policies: [{ id: tollFreeId, actions: { allow: false, gateway: null } }] });

  test('shows decisions before and after a draft, with the trace', async () => {
    const { page, complaints } = await signedIn({ height: 1_400 });
    await page.getByRole('textbox', { name: 'Numbers' }).fill('18005550100\n92125550100\n01144\n');
    await page.getByLabel('A policy of the organization').fill(tollFree.name);
    await page.getByRole('button', { name: 'Edit it' }).click();
    const draft = page.getByLabel('Changes as JSON');
    expect(await draft.inputValue()).toContain(tollFreeId);
    await draft.fill((await draft.inputValue()).replace('"allow": true', '"allow": false'));
    await decide(page);
    await page.getByText('3 calls by the draft: 1 allowed, 2 denied, 1 changed call. Version 3 of the plan.').waitFor();
    const calls = page.locator('.calls > li');
    expect(await calls.first().innerText()).toMatch(
      new RegExp(
        [
          '18005550100\\s+Changes: now denied, why, route\\s+Before Allowed',
          'a policy allows it',
          'bridge sofia/gateway/tollfree_gateway/18005550100',
          'After Denied',
          'a policy denies it',
        ].join('[^]*'),
      ),
    );
    expect(await calls.nth(2).innerText()).toContain('the caller is in none of the policy’s groups');
    await page.getByRole('button', { name: 'Trace of 01144' }).click();
    await calls
      .nth(2)
      .getByText('International (priority 10) matches; the caller is in none of its groups.')
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Trace of 18005550100' }).click();
    await calls.first().getByText(`${tollFree.name} (priority 50) applies: it decides.`).first().waitFor();
    expect(await calls.first().locator('.trace').innerText()).toMatch(
      /^By the saved plan\s[^]*applies: it decides\.\s+By the draft\s[^]*applies: it decides\.$/,
    );
    await page.evaluate('document.querySelectorAll("legend")[1].parentElement.scrollIntoView()');
    await photograph(page, 'simulator');
    await page.getByLabel('Only changed calls').check();
    expect(await calls.filter({ visible: true }).count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('replays the call records of a period', async () => {
    const start = new Date(Date.now() - 3_600_000).toISOString();
    const record = {
      call_id: `simulated-${tenant.id}`,
      direction: 'outbound',
      caller: '+12125550199',
      callee: '18005550100',
      start_time: start,
      end_time: start,
      disposition: 'no_answer',
    };
    expect(await tenant.ask('POST', `/cdr/simulated-${tenant.id}`, { records: [record] })).toMatchObject({
      status: expect.toSatisfy((status: number) => status < 300),
    });
    const cdrs = { start: new Date(Date.now() - 7_200_000).toISOString(), end: new Date().toISOString() };
    await eventually(async () => {
      expect((await tenant.ask('POST', '/dialplan/evaluate/batch', { cdrs })).body).toMatchObject({
        summary: { evaluated: 1 },
      });
      return true;
    }, 30_000);
    const { page, complaints } = await signedIn();
    await page.getByLabel('Outbound call records of a period').check();
    const local = (hours: number): Promise<string> =>
      page.evaluate(
        `(() => {
          const at = new Date(Date.now() + ${hours * hour});
          return new Date(at - at.getTimezoneOffset() * ${minute}).toISOString().slice(0, 16);
        })()`,
      );
    await page.getByLabel('From', { exact: true }).fill(await local(-2));
    await page.getByLabel('To', { exact: true }).fill(await local(1));
    await withDraft(page, denyTollFree());
    await decide(page);
    await page.getByText('1 call by the draft: 0 allowed, 1 denied, 1 changed call.').waitFor();
    expect(await page.locator('.calls > li').innerText()).toMatch(/18005550100 from \+12125550199/);
    expect(complaints).toEqual([]);
  });

  test('is usable by keyboard alone, and shows the focus', async () => {
    const { page, complaints } = await open();
    const here = (): Promise<string> =>
      page.evaluate('document.activeElement.id || document.activeElement.textContent');
    const press = async (key: string, times = 1): Promise<void> => {
      for (let time = 0; time < times; time += 1) await page.keyboard.press(key);
    };
    await press('Tab');
    await press('Enter');
    await press('Tab');
    expect(await here()).toBe('token');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.insertText(operatorToken());
    await press('Tab');
    await page.keyboard.insertText(tenant.id);
    await press('Enter');
    await page.getByText('Signed in').waitFor();
    expect(await here()).toBe('from-numbers');
    await press('Tab');
    await page.keyboard.type('18005550100');
    for (let stops = 0; (await here()) !== 'new-policy' && stops < 25; stops += 1) await press('Tab');
    await press('Enter');
    await page.locator('#draft:focus').waitFor();
    await press('Tab');
    expect(await here()).toBe('Decide the calls');
    await press('Enter');
    await page.getByText('1 call by the draft: 1 allowed, 0 denied, 0 changed calls.').waitFor();
    expect(await here()).toBe('results-title');
    await press('Tab', 2);
    expect(await here()).toBe('Trace');
    await press('Space');
    await page.getByText('applies: it decides').first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('describes an error in words beside its field', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await problemOf(page, 'token')).toBe('Paste a token.');
    await page.getByLabel('Token').fill('no-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The token is not accepted.').waitFor();
    expect(await page.locator('#token[aria-invalid=true]:focus').count()).toBe(1);
    const { page: inside } = await signedIn();
    await decide(inside);
    expect(await problemOf(inside, 'numbers')).toBe('Enter at least one number.');
    await inside.locator('#numbers').fill('100\n\n1 800');
    await decide(inside);
    await inside.locator('#numbers-problem', { hasText: /^Line 3: must be 1 to 64 characters of/ }).waitFor();
    await inside.locator('#numbers').fill('100');
    await withDraft(inside, { policies: [{ id: tollFreeId, conditions: { pattern: '^(1' } }] });
    await decide(inside);
    await inside
      .locator('#draft-problem', { hasText: /^policies\[0\]\.conditions\.pattern: .*missing closing \).*position 1/ })
      .waitFor();
    expect(await inside.locator('#draft').getAttribute('aria-describedby')).toContain('draft-problem');
    await inside.getByLabel('Changes as JSON').fill('{ "policies": ');
    await decide(inside);
    await inside.locator('#draft-problem', { hasText: 'This is not JSON' }).waitFor();
    await inside.getByRole('button', { name: 'Delete it' }).click();
    expect(await problemOf(inside, 'policy')).toBe('Choose a policy.');
  });

  test('labels each of its controls, and stores the token nowhere', async () => {
    const { page } = await signedIn();
    const nameless = await page.evaluate(
      '[...document.querySelectorAll("input, textarea, button")]' +
        '.filter((one) => (one.labels?.length ?? 0) === 0 && one.textContent.trim() === "").length',
    );
    expect(nameless).toBe(0);
    expect(
      await page.evaluate(
        '[localStorage.length, sessionStorage.length, document.cookie, document.querySelector("#token").value]',
      ),
    ).toEqual([0, 0, '', '']);
  });

  test('fits 390 px, light and dark', async () => {
    const { page, complaints } = await signedIn({ width: 390, height: 780 });
    await page.locator('#numbers').fill(`18005550100, +14155550100\n${'9'.repeat(64)}`);
    await withDraft(page, denyTollFree());
    await decide(page);
    await page.getByText('1 changed call').waitFor();
    expect(await overflow(page)).toBe(0);
    const light = await ground(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await overflow(page)).toBe(0);
    expect(await ground(page)).not.toBe(light);
    await page.evaluate('document.querySelector("#results").scrollIntoView()');
    await photograph(page, 'simulator-small');
    expect(complaints).toEqual([]);
  });
});
