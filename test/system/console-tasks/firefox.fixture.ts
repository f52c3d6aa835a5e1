import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { FirefoxPage } from '../firefox.ts';

/** A person at the console in Firefox, who finds controls by their names, as `getByRole` of Playwright does. */

/** Milliseconds for a step: on a busy machine the first start of each function takes long. */
const patience = 30_000;

/**
 * The control of a name that can be used now: shown, enabled, at rest, and nothing over its middle. Names are matched
 * whole.
 * @param name undefined: any
 * @returns an expression of that element, or null
 */
const control = (name: string | undefined, selector: string): string => `(() => {
  const nameOf = (each) =>
    (each.getAttribute('aria-label') ?? each.labels?.[0]?.textContent ?? each.textContent).replace(' *', '').trim();
  const isNamed = (each) => ${name === undefined} || nameOf(each) === ${JSON.stringify(name ?? '')};
  const isUsable = (each) => {
    if (each.disabled || !each.checkVisibility({ visibilityProperty: true })) return false;
    if (document.getAnimations().some(({ effect }) => effect?.target?.contains(each))) return false;
    const { x, y, width, height } = each.getBoundingClientRect();
    const hit = document.elementFromPoint(x + width / 2, y + height / 2);
    // What clips the control is around it, too, and is no part of it.
    const isHit = hit !== null && (each.contains(hit) || hit.closest('label')?.contains(each) === true);
    // For the next look: what is in view stays where it is.
    if (!isHit) each.scrollIntoView({ block: 'center' });
    return isHit;
  };
  return [...document.querySelectorAll(${JSON.stringify(selector)})]
    .find((each) => isNamed(each) && isUsable(each)) ?? null;
})()`;

const pressed = 'button, a[href], [role="tab"], [role="menuitem"], [role="option"]';
const filled = 'input, textarea';

export const personAt = (page: FirefoxPage) => {
  const { evaluate, click, type } = page;
  const whatIsShown = (): Promise<unknown> => evaluate('document.body.innerText.slice(0, 1500)');
  /** Waits for a control that stands still: what unfolds above it moves it. */
  const find = async (name: string | undefined, selector: string): Promise<void> => {
    const place = `((of) => of && JSON.stringify(of.getBoundingClientRect()))(${control(name, selector)})`;
    let before: unknown = null;
    await eventually(async () => {
      const now = await evaluate(place);
      const isStill = now !== null && now === before;
      before = now;
      expect(isStill, isStill ? '' : `${name ?? selector} in ${String(await whatIsShown())}`).toBe(true);
    }, patience);
  };
  /**
   * Clicks a button, a link, a tab, an item of a menu, or an option. A page that is drawn again may replace it after it
   * was found: then nothing was clicked, and it is found again.
   */
  const press = (name: string | undefined, selector = pressed): Promise<void> =>
    eventually(async () => {
      await find(name, selector);
      await click(control(name, selector));
    }, patience);
  return {
    press,
    /** Opens a page by its link in a section, which the browser may have kept unfolded. */
    open: async (section: string, title: string): Promise<void> => {
      await find(section, 'nav button');
      const isFolded = `${control(section, 'nav button')}?.getAttribute('aria-expanded') === 'false'`;
      if ((await evaluate(isFolded)) === true) await press(section, 'nav button');
      await press(title, 'nav a');
    },
    /** Clicks a field, and types in the place of its text. */
    fill: async (name: string, text: string): Promise<void> => {
      await press(name, filled);
      await evaluate('document.activeElement.select()');
      await type(text);
    },
    /** Chooses an option of a list. */
    choose: async (name: string, option: string): Promise<void> => {
      await press(name, filled);
      await press(option);
    },
    /** Waits until a text is shown, and answers that of the element around it. */
    read: async (text: string, selector: string): Promise<string> => {
      const found = `[...document.querySelectorAll(${JSON.stringify(selector)})]
        .find((each) => each.textContent.includes(${JSON.stringify(text)}))?.textContent ?? ''`;
      await eventually(async () => {
        const isThere = (await evaluate(found)) !== '';
        expect(isThere, isThere ? '' : `${text} in ${String(await whatIsShown())}`).toBe(true);
      }, patience);
      return String(await evaluate(found));
    },
    signIn: async (address: string, username: string, password: string): Promise<void> => {
      await page.open(address);
      for (const [name, text] of [
        ['username', username],
        ['current-password', password],
      ] as const) {
        const field = `document.querySelector('input[autocomplete="${name}"]')`;
        await eventually(async () => expect(await evaluate(`${field} !== null`)).toBe(true), patience);
        await evaluate(`${field}.focus()`);
        await type(text);
        expect(await evaluate(`${field}.value`)).toBe(text);
      }
      await press('Sign in');
      await find(undefined, 'nav[aria-label="Pages"] a');
    },
  };
};
