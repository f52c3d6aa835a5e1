import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtInRoles } from '#contract/scopes.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { connect } from './cloud.ts';
import { pagesOf, signInAt, unfoldPage, waitForLists } from './console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from './tenant.fixture.ts';

/** The console with the rights of each role of a tenant: no page asks for what the person may not have. */

const roles = Object.entries(builtInRoles)
  .filter(([, { reach }]) => reach === 'own')
  .map(([role]) => role);

/** Requests of a page that are answered with 403, and requests and scripts that its policy does not allow. */
function watch(page: Page): Set<string> {
  const found = new Set<string>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() === 403) found.add(`${response.request().method()} ${pathname} answers 403`);
  });
  return found;
}

describe('the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('roles'));
    const own: readonly (readonly [string, object])[] = [
      ['/groups', { name: 'desk', display_name: 'Desk', category: 'department' }],
      ['/ringgroups/new', { name: 'All', members: [{ user_id: tenant.userId }] }],
      ['/blockedcallers/new', { name: 'Premium', caller: '+1900*' }],
    ];
    for (const [path, body] of own) await tenant.ask('PUT', path, body);
  });

  test.each(roles)('asks for nothing that a person with the role %s may not have', async (role) => {
    const username = uniqueName(role);
    const user = { username, password: tenantPassword, roles: [role], must_change_password: false };
    expect(outcome(await tenant.ask('PUT', '/users', user))).toBe('201');
    const { page, complaints } = await signInAt(open, username, tenantPassword);
    const found = watch(page);
    const opened: string[] = [];
    for (const { title, to } of await pagesOf(page)) {
      await page.goto(new URL(to, page.url()).href);
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await unfoldPage(page);
      await waitForLists(page);
      const first = page.getByRole('table').first().getByRole('link').first();
      if ((await first.count()) === 0) continue;
      opened.push(title);
      await first.click();
      await page.getByRole('heading', { name: title, level: 1 }).waitFor({ state: 'detached' });
      await unfoldPage(page);
      await waitForLists(page);
    }
    await page.waitForLoadState('networkidle');
    expect([...found].sort()).toEqual([]);
    expect(complaints.filter((text) => /Content.Security.Policy|^asks /i.test(text))).toEqual([]);
    expect(await page.locator('script:not([src])').count()).toBe(0);
    if (role === 'admin') expect(opened).toContain('Groups');
  });
});
