import type { ArrangedField } from './arrangement.ts';

/** A field with a word of its own. */
export const field = (
  name: string,
  label: string,
  more: string | Omit<ArrangedField, 'name' | 'label'> = {},
): ArrangedField => ({ name, label, ...(typeof more === 'string' ? { help: more } : more) });
