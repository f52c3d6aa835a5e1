import { contrast } from '#schema/colour.ts';
import { accentsOf, backgrounds, leastContrast, platformLook } from '#schema/console-look.ts';
import { at, textIn } from '../../json-value.ts';

/** `settings.branding` of a reseller as its form has it. */

const names = ['host', 'name', 'accent', 'accent_dark', 'logo', 'icon', 'support_url', 'sign_in_text'] as const;
type Field = (typeof names)[number];

/** Empty: not set. */
export type Draft = Readonly<Record<Field, string>>;

const eachField = <Value>(valueOf: (name: Field) => Value) =>
  Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Field, Value>;

export const draftOf = (branding: unknown): Draft => eachField((name) => textIn(at(branding, name)));

/** What a request sends: the fields that differ, null for those that are no longer set. */
export const changesOf = (draft: Draft, before: Draft): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    names
      .map((name) => [name, draft[name].trim()] as const)
      .filter(([name, value]) => value !== before[name])
      .map(([name, value]) => [name, value === '' ? null : value]),
  );

const isColor = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);
const colorIn = (text: string): string | undefined => (isColor(text) ? text.toLowerCase() : undefined);

/** Contrast of a color on the background of a scheme, rounded down to tenths; undefined: it is no color. */
export function contrastOn(scheme: keyof typeof backgrounds, text: string) {
  const color = colorIn(text);
  if (color === undefined) return undefined;
  const ratio = contrast(color, backgrounds[scheme]);
  return { ratio: Math.floor(ratio * 10) / 10, isEnough: ratio >= leastContrast };
}

/** What customers see of it, but the images. */
export const previewOf = ({ name, accent, accent_dark: dark, sign_in_text: text }: Draft) => ({
  name: name.trim() || platformLook.name,
  text: text.trim(),
  accents: accentsOf({ accent: colorIn(accent), accent_dark: colorIn(dark) }),
});
