/** How calls end (functions/billing/cdr-ingest/README.md, "CDRs"). */
import * as z from 'zod';

export const dispositions = ['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED'] as const;

/** Dispositions of other names: Asterisk ends calls for which no circuit was free with its own. */
const synonyms: Readonly<Record<string, (typeof dispositions)[number]>> = { CONGESTION: 'FAILED' };

/** Case, `-` and `_` do not matter: `no_answer` is `NO ANSWER`. */
export const Disposition = z
  .string()
  .transform((disposition) => disposition.trim().toUpperCase().replace(/[-_]/g, ' '))
  .transform((disposition) => synonyms[disposition] ?? disposition)
  .pipe(z.enum(dispositions));
export type Disposition = z.output<typeof Disposition>;
