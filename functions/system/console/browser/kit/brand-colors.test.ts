import { expect, test } from 'vitest';
import { contrast } from '#schema/colour.ts';
import { leastContrast, platformLook } from '#schema/console-look.ts';
import { brandVariables } from './brand-colors.ts';

/** Colors that the API accepts, from all over the cube. */
const steps = ['00', '33', '66', '99', 'cc', 'ff'];
const colors = steps.flatMap((red) => steps.flatMap((green) => steps.map((blue) => `#${red}${green}${blue}`)));
const readableOn = (background: string): readonly string[] =>
  colors.filter((color) => contrast(color, background) >= leastContrast);

const pairs = [
  ['contrast', 'filled'],
  ['contrast', 'filled-hover'],
  ['light-color', 'light'],
  ['light-color', 'light-hover'],
] as const;

const lowest = (variables: Readonly<Record<string, string>>): number =>
  Math.min(
    ...pairs.map(([text, ground]) =>
      contrast(variables[`--mantine-color-brand-${text}`] ?? '', variables[`--mantine-color-brand-${ground}`] ?? ''),
    ),
  );

test('text in the colors of any accent that the API accepts can be read', () => {
  const light = readableOn('#ffffff').map((accent) => brandVariables({ ...platformLook, accent }).light);
  const dark = readableOn('#242424').map((accent) => brandVariables({ ...platformLook, accent_dark: accent }).dark);
  expect([light.length > 50, dark.length > 50]).toEqual([true, true]);
  expect(Math.min(...[...light, ...dark].map(lowest))).toBeGreaterThanOrEqual(leastContrast);
});

test('the accents are the colors of links and of what is filled, and those of the platform change nothing', () => {
  const { light, dark } = brandVariables({ accent: '#862e9c', accent_dark: '#da77f2' });
  expect([light['--mantine-color-anchor'], light['--mantine-color-brand-filled']]).toEqual(['#862e9c', '#862e9c']);
  expect([dark['--mantine-color-anchor'], dark['--mantine-color-brand-filled']]).toEqual(['#da77f2', '#da77f2']);
  expect(brandVariables(platformLook)).toEqual({ light: {}, dark: {} });
});
