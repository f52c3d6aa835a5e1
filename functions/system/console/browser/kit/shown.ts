import { t } from '../texts/texts.ts';
import { dateTimeText } from './format.ts';
import { wordOf } from './words.ts';

/** Values of the API as a person reads them. */

export type Row = Readonly<Record<string, unknown>>;

/** A text or a number as text; anything else is empty. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** A value as a person reads it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'object') {
    const entries = Object.entries(value);
    // Counts: `1 new, 0 read`.
    if (entries.length > 0 && entries.every(([, each]) => typeof each === 'number'))
      return entries.map(([name, count]) => `${String(count)} ${name}`).join(', ');
    const { name, id, type } = value as { name?: unknown; id?: unknown; type?: unknown };
    const text = [name, id, type].find((each) => typeof each === 'string');
    return text ?? JSON.stringify(value);
  }
  const text = textOf(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? dateTimeText(text) : text;
}

/** A value of a closed list in words, else as it is. */
export const shownWord = (value: unknown): string => (typeof value === 'string' ? wordOf(shown(value)) : shown(value));
