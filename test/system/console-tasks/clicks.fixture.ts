import type { Page } from 'playwright-core';

/** Counts the clicks that a person makes in a page, from now on; keys that press a control are none. */
export async function countClicks(page: Page): Promise<{ readonly count: number }> {
  const clicks = { count: 0 };
  await page.exposeFunction('countClick', () => void (clicks.count += 1));
  const script = `addEventListener('click', ({ isTrusted, detail }) => {
    if (isTrusted && detail > 0) void window.countClick();
  }, true)`;
  await page.addInitScript(script);
  await page.evaluate(script);
  return clicks;
}
