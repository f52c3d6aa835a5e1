import type { Locator, Page } from 'playwright-core';
import type { OpenPage } from '../browser.ts';

/** The editor of call flows in the console, as a person uses it. */

/** A step among those that are offered, by its name. */
export const step = (name: string): RegExp => new RegExp(`\\(${name}\\)$`);

/** What is done in the editor of an open page. */
export function editorIn({ page, complaints }: OpenPage) {
  const choose = async (label: string, option: string | RegExp, within: Page | Locator = page): Promise<void> => {
    await within.getByRole('combobox', { name: label, exact: true }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  const fill = (label: string, text: string, within: Page | Locator = page): Promise<void> =>
    within.getByRole('textbox', { name: label, exact: true }).fill(text);
  const seek = async (label: string, text: string): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).fill(text);
    await page.getByRole('option', { name: text }).click();
  };
  return {
    ...{ page, complaints, choose, fill, seek },
    /** Adds a step, whose fields are shown then. */
    add: (title: string) => choose('Add a step', title),
    addRow: (label: string) => page.getByRole('button', { name: `Add one: ${label}` }).click(),
    row: (label: string) => page.getByRole('group', { name: label, exact: true }),
    select: (name: string) => choose('Selected step', step(name)),
    unfold: () => page.getByRole('main').getByText('Advanced', { exact: true }).click(),
    publish: () => page.getByRole('button', { name: 'Publish', exact: true }).click(),
  };
}

export type Editor = ReturnType<typeof editorIn>;

/** How many pairs of steps have a point of the graph in common. */
export const overlaps = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    const boxes = [...document.querySelectorAll('.react-flow__node')].map((each) => each.getBoundingClientRect());
    const meets = (one, other) =>
      one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
    return boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => meets(one, other))).length;
  })()`);
