import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { photograph, tooWide } from './browser.ts';
import { violationsIn } from './console.fixture.ts';

const looks = [
  ['light', 1280],
  ['light', 390],
  ['dark', 1280],
  ['dark', 390],
] as const;

/** A page as it is has no violation of accessibility and fits its window: wide and narrow, light and dark. */
export async function expectFlawless(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    expect({ name, width, colorScheme, violations: await violationsIn(page) }).toMatchObject({ violations: [] });
    await eventually(async () => expect({ name, width, wide: await tooWide(page) }).toMatchObject({ wide: [] }));
    await photograph(page, `${name}-${colorScheme}-${width}`);
  }
}
