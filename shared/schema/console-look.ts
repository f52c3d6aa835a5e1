import { lighten } from './colour.ts';

/** How the console looks where no reseller has changed it (functions/system/console/README.md, "Tokens"). */
export const platformLook = { name: 'Trunkline', accent: '#0b7285', accent_dark: '#3bc9db' } as const;

/** Contrast that text needs (WCAG 2.2, success criterion 1.4.3). */
export const leastContrast = 4.5;

/** Backgrounds of the console in its two themes. */
export const backgrounds = { light: '#ffffff', dark: '#242424' } as const;

type Chosen = { readonly accent?: string | undefined; readonly accent_dark?: string | undefined };

/** The colours of buttons and links in both themes, of those that a reseller has chosen. */
export const accentsOf = ({ accent, accent_dark: dark }: Chosen) => ({
  accent: accent ?? platformLook.accent,
  accent_dark:
    dark ?? (accent === undefined ? platformLook.accent_dark : lighten(accent, backgrounds.dark, leastContrast)),
});
