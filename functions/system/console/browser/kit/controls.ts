/** Controls for values that people do not read as the API writes them. */
export type Control =
  | 'money'
  /** Seconds, as `8:43`. */
  | 'duration'
  | 'percent'
  /** An instant, typed as the clock of the organization shows it. */
  | 'moment'
  /** A text of several lines. */
  | 'lines'
  | 'color'
  | 'time zone'
  | 'country'
  | 'currency'
  | 'language'
  | 'phone number';

const byName: Readonly<Record<string, Control>> = {
  timezone: 'time zone',
  time_zone: 'time zone',
  country: 'country',
  currency: 'currency',
  language: 'language',
  body: 'lines',
  text: 'lines',
  message: 'lines',
  expires_at: 'moment',
};

/** The control of a field by its name; none: by its kind. */
export function controlOf(name: string): { readonly control?: Control } {
  const control = name.endsWith('_seconds') ? 'duration' : byName[name];
  return control === undefined ? {} : { control };
}

/** What is typed as a duration, in seconds: `90`, `1:30` or `1:02:03`. Undefined: it is none. */
export function secondsOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^\d{1,9}(?::[0-5]?\d){0,2}$/.test(trimmed)) return undefined;
  return trimmed.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
}
