import type { Tracking } from '../schema/email.ts';

/**
 * Configuration sets of SES: what it reports of an e-mail depends on the set that the e-mail is sent with
 * (SES Developer Guide, "Using configuration sets").
 */
export const trackings: readonly Tracking[] = [false, true].flatMap((opens) =>
  [false, true].map((clicks) => ({ opens, clicks })),
);

/** The name of a configuration set: `<base>`, `<base>-opens`, `<base>-clicks` or `<base>-opens-clicks`. */
export const configurationSetOf = (base: string, { opens, clicks }: Tracking): string =>
  [base, ...(opens ? ['opens'] : []), ...(clicks ? ['clicks'] : [])].join('-');
