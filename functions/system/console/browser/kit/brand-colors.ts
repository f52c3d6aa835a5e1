import { mix } from '#schema/colour.ts';
import { backgrounds, platformLook } from '#schema/console-look.ts';

/** The primary color of the theme, of a brand's accents. */

export type Accents = { readonly accent: string; readonly accent_dark: string };

type Variables = Record<string, string>;

const white = '#ffffff';
const black = '#000000';

/** Mantine's ten shades: the last is the color itself. */
const shadesOf = (color: string): Variables =>
  Object.fromEntries(
    Array.from({ length: 10 }, (_shade, at) => [`--mantine-color-brand-${at}`, mix(color, white, (9 - at) / 10)]),
  );

type Parts = {
  /** What is filled has the color, with this on it. */
  readonly contrast: string;
  readonly hover: string;
  /** What is filled lightly, such as the link to the open page. */
  readonly light: string;
  readonly lightColor: string;
};

const variablesOf = (color: string, { contrast, hover, light, lightColor }: Parts): Variables => ({
  ...shadesOf(color),
  '--mantine-color-anchor': color,
  '--mantine-color-brand-text': color,
  '--mantine-color-brand-filled': color,
  '--mantine-color-brand-filled-hover': hover,
  '--mantine-color-brand-contrast': contrast,
  '--mantine-primary-color-contrast': contrast,
  '--mantine-color-brand-light': light,
  '--mantine-color-brand-light-hover': light,
  '--mantine-color-brand-light-color': lightColor,
  '--mantine-color-brand-outline': color,
  '--mantine-color-brand-outline-hover': light,
});

/**
 * Variables of Mantine's color `brand` in both schemes; none where the accent is the platform's, which `theme.ts` has.
 * With the contrast that accents have by the API, all text has 4.5 : 1.
 */
export const brandVariables = ({ accent, accent_dark: dark }: Accents): { light: Variables; dark: Variables } => ({
  light:
    accent === platformLook.accent
      ? {}
      : variablesOf(accent, {
          contrast: white,
          hover: mix(accent, black, 0.2),
          light: mix(accent, white, 0.9),
          lightColor: mix(accent, black, 0.3),
        }),
  dark:
    dark === platformLook.accent_dark
      ? {}
      : variablesOf(dark, {
          contrast: black,
          hover: mix(dark, white, 0.2),
          light: mix(dark, backgrounds.dark, 0.8),
          lightColor: mix(dark, white, 0.7),
        }),
});

/** Colors of a link, and of a button with its text, as the variables and `theme.ts` have them. */
export function buttonColors(accents: Accents, scheme: 'light' | 'dark') {
  const variables = brandVariables(accents)[scheme];
  const {
    '--mantine-color-anchor': link = scheme === 'light' ? platformLook.accent : platformLook.accent_dark,
    '--mantine-color-brand-filled': filled = platformLook.accent,
    '--mantine-color-brand-contrast': text = white,
  } = variables;
  return { link, filled, text };
}
