import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { ground, pagesAt, photograph, tooWide } from '../browser.ts';
import { connect, operatorToken } from '../cloud.ts';

const { api, outputs } = connect();
const address = (path: string): string => outputs.ApiUrl.replace(/\/$/, '') + path;

const Operation = z.object({ operationId: z.string(), summary: z.string(), tags: z.tuple([z.string()]) });
const OpenApi = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

type ListedOperation = z.infer<typeof Operation> & { readonly method: string; readonly path: string };

async function operations(): Promise<ListedOperation[]> {
  const { paths } = OpenApi.parse((await api('/openapi.json')).body);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

const Entries = z.object({
  data: z.object({ endpoints: z.array(z.object({ method: z.string(), path: z.string() })) }),
});

/** Height of a window in which every operation is in view: of 150 and more Swagger UI renders only those that are. */
const tall = 30_000;

/** Asserts that a page is not wider than the window of a phone in either colour scheme, and that the schemes differ. */
async function fitsPhones(page: Page, content: string, name: string, height = 780): Promise<void> {
  await page.setViewportSize({ width: 390, height });
  await page.locator(content).first().waitFor();
  expect(await tooWide(page)).toEqual([]);
  const light = await ground(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator(content).first().waitFor();
  expect(await tooWide(page)).toEqual([]);
  expect(await ground(page)).not.toBe(light);
  await photograph(page, `${name}-small`);
}

const inJson = { headers: { accept: 'application/json' } };

describe('the documentation in a browser', () => {
  needs('chromium');
  const open = pagesAt(address);

  test('the overview lists every endpoint, each with a link to the reference', async () => {
    const {
      data: { endpoints },
    } = Entries.parse((await api('/documentation', inJson)).body);
    const { page, complaints } = await open('/documentation');
    const listed = await page.locator('.endpoints a').allInnerTexts();
    expect(listed.map((text) => text.replace(/\s+/g, ' ')).toSorted()).toEqual(
      endpoints.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
    await photograph(page, 'overview');
    await page.locator('.endpoints a', { hasText: '/siptrunk/{id}' }).first().click();
    await page.locator('h2', { hasText: 'SIP trunk' }).first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/documentation/redoc');
    await photograph(page, 'redoc');
    expect(complaints).toEqual([]);
  });

  test('the overview is usable by keyboard alone', async () => {
    const { page } = await open('/documentation');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await eventually(() => expect(new URL(page.url()).hash).toBe('#endpoints'));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe('#auth');
  });

  test('ReDoc renders an operation of each area', async () => {
    const { page, complaints } = await open('/documentation/redoc');
    await page.getByRole('heading', { level: 1 }).waitFor();
    const byTag = Map.groupBy(await operations(), ({ tags: [tag] }) => tag);
    for (const [tag, ofTag] of byTag) {
      const { operationId, summary } = ofTag[Math.floor(ofTag.length / 2)]!;
      const id = `${tag}/${operationId.toLowerCase()}`;
      await page.evaluate(`location.hash = "#/${id}"`);
      await page.locator(`[id="${id}"] h2`, { hasText: summary }).waitFor();
    }
    expect(complaints).toEqual([]);
  });

  test('ReDoc finds an operation by a word', async () => {
    const { page, complaints } = await open('/documentation/redoc');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('siptrunk');
    await page.getByText('/siptrunk/{id}').first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('Swagger UI renders every operation, sends a request with the entered token, and fits 390 px', async () => {
    const { page, complaints } = await open('/documentation/swagger#/telephony/listTrunks', { height: tall });
    const listed = await operations();
    await page
      .locator('.opblock')
      .nth(listed.length - 1)
      .waitFor();
    const rendered = await page
      .locator('.opblock-summary')
      .evaluateAll((rows: { readonly querySelector: (of: string) => { readonly textContent: string } | null }[]) =>
        rows.map(
          (row) =>
            `${row.querySelector('.opblock-summary-method')?.textContent} ` +
            `${row.querySelector('[data-path]')?.textContent}`,
        ),
      );
    expect(rendered.map((text) => text.replaceAll('\u200B', '')).toSorted()).toEqual(
      listed.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );

    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.getByLabel('auth-bearer-value').fill(operatorToken());
    await page.getByRole('button', { name: 'Apply credentials' }).first().click();
    await page.getByRole('button', { name: 'Close' }).first().click();
    const operation = page.locator('#operations-telephony-listTrunks');
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table .response');
    await answer.waitFor();
    expect(await answer.locator('.response-col_status').innerText()).toMatch(/^200/);
    expect(await answer.locator('.response-col_description').innerText()).toContain('"success": true');
    expect(await operation.locator('.curl-command').innerText()).toContain('accept: application/json');
    await photograph(operation, 'swagger-try-it-out');

    await fitsPhones(page, '.opblock.is-open .responses-wrapper', 'swagger', tall);
    expect(complaints).toEqual([]);
  });

  test.each([
    ['/documentation', '.endpoints', 'documentation'],
    ['/documentation/redoc#/telephony/gettrunk', '[id="telephony/gettrunk"] h2', 'redoc'],
  ])('%s fits 390 px, light and dark', async (path, content, name) => {
    const { page, complaints } = await open(path);
    await fitsPhones(page, content, name);
    expect(complaints).toEqual([]);
  });
});

test('every file of the documentation is far below the size limit of API Gateway', async () => {
  const swagger = String((await api('/documentation/swagger')).body);
  const redoc = String((await api('/documentation/redoc')).body);
  const files = [...(swagger + redoc).matchAll(/"(\/documentation\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  expect(files).toHaveLength(4);
  for (const file of files) {
    const plain = await fetch(address(file), { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    // Bytes go to API Gateway in base64, 6 MB at most.
    expect(Math.ceil(((await plain.arrayBuffer()).byteLength * 4) / 3)).toBeLessThan(5_000_000);
  }
});
